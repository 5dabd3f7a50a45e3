/*
 * propose.c
 *		Signals for a start: from the touchpoints that occur.
 *
 * First what any journey has: how much, how recently, how regularly, how
 * broadly, when, and against the person's own habit.  Then the touchpoints that
 * most people have, each with what a shop or a service would look at first, and
 * what of the three most frequent follows what.  Whether they matter is for
 * training to find out.
 *
 * All of them fade or are bounded.  What only grows, such as a count without a
 * half-life, says of data that begin some day how long ago that was, and a
 * model that has learned from it is wrong next month.
 */
#include "score/json_reader.h"
#include "score/propose.h"

/* A touchpoint of fewer people teaches nothing. */
#define LEAST_PEOPLE 5

/* Transitions between so many touchpoints. */
#define TRANSITIONS 3

/* How close to the person's own rhythm: it rises until the next one is due, and falls when it does not come. */
#define DUE "\"measure\": \"overdue\", \"session_gap\": \"12 hours\", \"transform\": {\"points\": [[0, 0], [1, 1], [4, 0]]}"

/* ----- counting ----- */

void
propose_begin(Proposal *proposal)
{
	memset(proposal, 0, sizeof(*proposal));
	proposal->vocabulary = vocabulary_new();
}

static ProposeCount *
count_of(Proposal *proposal, const Touchpoint *touchpoint)
{
	uint32_t	code = vocabulary_code(proposal->vocabulary, touchpoint);

	if (code >= proposal->capacity)
	{
		uint32_t	grown = (uint32_t) checked_growth(proposal->capacity, (size_t) code + 1);

		proposal->counts = proposal->counts ? host_realloc_array(proposal->counts, grown, sizeof(ProposeCount)) :
			host_alloc_array(grown, sizeof(ProposeCount));
		memset(proposal->counts + proposal->capacity, 0, (grown - proposal->capacity) * sizeof(ProposeCount));
		proposal->capacity = grown;
	}
	return &proposal->counts[code];
}

void
propose_add(Proposal *proposal, const JourneyView *view)
{
	Touchpoint *dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	bool	   *valued = host_alloc_zero((size_t) view->touchpoints + 1);
	JourneyCursor cursor;
	JourneyBlock block;

	proposal->people++;
	journey_dictionary(view, dictionary);
	journey_cursor(&cursor, view, JOURNEY_WANT_VALUE);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count; i++)
			valued[block.code[i]] |= block.has_value[i];
	}
	for (uint32_t code = 0; code < view->touchpoints; code++)
	{
		ProposeCount *count = count_of(proposal, &dictionary[code]);

		count->people++;
		count->valued += valued[code];
	}
	host_free(valued);
	host_free(dictionary);
}

/* ----- choosing ----- */

typedef struct Candidate
{
	Touchpoint	touchpoint;
	ScoreText	text;			/* that selects it */
	uint64_t	people;
	bool		valued;			/* has it values, mostly? */
} Candidate;

/* By people, then as touchpoints are ordered: the same whatever order people came in. */
static int
compare_candidates(const void *a, const void *b)
{
	const Candidate *x = a;
	const Candidate *y = b;

	if (x->people != y->people)
		return x->people > y->people ? -1 : 1;
	return touchpoint_compare(&x->touchpoint, &y->touchpoint);
}

static Candidate *
choose(Proposal *proposal, uint32_t *count)
{
	TouchpointSet set = vocabulary_set(proposal->vocabulary);
	Candidate  *candidates = host_alloc_array((size_t) set.count + 1, sizeof(Candidate));
	bool		channels = false;

	for (uint32_t i = 0; i < set.count; i++)
		channels |= set.touchpoints[i].channel_size > 0;
	*count = 0;
	for (uint32_t i = 0; i < set.count; i++)
	{
		const Touchpoint *touchpoint = &set.touchpoints[i];
		Candidate  *candidate = &candidates[*count];
		ByteBuffer	text;

		if (proposal->counts[i].people < LEAST_PEOPLE)
			continue;
		buffer_init(&text, 64);
		/* a bare event would be that of every channel */
		if (channels && touchpoint->channel_size == 0)
			buffer_byte(&text, ':');
		touchpoint_append(&text, touchpoint);
		*candidate = (Candidate) {
			.touchpoint = *touchpoint,
			.text = {(const char *) text.data, (uint32_t) text.size},
			.people = proposal->counts[i].people,
			.valued = 2 * proposal->counts[i].valued > proposal->counts[i].people
		};
		++*count;
	}
	host_sort(candidates, *count, sizeof(Candidate), compare_candidates);
	return candidates;
}

/* ----- writing ----- */

typedef struct Writer
{
	ByteBuffer *out;
	uint32_t	written;
	uint32_t	most;
} Writer;

/* A signal called "NAME SUFFIX"; `rest` is the JSON behind its touchpoints. */
static void
write_signal(Writer *writer, const char *name, uint32_t name_size, const char *suffix,
			 const char *touchpoint, uint32_t touchpoint_size, const char *rest)
{
	ByteBuffer	whole;

	if (writer->written == writer->most)
		return;
	buffer_init(&whole, 64);
	buffer_bytes(&whole, name, name_size);
	buffer_text(&whole, suffix);
	buffer_text(writer->out, writer->written++ > 0 ? ", {\"name\": " : "{\"name\": ");
	json_append_string(writer->out, (const char *) whole.data, whole.size);
	buffer_text(writer->out, ", \"touchpoints\": [");
	json_append_string(writer->out, touchpoint, touchpoint_size);
	buffer_text(writer->out, "], ");
	buffer_text(writer->out, rest);
	buffer_byte(writer->out, '}');
	host_free(whole.data);
}

static void
write_general(Writer *writer)
{
	static const char *const general[][2] = {
		{"activity (90 days)", "\"measure\": \"count\", \"half_life\": \"90 days\", \"transform\": \"log1p\""},
		{"activity (14 days)", "\"measure\": \"count\", \"half_life\": \"14 days\", \"transform\": \"log1p\""},
		{"activity (1 day)", "\"measure\": \"count\", \"half_life\": \"1 day\", \"transform\": \"log1p\""},
		{"activity (1 hour)", "\"measure\": \"count\", \"half_life\": \"1 hour\", \"transform\": \"log1p\""},
		{"seen (90 days)", "\"measure\": \"recency\", \"half_life\": \"90 days\""},
		{"seen (14 days)", "\"measure\": \"recency\", \"half_life\": \"14 days\""},
		{"seen (1 day)", "\"measure\": \"recency\", \"half_life\": \"1 day\""},
		{"due", DUE},
		{"lapsed", "\"measure\": \"overdue\", \"session_gap\": \"12 hours\", \"transform\": {\"points\": [[1, 0], [4, 1]]}"},
		{"unusual", "\"measure\": \"unusual\""},
		{"unusual now", "\"measure\": \"unusual\", \"half_life\": \"1 day\""},
		{"tenure (90 days)", "\"measure\": \"tenure\", \"within\": \"90 days\""},
		{"days (90 days)", "\"measure\": \"periods\", \"within\": \"90 days\", \"transform\": \"log1p\""},
		{"touchpoints (90 days)", "\"measure\": \"touchpoints\", \"within\": \"90 days\", \"transform\": \"log1p\""},
		{"channels (90 days)", "\"measure\": \"channels\", \"within\": \"90 days\""},
		{"evenings (14 days)", "\"measure\": \"count\", \"half_life\": \"14 days\", \"hours\": [18, 24], \"transform\": \"log1p\""},
		{"weekends (14 days)", "\"measure\": \"count\", \"half_life\": \"14 days\", \"weekdays\": [\"sat\", \"sun\"], \"transform\": \"log1p\""}
	};

	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++)
		write_signal(writer, general[i][0], (uint32_t) strlen(general[i][0]), "", "*", 1, general[i][1]);
}

static void
write_touchpoint(Writer *writer, const Candidate *of)
{
	static const char *const each[][2] = {
		{" (90 days)", "\"measure\": \"count\", \"half_life\": \"90 days\", \"transform\": \"log1p\""},
		{" (14 days)", "\"measure\": \"count\", \"half_life\": \"14 days\", \"transform\": \"log1p\""},
		{" (1 day)", "\"measure\": \"count\", \"half_life\": \"1 day\", \"transform\": \"log1p\""},
		{" seen (90 days)", "\"measure\": \"recency\", \"half_life\": \"90 days\""},
		{" seen (14 days)", "\"measure\": \"recency\", \"half_life\": \"14 days\""},
		{" due", DUE}
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		write_signal(writer, of->text.data, of->text.size, each[i][0], of->text.data, of->text.size, each[i][1]);
	if (of->valued)
		write_signal(writer, of->text.data, of->text.size, " value (90 days)", of->text.data, of->text.size,
					 "\"measure\": \"sum\", \"half_life\": \"90 days\", \"transform\": \"log1p\"");
}

static void
write_transition(Writer *writer, const Candidate *from, const Candidate *to)
{
	const char *name = host_format("%.*s then ", (int) from->text.size, from->text.data);
	ByteBuffer	suffix;
	ByteBuffer	rest;

	buffer_init(&suffix, 64);
	buffer_bytes(&suffix, to->text.data, to->text.size);
	buffer_byte(&suffix, '\0');
	buffer_init(&rest, 128);
	buffer_text(&rest, "\"measure\": \"count\", \"half_life\": \"90 days\", \"after\": [");
	json_append_string(&rest, from->text.data, from->text.size);
	buffer_text(&rest, "], \"transform\": \"log1p\"");
	buffer_byte(&rest, '\0');
	write_signal(writer, name, (uint32_t) strlen(name), (const char *) suffix.data, to->text.data, to->text.size,
				 (const char *) rest.data);
}

void
propose_append_json(ByteBuffer *out, Proposal *proposal, uint32_t most)
{
	Writer		writer = {.out = out, .most = most};
	uint32_t	count;
	Candidate  *candidates = choose(proposal, &count);

	buffer_byte(out, '[');
	write_general(&writer);
	for (uint32_t i = 0; i < count && writer.written < most; i++)
	{
		write_touchpoint(&writer, &candidates[i]);
		/* what follows what, as soon as both have been told */
		for (uint32_t j = 0; i < TRANSITIONS && j < i; j++)
		{
			write_transition(&writer, &candidates[i], &candidates[j]);
			write_transition(&writer, &candidates[j], &candidates[i]);
		}
	}
	buffer_byte(out, ']');
}
