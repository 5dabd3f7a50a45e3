/*
 * intents_of.c
 *		What the scores of a journey mean.
 */
#include <math.h>

#include "score/intents_of.h"

const char *const intent_stage_names[STAGES] = {"none", "starting", "active", "pausing", "fading"};

/* ----- taxonomy ----- */

static int
compare_taxa(const void *a, const void *b)
{
	const Taxon *left = a;
	const Taxon *right = b;
	uint32_t	size = left->name.size < right->name.size ? left->name.size : right->name.size;
	int			order = size == 0 ? 0 : memcmp(left->name.data, right->name.data, size);

	if (order != 0)
		return order;
	if (left->name.size != right->name.size)
		return left->name.size < right->name.size ? -1 : 1;
	/* the one that is in the card comes first */
	return left->intent < right->intent ? -1 : left->intent > right->intent;
}

/* Size of the parent's name, or 0: what stands before the last slash that has something on both sides. */
static uint32_t
parent_size(ScoreText name)
{
	for (uint32_t at = name.size; at-- > 1;)
	{
		if (name.data[at] == '/' && at + 1 < name.size)
			return at;
	}
	return 0;
}

static uint32_t
find_taxon(const Taxonomy *taxonomy, ScoreText name)
{
	Taxon		wanted = {.name = name};
	uint32_t	low = 0;
	uint32_t	high = taxonomy->count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;

		if (compare_taxa(&taxonomy->taxa[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* equal names differ in the intent alone */
	return low < taxonomy->count && taxonomy->taxa[low].name.size == name.size &&
		memcmp(taxonomy->taxa[low].name.data, name.data, name.size) == 0 ? low : TAXON_NONE;
}

Taxonomy
taxonomy_make(const Scorecard *card)
{
	Taxonomy	taxonomy = {0};
	size_t		count = 0;
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < card->intent_count; i++)
	{
		ScoreText	name = card->intents[i].name;

		do
			count++;
		while ((name.size = parent_size(name)) > 0);
	}
	taxonomy.taxa = host_alloc_array(count + 1, sizeof(Taxon));
	for (uint32_t i = 0; i < card->intent_count; i++)
	{
		ScoreText	name = card->intents[i].name;

		host_check_interrupts();
		do
			taxonomy.taxa[taxonomy.count++] = (Taxon)
			{
				name, name.size == card->intents[i].name.size ? i : TAXON_NONE, TAXON_NONE, 0
			};
		while ((name.size = parent_size(name)) > 0);
	}
	host_sort(taxonomy.taxa, taxonomy.count, sizeof(Taxon), compare_taxa);
	for (uint32_t t = 0; t < taxonomy.count; t++)
	{
		Taxon	   *last = kept > 0 ? &taxonomy.taxa[kept - 1] : NULL;

		if (last == NULL || last->name.size != taxonomy.taxa[t].name.size ||
			memcmp(last->name.data, taxonomy.taxa[t].name.data, last->name.size) != 0)
			taxonomy.taxa[kept++] = taxonomy.taxa[t];
	}
	taxonomy.count = kept;
	for (uint32_t t = 0; t < taxonomy.count; t++)
	{
		ScoreText	name = taxonomy.taxa[t].name;

		name.size = parent_size(name);
		if (name.size == 0)
			continue;
		taxonomy.taxa[t].parent = find_taxon(&taxonomy, name);
		taxonomy.taxa[taxonomy.taxa[t].parent].children++;
	}
	return taxonomy;
}

/* log(e^a + e^b) */
static double
log_add(double a, double b)
{
	double		more = a > b ? a : b;
	double		less = a > b ? b : a;

	return less == -INFINITY ? more : more + log1p(exp(less - more));
}

/*
 * Odds of children add up: what a parent that is not in the card says is the
 * log of their sum.  Children then share the probability of their parent by
 * their odds, so that each level sums to the one above it.
 */
void
taxonomy_score(const Taxonomy *taxonomy, const Fixed *evidence, TaxonScore *scores)
{
	for (uint32_t t = 0; t < taxonomy->count; t++)
		scores[t] = (TaxonScore) {.among = -INFINITY, .likeliest = taxonomy->taxa[t].intent};

	/* children stand behind their parents */
	for (uint32_t t = taxonomy->count; t-- > 0;)
	{
		const Taxon *taxon = &taxonomy->taxa[t];
		TaxonScore *score = &scores[t];
		TaxonScore *parent;

		score->evidence = taxon->intent == TAXON_NONE ? score->among : fixed_to_double(evidence[taxon->intent]);
		if (taxon->parent == TAXON_NONE)
			continue;
		parent = &scores[taxon->parent];
		parent->among = log_add(parent->among, score->evidence);
		if (taxonomy->taxa[taxon->parent].intent == TAXON_NONE &&
			(parent->likeliest == TAXON_NONE || evidence[score->likeliest] >= evidence[parent->likeliest]))
			parent->likeliest = score->likeliest;
	}
	for (uint32_t t = 0; t < taxonomy->count; t++)
	{
		const Taxon *taxon = &taxonomy->taxa[t];
		TaxonScore *score = &scores[t];

		if (taxon->parent == TAXON_NONE)
		{
			score->log_odds = score->evidence;
			score->log_probability = -log_add(0, -score->evidence);
			score->probability = taxon->intent == TAXON_NONE ? 1 / (1 + exp(-score->evidence)) :
				score_logistic(evidence[taxon->intent]);
		}
		else
		{
			const TaxonScore *parent = &scores[taxon->parent];
			double		share = score->evidence - parent->among;

			score->probability = parent->probability * exp(share);
			score->log_probability = parent->log_probability + share;
			score->log_odds = score->log_probability - log(-expm1(score->log_probability));
		}
	}
}

/* ----- stage and reasons ----- */

/* Puts a reason where it belongs among the greatest; of equal ones the first of the card stays first. */
static void
keep_reason(IntentReading *reading, const IntentReason *reason)
{
	uint32_t	place = reading->reason_count;

	while (place > 0 && fixed_magnitude(reading->reasons[place - 1].contribution) < fixed_magnitude(reason->contribution))
		place--;
	if (place == REASONS)
		return;
	if (reading->reason_count < REASONS)
		reading->reason_count++;
	for (uint32_t r = reading->reason_count - 1; r > place; r--)
		reading->reasons[r] = reading->reasons[r - 1];
	reading->reasons[place] = *reason;
}

/* What a signal says about the stage, unless it speaks against the intent. */
static IntentStage
stage_of_signal(const Scorer *scorer, const ScoreSignal *signal, const IntentReason *reason)
{
	if (reason->last == SCORE_NEVER || reason->contribution < 0)
		return STAGE_NONE;
	if (scorer->open && reason->last >= scorer->opened)
		return scorer->first >= scorer->opened ? STAGE_STARTING : STAGE_ACTIVE;
	return signal->half_life == 0 ||
		(uint64_t) scorer->cut.as_of - (uint64_t) reason->last <= (uint64_t) signal->half_life ?
		STAGE_PAUSING : STAGE_FADING;
}

void
intent_read(const Scorer *scorer, uint32_t intent, IntentReading *reading)
{
	const Scorecard *card = scorer->card;
	ScoreLine  *lines;
	size_t		count = scorer_explain(scorer, intent, &lines);
	uint32_t	s = 0;

	*reading = (IntentReading) {STAGE_NONE, 0};
	/* the first line is the base; those of one signal stand together, signals in the order of the card */
	for (size_t i = 1; i < count;)
	{
		IntentReason reason = {.signal = lines[i].signal, .last = SCORE_NEVER};
		IntentStage stage;

		for (; i < count && lines[i].signal.data == reason.signal.data; i++)
		{
			if (lines[i].count > 0 && lines[i].last > reason.last)
				reason.last = lines[i].last;
			reason.count += lines[i].count;
			reason.contribution = fixed_add(reason.contribution, lines[i].contribution);
		}
		while (card->signals[s].name.data != reason.signal.data)
			s++;
		stage = stage_of_signal(scorer, &card->signals[s], &reason);
		if (stage != STAGE_NONE && (reading->stage == STAGE_NONE || stage < reading->stage))
			reading->stage = stage;
		if (reason.contribution != 0)
			keep_reason(reading, &reason);
	}
	host_free(lines);
}

static void
append_number(ByteBuffer *out, uint64_t number)
{
	char		digits[20];
	int			count = 0;

	do
		digits[count++] = (char) ('0' + number % 10);
	while ((number /= 10) > 0);
	while (count > 0)
		buffer_byte(out, (uint8_t) digits[--count]);
}

/* How long ago, in the largest unit that there is one of, cut off. */
static void
append_age(ByteBuffer *out, uint64_t age)
{
	static const struct
	{
		uint64_t	seconds;
		const char *name;
	}			units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
	uint64_t	seconds = age / 1000000;

	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
	{
		uint64_t	number = seconds / units[u].seconds;

		if (number == 0)
			continue;
		append_number(out, number);
		buffer_byte(out, ' ');
		buffer_text(out, units[u].name);
		buffer_text(out, number == 1 ? " ago" : "s ago");
		return;
	}
	buffer_text(out, "less than a minute ago");
}

/* With sign and two decimals, rounded half away from zero. */
static void
append_log_odds(ByteBuffer *out, Fixed contribution)
{
	FixedMagnitude hundredths = (fixed_magnitude(contribution) + FIXED_ONE / 200) / (FIXED_ONE / 100);
	FixedMagnitude whole = hundredths / 100;

	buffer_byte(out, contribution < 0 ? '-' : '+');
	/* 26 digits are more than 64 bits have */
	if (whole > UINT64_MAX)
		buffer_text(out, "a great deal");
	else
	{
		append_number(out, (uint64_t) whole);
		buffer_byte(out, '.');
		buffer_byte(out, (uint8_t) ('0' + (unsigned) (hundredths / 10 % 10)));
		buffer_byte(out, (uint8_t) ('0' + (unsigned) (hundredths % 10)));
	}
}

void
intent_reason_append(ByteBuffer *out, const IntentReason *reason, int64_t as_of)
{
	buffer_bytes(out, reason->signal.data, reason->signal.size);
	buffer_text(out, ": ");
	if (reason->count == 0)
		buffer_text(out, "never");
	else if (reason->last == SCORE_NEVER)
		buffer_text(out, "seen");
	else
	{
		if (reason->count == 1)
			buffer_text(out, "once, ");
		else
		{
			append_number(out, reason->count);
			buffer_text(out, " times, last ");
		}
		append_age(out, (uint64_t) as_of - (uint64_t) reason->last);
	}
	buffer_text(out, " (");
	append_log_odds(out, reason->contribution);
	buffer_byte(out, ')');
}

/* ----- coverage ----- */

Coverage
coverage_read(const Scorer *scorer, const TouchpointPattern *patterns, int pattern_count)
{
	const ScorePlan *plan = scorer->plan;
	Coverage	coverage = {0};
	int64_t		last = scorer->first;
	uint32_t	channel = 0;
	Touchpoint *touchpoints = NULL;

	if (pattern_count > 0)
	{
		JourneyView view = {.touchpoints = plan->code_count};

		touchpoints = host_alloc_array((size_t) plan->code_count + 1, sizeof(Touchpoint));
		view.section[JOURNEY_DICTIONARY].data = plan->dictionary;
		view.section[JOURNEY_DICTIONARY].size = plan->dictionary_size;
		journey_dictionary(&view, touchpoints);
	}
	for (uint32_t code = 0; code < plan->code_count; code++)
	{
		bool		matched = false;

		if (scorer->last[code] == SCORE_NEVER)
			continue;
		last = scorer->last[code] > last ? scorer->last[code] : last;
		/* the dictionary is sorted by channel */
		if (plan->codes[code].channel > channel)
		{
			channel = plan->codes[code].channel;
			coverage.channels++;
		}
		for (int p = 0; p < pattern_count && !matched; p++)
			matched = touchpoint_matches(&patterns[p], &touchpoints[code]);
		if (matched)
			coverage.matched += scorer->all.counts[code];
	}
	coverage.span = last - scorer->first;
	if (touchpoints)
		host_free(touchpoints);
	return coverage;
}
