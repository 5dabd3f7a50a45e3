/*
 * evaluation.c
 *		Rows of (score, label, weight): gathered, put in order, packed.
 *
 *	byte	flags: 1 if weighted, 2 if there is a parameter
 *	8 bytes	the parameter, if there is one
 *	for label false, then true:
 *		varint	number of runs
 *		for each run: varint of its key less the one before; varint of its
 *				count; if weighted, 16 bytes of its weight
 *		if weighted and there are runs, 16 bytes of the sum of squared weights
 */
#include "score/evaluation.h"

#define FLAG_WEIGHTED 1
#define FLAG_PARAMETER 2

#define RUNS_LEAST 64
#define RUNS_PER_CHECK 65536

/* ----- scores as integers in the same order ----- */

#define KEY_SIGN (UINT64_C(1) << 63)
#define KEY_LEAST UINT64_C(0x000fffffffffffff)	/* of -Infinity */
#define KEY_GREATEST UINT64_C(0xfff0000000000000)	/* of Infinity */

static uint64_t
key_of_score(double score)
{
	uint64_t	bits;

	/* -0 is 0 */
	score += 0.0;
	memcpy(&bits, &score, sizeof(bits));
	return bits & KEY_SIGN ? ~bits : bits | KEY_SIGN;
}

static double
score_of_key(uint64_t key)
{
	uint64_t	bits = key & KEY_SIGN ? key & ~KEY_SIGN : ~key;
	double		score;

	memcpy(&score, &bits, sizeof(score));
	return score;
}

/* ----- runs ----- */

static size_t
words_of(const EvaluationState *state)
{
	return state->weighted ? RUN_WORDS_WEIGHTED : RUN_WORDS;
}

static Fixed
fixed_of_words(const uint64_t *words)
{
	return (Fixed) ((FixedMagnitude) words[1] << 64 | words[0]);
}

static void
fixed_into_words(uint64_t *words, Fixed fixed)
{
	words[0] = (uint64_t) fixed;
	words[1] = (uint64_t) ((FixedMagnitude) fixed >> 64);
}

#define RADIX_BITS 8
#define RADIX_SIZE (1 << RADIX_BITS)
#define RADIX_DIGITS (64 / RADIX_BITS)

/* One pass: from one array to the other, stable, by a digit of the key. */
static inline void
radix_pass(const uint64_t *from, uint64_t *to, size_t count, size_t words, int shift, const size_t *counts)
{
	size_t		place[RADIX_SIZE];
	size_t		sum = 0;

	for (int i = 0; i < RADIX_SIZE; i++)
	{
		place[i] = sum;
		sum += counts[i];
	}
	for (size_t i = 0; i < count; i++)
	{
		const uint64_t *run = from + i * words;
		uint64_t   *there = to + place[run[0] >> shift & (RADIX_SIZE - 1)]++ * words;

		for (size_t w = 0; w < words; w++)
			there[w] = run[w];
	}
}

/*
 * Sorts by key.  Digits that all keys share are passed over: scores of one
 * sign and few exponents have at least one.  A comparing sort of a million
 * doubles takes several times as long.
 */
static void
radix_sort(uint64_t *runs, size_t count, size_t words)
{
	size_t		(*counts)[RADIX_SIZE] = host_alloc_zero(RADIX_DIGITS * sizeof(*counts));
	uint64_t   *spare = host_alloc_array(checked_mul_size(count, words), sizeof(uint64_t));
	uint64_t   *from = runs;
	uint64_t   *to = spare;

	for (size_t i = 0; i < count; i++)
	{
		for (int digit = 0; digit < RADIX_DIGITS; digit++)
			counts[digit][runs[i * words] >> (digit * RADIX_BITS) & (RADIX_SIZE - 1)]++;
	}
	for (int digit = 0; digit < RADIX_DIGITS; digit++)
	{
		uint64_t   *other = from;
		int			shift = digit * RADIX_BITS;

		host_check_interrupts();
		if (counts[digit][runs[0] >> shift & (RADIX_SIZE - 1)] == count)
			continue;
		if (words == RUN_WORDS)
			radix_pass(from, to, count, RUN_WORDS, shift, counts[digit]);
		else
			radix_pass(from, to, count, RUN_WORDS_WEIGHTED, shift, counts[digit]);
		from = to;
		to = other;
	}
	if (from != runs)
		memcpy(runs, from, count * words * sizeof(uint64_t));
	host_free(spare);
	host_free(counts);
}

static void
count_overflow(void)
{
	host_fail(HOST_OUT_OF_RANGE, "number of rows is out of range", NULL,
			  "Evaluate fewer rows, by a finer GROUP BY for example.");
}

static void
add_run(uint64_t *run, const uint64_t *more, size_t words)
{
	if (__builtin_add_overflow(run[1], more[1], &run[1]))
		count_overflow();
	if (words == RUN_WORDS_WEIGHTED)
		fixed_into_words(run + 2, fixed_add(fixed_of_words(run + 2), fixed_of_words(more + 2)));
}

static void
settle_side(EvaluationSide *side, size_t words)
{
	size_t		kept = 0;

	if (side->settled == side->count)
		return;
	radix_sort(side->runs, side->count, words);
	for (size_t i = 0; i < side->count; i++)
	{
		uint64_t   *run = side->runs + i * words;
		uint64_t   *last = kept > 0 ? side->runs + (kept - 1) * words : NULL;

		if (last != NULL && last[0] == run[0])
			add_run(last, run, words);
		else
		{
			if (kept < i)
				memcpy(side->runs + kept * words, run, words * sizeof(uint64_t));
			kept++;
		}
	}
	side->settled = side->count = kept;
}

void
evaluation_settle(EvaluationState *state)
{
	for (int label = 0; label < 2; label++)
		settle_side(&state->side[label], words_of(state));
}

/* Room for one more run; equal scores are put together before room is asked for. */
static uint64_t *
next_run(EvaluationSide *side, size_t words)
{
	if (host_unlikely(side->count == side->capacity))
	{
		if (side->count >= side->patience && side->count > RUNS_LEAST)
		{
			settle_side(side, words);
			/* where scores hardly repeat, it is not tried again soon */
			side->patience = side->count > side->capacity / 2 ? side->capacity * 8 : 0;
		}
		if (side->count > side->capacity / 2 || side->capacity < RUNS_LEAST)
		{
			size_t		grown = side->capacity < RUNS_LEAST ? RUNS_LEAST : checked_mul_size(side->capacity, 2);
			size_t		size = words * sizeof(uint64_t);

			side->runs = side->runs == NULL ? host_alloc_array(grown, size) :
				host_realloc_array(side->runs, grown, size);
			side->capacity = grown;
		}
	}
	return side->runs + side->count++ * words;
}

/* From the first weight on that is not 1, runs have weights. */
static void
begin_weights(EvaluationState *state)
{
	for (int label = 0; label < 2; label++)
	{
		EvaluationSide *side = &state->side[label];
		uint64_t   *runs;

		side->squares = 0;
		if (side->runs == NULL)
			continue;
		runs = host_alloc_array(side->capacity, RUN_WORDS_WEIGHTED * sizeof(uint64_t));
		for (size_t i = 0; i < side->count; i++)
		{
			uint64_t   *run = runs + i * RUN_WORDS_WEIGHTED;
			Fixed		weight = fixed_from_count(side->runs[i * RUN_WORDS + 1]);

			memcpy(run, side->runs + i * RUN_WORDS, RUN_WORDS * sizeof(uint64_t));
			fixed_into_words(run + 2, weight);
			side->squares = fixed_add(side->squares, weight);
		}
		host_free(side->runs);
		side->runs = runs;
	}
	state->weighted = true;
}

static uint64_t
checked_key(double score)
{
	if (score != score)
		host_fail(HOST_OUT_OF_RANGE, "score must not be NaN", NULL,
				  "Leave such rows out with FILTER (WHERE score <> 'NaN'), or give them NULL.");
	return key_of_score(score);
}

static void
add_row(EvaluationState *state, uint64_t key, bool label, Fixed weight)
{
	EvaluationSide *side = &state->side[label];
	uint64_t   *run = next_run(side, words_of(state));

	run[0] = key;
	run[1] = 1;
	if (state->weighted)
	{
		fixed_into_words(run + 2, weight);
		side->squares = fixed_add(side->squares, fixed_multiply(weight, weight));
	}
}

void
evaluation_add(EvaluationState *state, double score, bool label)
{
	add_row(state, checked_key(score), label, FIXED_ONE);
}

void
evaluation_add_weighted(EvaluationState *state, double score, bool label, double weight)
{
	uint64_t	key = checked_key(score);
	Fixed		fixed;
	char		text[HOST_DOUBLE_TEXT_MAX];

	if (!(weight >= 0) || !fixed_from_double(weight, &fixed))
		host_fail(HOST_OUT_OF_RANGE,
				  host_format("weight must be a number from 0 on, not %.*s",
							  (int) host_double_to_text(weight, text), text), NULL,
				  "Give each row the number of rows that it stands for.");
	if (fixed == 0)
		return;
	if (fixed != FIXED_ONE && !state->weighted)
		begin_weights(state);
	add_row(state, key, label, fixed);
}

void
evaluation_set_parameter(EvaluationState *state, double parameter)
{
	char		before[HOST_DOUBLE_TEXT_MAX];
	char		now[HOST_DOUBLE_TEXT_MAX];

	if (state->has_parameter && state->parameter != parameter)
		host_fail(HOST_BAD_PARAMETER,
				  host_format("rows evaluated at %.*s cannot be evaluated together with rows at %.*s",
							  (int) host_double_to_text(state->parameter, before), before,
							  (int) host_double_to_text(parameter, now), now), NULL,
				  "Give all rows the same number, or add it to GROUP BY.");
	state->has_parameter = true;
	state->parameter = parameter;
}

/* ----- reading ----- */

EvaluationCursor
evaluation_read(const EvaluationState *state, bool rising)
{
	EvaluationCursor cursor = {state, rising};

	evaluation_settle((EvaluationState *) state);
	for (int label = 0; label < 2; label++)
		cursor.left[label] = state->side[label].count;
	return cursor;
}

static const uint64_t *
run_ahead(const EvaluationCursor *cursor, int label)
{
	const EvaluationSide *side = &cursor->state->side[label];
	size_t		left = cursor->left[label];

	if (left == 0)
		return NULL;
	return side->runs + (cursor->rising ? side->count - left : left - 1) * words_of(cursor->state);
}

bool
evaluation_next(EvaluationCursor *cursor, EvaluationGroup *group)
{
	const uint64_t *run[2] = {run_ahead(cursor, 0), run_ahead(cursor, 1)};
	uint64_t	key;

	if (run[0] == NULL && run[1] == NULL)
		return false;
	if ((cursor->left[0] + cursor->left[1]) % RUNS_PER_CHECK == 0)
		host_check_interrupts();
	if (run[0] == NULL || run[1] == NULL)
		key = run[0] ? run[0][0] : run[1][0];
	else
		key = (run[0][0] < run[1][0]) == cursor->rising ? run[0][0] : run[1][0];
	group->score = score_of_key(key);
	for (int label = 0; label < 2; label++)
	{
		bool		here = run[label] != NULL && run[label][0] == key;

		group->count[label] = here ? run[label][1] : 0;
		group->weight[label] = !here ? 0 : cursor->state->weighted ?
			fixed_of_words(run[label] + 2) : fixed_from_count(run[label][1]);
		cursor->left[label] -= here;
	}
	return true;
}

EvaluationTotals
evaluation_totals(const EvaluationState *state)
{
	EvaluationTotals totals = {0};
	EvaluationCursor cursor = evaluation_read(state, true);
	EvaluationGroup group;

	totals.probabilities = true;
	while (evaluation_next(&cursor, &group))
	{
		totals.probabilities = totals.probabilities && group.score >= 0 && group.score <= 1;
		for (int label = 0; label < 2; label++)
		{
			if (__builtin_add_overflow(totals.count[label], group.count[label], &totals.count[label]))
				count_overflow();
			totals.weight[label] = fixed_add(totals.weight[label], group.weight[label]);
		}
	}
	for (int label = 0; label < 2; label++)
	{
		double		squares = fixed_to_double(state->side[label].squares);

		totals.size[label] = fixed_to_double(totals.weight[label]);
		totals.effective[label] = (double) totals.count[label];
		if (state->weighted && squares > 0)
			totals.effective[label] = totals.size[label] * totals.size[label] / squares;
	}
	return totals;
}

/* ----- as a partial ----- */

static void
put_fixed(ByteBuffer *out, Fixed fixed)
{
	uint64_t	words[2];

	fixed_into_words(words, fixed);
	buffer_reserve(out, 16);
	bytes_store_u64(out->data + out->size, words[0]);
	bytes_store_u64(out->data + out->size + 8, words[1]);
	out->size += 16;
}

static bool
get_fixed(ByteReader *reader, Fixed *fixed)
{
	const uint8_t *bytes = reader_bytes(reader, 16);
	uint64_t	words[2];

	if (bytes == NULL)
		return false;
	words[0] = bytes_load_u64(bytes);
	words[1] = bytes_load_u64(bytes + 8);
	*fixed = fixed_of_words(words);
	return true;
}

void
evaluation_pack(const void *packed, ByteBuffer *out)
{
	const EvaluationState *state = packed;
	size_t		words = words_of(state);

	evaluation_settle((EvaluationState *) state);
	buffer_byte(out, (state->weighted ? FLAG_WEIGHTED : 0) | (state->has_parameter ? FLAG_PARAMETER : 0));
	if (state->has_parameter)
	{
		uint64_t	bits;

		memcpy(&bits, &state->parameter, sizeof(bits));
		buffer_reserve(out, 8);
		bytes_store_u64(out->data + out->size, bits);
		out->size += 8;
	}
	for (int label = 0; label < 2; label++)
	{
		const EvaluationSide *side = &state->side[label];
		uint64_t	before = 0;

		buffer_varint(out, side->count);
		for (size_t i = 0; i < side->count; i++)
		{
			const uint64_t *run = side->runs + i * words;

			if (i % RUNS_PER_CHECK == 0)
				host_check_interrupts();
			buffer_varint(out, run[0] - before);
			before = run[0];
			buffer_varint(out, run[1]);
			if (state->weighted)
				put_fixed(out, fixed_of_words(run + 2));
		}
		if (state->weighted && side->count > 0)
			put_fixed(out, side->squares);
	}
}

static const char *
absorb_run(EvaluationState *state, int label, bool weighted, uint64_t *key, ByteReader *reader)
{
	uint64_t	step = reader_varint(reader);
	uint64_t	count = reader_varint(reader);
	Fixed		weight = 0;
	uint64_t   *run;

	if (reader->bad)
		return "its runs are cut off";
	if (step == 0 || __builtin_add_overflow(*key, step, key) || *key < KEY_LEAST || *key > KEY_GREATEST ||
		*key == key_of_score(0.0) - 1)
		return "its scores are out of range or not in order";
	if (count == 0)
		return "a score has no rows";
	if (weighted && (!get_fixed(reader, &weight) || weight <= 0))
		return "a weight is cut off or out of range";
	run = next_run(&state->side[label], words_of(state));
	run[0] = *key;
	run[1] = count;
	if (state->weighted)
		fixed_into_words(run + 2, weighted ? weight : fixed_from_count(count));
	if (state->weighted && !weighted)
		state->side[label].squares = fixed_add(state->side[label].squares, fixed_from_count(count));
	return NULL;
}

const char *
evaluation_absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	EvaluationState *state = absorbed;
	uint8_t		flags = reader_byte(reader);
	bool		weighted = (flags & FLAG_WEIGHTED) != 0;

	(void) version;				/* there is only one */
	if (flags > (FLAG_WEIGHTED | FLAG_PARAMETER))
		return "its flags are unknown";
	if (flags & FLAG_PARAMETER)
	{
		const uint8_t *bytes = reader_bytes(reader, 8);
		uint64_t	bits;
		double		parameter;

		if (bytes == NULL)
			return "its parameter is cut off";
		bits = bytes_load_u64(bytes);
		memcpy(&parameter, &bits, sizeof(parameter));
		if (!(parameter > 0 && parameter <= 1))
			return "its parameter is out of range";
		evaluation_set_parameter(state, parameter);
	}
	if (weighted && !state->weighted)
		begin_weights(state);
	for (int label = 0; label < 2; label++)
	{
		uint64_t	runs = reader_varint(reader);
		uint64_t	key = 0;

		for (uint64_t i = 0; i < runs; i++)
		{
			const char *problem = absorb_run(state, label, weighted, &key, reader);

			if (problem != NULL)
				return problem;
			if (i % RUNS_PER_CHECK == 0)
				host_check_interrupts();
		}
		if (weighted && runs > 0)
		{
			Fixed		squares;

			if (!get_fixed(reader, &squares) || squares < 0)
				return "its sum of squares is cut off or out of range";
			state->side[label].squares = fixed_add(state->side[label].squares, squares);
		}
	}
	return NULL;
}

PartialKind evaluation_kind = {"evaluation", 1, sizeof(EvaluationState), NULL, evaluation_absorb, evaluation_pack};
PARTIAL_KIND_REGISTER(evaluation_kind);
