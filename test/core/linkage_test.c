/*
 * linkage_test.c
 *		Record linkage: levels, keys, pairs, weights, clusters, models.
 */
#include <math.h>

#include "hostile.h"
#include "linkage_readers.h"
#include "tap.h"

#include "identity/linkage_compare.h"
#include "identity/linkage_key.h"
#include "identity/linkage_score.h"

/* ----- levels ----- */

static const char *
level_of(LinkageKind kind, const char *a, const char *b)
{
	static const LinkageText name = {"x", 1};
	LinkageTable table;
	LinkageText values[2] = {{a, (uint32_t) strlen(a)}, {b, (uint32_t) strlen(b)}};
	LinkageComparer comparer;
	LinkageFrequencies words;
	uint32_t	other = 1;
	uint64_t	pattern;

	linkage_table_begin(&table, &name, 1, linkage_decode_bytes, NULL);
	linkage_table_add(&table, (LinkageText) {"a", 1}, &values[0]);
	linkage_table_add(&table, (LinkageText) {"b", 1}, &values[1]);
	linkage_table_order(&table);
	linkage_table_read(&table, 0, kind);
	linkage_count_words(&words, &table.columns[0]);
	words.total = 1000;
	linkage_weigh_words(&table.columns[0], &words);
	linkage_comparer_begin(&comparer, &table, false);
	linkage_compare_rows(&comparer, 0, &other, 1, &pattern);
	return linkage_level_name(kind, linkage_level(pattern, 0));
}

static void
test_levels(void)
{
	static const struct
	{
		LinkageKind kind;
		const char *a;
		const char *b;
		const char *level;
	}			cases[] = {
		{LINKAGE_NAME, "Anna", " ANNA.", "equal"},
		{LINKAGE_NAME, "englefield", "englefiwld", "almost equal"},
		{LINKAGE_NAME, "j.", "joseph", "short form"},
		{LINKAGE_NAME, "anna maria", "maria", "short form"},
		{LINKAGE_NAME, "robert", "bert", "a little alike"},
		{LINKAGE_NAME, "anna", "otto", "different"},
		{LINKAGE_NAME, "unknown", "otto", "missing"},
		{LINKAGE_NAME, "", "otto", "missing"},
		{LINKAGE_WORDS, "12 Mill Road", "12, mill road", "equal"},
		{LINKAGE_WORDS, "12 Mill Road, Leeds", "12 Mil Road, Leeds", "almost all words"},
		{LINKAGE_WORDS, "12 Mill Road, Leeds", "14 Mill Road, Leeds", "most words"},
		{LINKAGE_WORDS, "12 Mill Road", "7 High Street", "different"},
		{LINKAGE_CODE, "ts19 0sh", "TS19-0SH", "equal"},
		{LINKAGE_CODE, "ts19 0sh", "ts1o 0sh", "one change"},
		{LINKAGE_CODE, "ts19 0sh", "ts28 0sh", "two changes"},
		{LINKAGE_CODE, "ts19 0sh", "ts19 7hb", "same beginning"},
		{LINKAGE_CODE, "0000", "1234", "missing"},
		{LINKAGE_CODE, "12", "13", "different"},
		{LINKAGE_DATE, "1990-02-03", "03.02.1990", "equal"},
		{LINKAGE_DATE, "1990-02-03", "2/13/1990", "one change"},
		{LINKAGE_DATE, "1990-02-03", "19900203", "equal"},
		{LINKAGE_DATE, "1990-02-03T10:00:00Z", "1990-03-02", "one change"},
		{LINKAGE_DATE, "1855-01-01", "1855-81-01", "one change"},
		{LINKAGE_DATE, "1990-02-03", "1990-03-01", "within a month"},
		{LINKAGE_DATE, "1990-02-03", "1990-11-27", "within a year"},
		{LINKAGE_DATE, "1990-02-03", "1998-11-27", "within ten years"},
		{LINKAGE_DATE, "1990-02-03", "1955-11-27", "different"},
		{LINKAGE_EMAIL, "Anna@X.example", "<anna@x.example>", "equal"},
		{LINKAGE_EMAIL, "anna@x.example", "ana@x.exmple", "one or two changes"},
		{LINKAGE_EMAIL, "anna.lee@x.example", "anna.lee@other.test", "same before the @"},
		{LINKAGE_EMAIL, "anna.lee@x.example", "bob@other.test", "different"},
		{LINKAGE_NUMBER, "10", "1e1", "equal"},
		{LINKAGE_NUMBER, "1000", "1001.5", "within 1 percent"},
		{LINKAGE_NUMBER, "-100", "-97", "within 5 percent"},
		{LINKAGE_NUMBER, "100", "85", "within 20 percent"},
		{LINKAGE_NUMBER, "100", "-100", "different"},
		{LINKAGE_NUMBER, "NaN", "1", "missing"},
		{LINKAGE_CATEGORY, "f", "F", "equal"},
		{LINKAGE_CATEGORY, "f", "m", "different"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const char *level = "";
		const char *other = "";

		hold(HOST_CALL(
		{
			level = level_of(cases[i].kind, cases[i].a, cases[i].b);
			other = level_of(cases[i].kind, cases[i].b, cases[i].a);
		}));
		if (!hold(strcmp(level, cases[i].level) == 0) || !hold(strcmp(other, level) == 0))
			diag("%s and %s are %s (%s), not %s", cases[i].a, cases[i].b, level, other, cases[i].level);
	}
	held("levels of likeness, the same both ways");
}

static bool
sound_alike(const char *a, const char *b)
{
	uint32_t	code_a[32];
	uint32_t	code_b[32];
	uint32_t	sound_a[6];
	uint32_t	sound_b[6];
	size_t		size;

	for (size_t i = 0; i <= strlen(a); i++)
		code_a[i] = (uint8_t) a[i];
	for (size_t i = 0; i <= strlen(b); i++)
		code_b[i] = (uint8_t) b[i];
	size = linkage_sound(code_a, strlen(a), sound_a);
	return size == linkage_sound(code_b, strlen(b), sound_b) && memcmp(sound_a, sound_b, size * sizeof(uint32_t)) == 0;
}

static void
test_sounds(void)
{
	hold(sound_alike("catherine", "kathryn"));
	hold(sound_alike("philip", "filip"));
	hold(sound_alike("smith", "smyth"));
	hold(sound_alike("knight", "night"));
	hold(sound_alike("wright", "right"));
	hold(sound_alike("meyer", "maier"));
	hold(sound_alike("anna", "hannah") == false);
	hold(!sound_alike("smith", "jones"));
	held("what sounds alike has one key");
}

/* ----- weights ----- */

static void
test_weights(void)
{
	uint64_t	random = 11;

	for (int i = 0; i < 20000; i++)
	{
		double		a = (1 + random_below(&random, 1000000)) / 1e6;
		double		b = (1 + random_below(&random, 1000000)) / 1e6;
		int64_t		weight = linkage_log_ratio(a, b);

		hold(fabs(weight / 1e12 - log(a / b)) < 1e-11);
		hold(linkage_log_ratio(b, a) == -weight);
	}
	held("weights are logarithms, and opposite ones opposite");
	for (int i = 1; i < 1000; i++)
	{
		int64_t		weight = linkage_least_weight(i / 1000.0);

		hold(fabs(linkage_probability(weight) - i / 1000.0) < 1e-12);
	}
	hold(linkage_least_weight(0) < linkage_least_weight(1e-14));
	hold(linkage_least_weight(1) > linkage_least_weight(1 - 1e-14));
	hold(linkage_probability(linkage_least_weight(0)) == 0 && linkage_probability(linkage_least_weight(1)) == 1);
	held("probabilities and the weights they want");
}

/* ----- pairs ----- */

/* Do two rows agree on all keys of any rule?  Looked at without blocks. */
static bool
any_rule_holds(const LinkageTable *table, const LinkageRule *rules, uint32_t count, uint32_t a, uint32_t b)
{
	LinkageKeyRing ring;
	bool		holds = false;

	linkage_ring_begin(&ring, table);
	for (uint32_t i = 0; i < count; i++)
	{
		LinkageRuleKeys keys;
		uint64_t	keys_a[LINKAGE_ROW_KEYS_MAX];
		uint64_t	keys_b[LINKAGE_ROW_KEYS_MAX];
		uint32_t	count_a;
		uint32_t	count_b;

		linkage_rule_keys(&ring, &rules[i], &keys);
		count_a = linkage_row_keys(table, &rules[i], &keys, a, keys_a);
		count_b = linkage_row_keys(table, &rules[i], &keys, b, keys_b);
		for (uint32_t x = 0; x < count_a; x++)
		{
			for (uint32_t y = 0; y < count_b; y++)
				holds |= keys_a[x] == keys_b[y];
		}
	}
	linkage_ring_end(&ring);
	return holds;
}

static void
test_blocks(void)
{
	static const LinkageRule rules[] = {
		{1, {{0, LINKAGE_EITHER}}},
		{2, {{1, LINKAGE_SOUND}, {4, LINKAGE_WHOLE}}},
		{1, {{3, LINKAGE_EACH_WORD}}},
		{2, {{1, LINKAGE_START}, {2, LINKAGE_START}}},
	};

	hold(HOST_CALL(
	{
		LinkageTable table;
		LinkageModel *model = host_alloc(sizeof(LinkageModel));
		LinkageBlocks blocks;
		uint32_t   *partners;

		linkage_make_model(model, &table, 40, 0);
		partners = host_alloc_array(table.row_count, sizeof(uint32_t));
		for (uint32_t count = 1; count <= 4; count++)
		{
			linkage_blocks_build(&blocks, &table, rules, count, table.row_count);
			for (uint32_t row = 0; row < table.row_count; row++)
			{
				uint32_t	found = linkage_partners(&blocks, row, partners);
				bool	   *seen = host_alloc_zero(table.row_count);

				for (uint32_t i = 0; i < found; i++)
				{
					hold(partners[i] > row && !seen[partners[i]]);
					seen[partners[i]] = true;
				}
				for (uint32_t other = row + 1; other < table.row_count; other++)
					hold(seen[other] == any_rule_holds(&table, rules, count, row, other));
			}
		}
		hold(blocks.bounded == 0);
	}));
	held("pairs are those of which any rule holds, each once");
	hold(HOST_CALL(
	{
		LinkageTable table;
		LinkageBlocks blocks;
		uint32_t   *partners;
		uint64_t	pairs = 0;

		linkage_make_table(&table, 300, 0);
		for (uint32_t i = 0; i < 5; i++)
			linkage_table_read(&table, i, LINKAGE_NAME);
		partners = host_alloc_array(table.row_count, sizeof(uint32_t));
		linkage_blocks_build(&blocks, &table, rules, 0, 100);
		for (uint32_t row = 0; row < table.row_count; row++)
			pairs += linkage_partners(&blocks, row, partners);
		hold(blocks.bounded == 1 && blocks.bounded_rows == 600);
		hold(pairs > 600 * 20 && pairs <= 600 * 25);
		linkage_blocks_rewind(&blocks);
		hold(linkage_partners(&blocks, 0, partners) > 0);
	}));
	held("of a large block each row is compared with its neighbours");
}

/* ----- clusters ----- */

/* Weights of a crowd: 10 inside of a triangle, what was given between the two. */
typedef struct Crowd
{
	int64_t		between;
	int64_t		bridge;			/* of rows 2 and 3 */
} Crowd;

static int64_t
weigh_crowd(void *context, uint32_t a, uint32_t b)
{
	const Crowd *crowd = context;

	if (a / 3 == b / 3)
		return 10;
	return (a == 2 && b == 3) || (a == 3 && b == 2) ? crowd->bridge : crowd->between;
}

static uint32_t
cluster_count(Crowd crowd, uint32_t largest, const uint32_t *source, uint64_t *limited)
{
	LinkagePair pairs[15];
	uint32_t	count = 0;
	uint32_t	clusters = 0;
	LinkageGuard guard = {weigh_crowd, &crowd, largest, source};
	LinkageClusters result;

	for (uint32_t a = 0; a < 6; a++)
	{
		for (uint32_t b = a + 1; b < 6; b++)
		{
			if (weigh_crowd(&crowd, a, b) > 0)
				pairs[count++] = (LinkagePair) {a, b, weigh_crowd(&crowd, a, b)};
		}
	}
	linkage_sort_pairs(pairs, count);
	linkage_cluster(&result, 6, pairs, count, &guard);
	for (uint32_t row = 0; row < 6; row++)
		clusters += result.cluster[row] == row;
	*limited = result.limited;
	return clusters;
}

static void
test_clusters(void)
{
	static const uint32_t source[] = {1, 2, 0, 0, 1, 3};
	uint64_t	limited = 0;

	hold(HOST_CALL(
	{
		hold(cluster_count((Crowd) {-2, 9}, 100, NULL, &limited) == 2 && limited == 0);
		hold(cluster_count((Crowd) {-1, 8}, 100, NULL, &limited) == 1);
		hold(cluster_count((Crowd) {-1, 7}, 100, NULL, &limited) == 2);
		hold(cluster_count((Crowd) {5, 5}, 100, NULL, &limited) == 1);
		hold(cluster_count((Crowd) {5, 5}, 5, NULL, &limited) == 2 && limited == 9);
		hold(cluster_count((Crowd) {5, 5}, 2, NULL, &limited) == 3);
		hold(cluster_count((Crowd) {5, 5}, 100, source, &limited) == 2 && limited > 0);
	}));
	held("a bridge joins two crowds only if the others do not speak against it, and no limit");
}

/* ----- models ----- */

/* The same on every machine: by a hash that was written down. */
static void
is_hash(const ByteBuffer *bytes, uint64_t expected)
{
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < bytes->size; i++)
		hash = (hash ^ bytes->data[i]) * UINT64_C(0x100000001b3);
	if (!hold(hash == expected))
		diag("the model has the hash 0x%016llx", (unsigned long long) hash);
}

static void
test_models(void)
{
	hold(HOST_CALL(
	{
		ByteBuffer	first;

		for (uint64_t order = 0; order < 3; order++)
		{
			LinkageTable table;
			LinkageModel *model = host_alloc(sizeof(LinkageModel));
			LinkageModel *again = host_alloc(sizeof(LinkageModel));
			LinkageWeights weights;
			LinkageComparer comparer;
			LinkageResult result;
			LinkageClusters clusters;
			ByteBuffer	bytes;
			uint32_t	right = 0;
			uint32_t	wrong = 0;

			linkage_make_model(model, &table, 600, order);
			buffer_init(&bytes, 64);
			linkage_model_append(&bytes, model);
			if (order == 0)
			{
				first = bytes;
				is_hash(&bytes, UINT64_C(0x55a6ffef0947062c));
			}
			hold(bytes.size == first.size && memcmp(bytes.data, first.data, bytes.size) == 0);
			hold(linkage_model_problem(again, bytes.data, bytes.size) == NULL);
			/* people have two records each */
			hold(model->prior * table.row_count > 0.8 && model->prior * table.row_count < 1.2);
			linkage_weights_make(&weights, again, &table);
			linkage_comparer_begin(&comparer, &table, true);
			linkage_find_pairs(&result, &comparer, &weights, again, linkage_least_weight(0.5));
			linkage_find_clusters(&clusters, &result, &comparer, &weights, again);
			for (uint32_t row = 0; row < table.row_count; row++)
			{
				LinkageText mine = linkage_id(&table, row);
				LinkageText named = linkage_id(&table, clusters.cluster[row]);
				const char *slash = memchr(mine.data, '/', mine.size);

				if (mine.data[mine.size - 1] != '1')
					continue;
				if (named.size == mine.size && memcmp(named.data, mine.data, (size_t) (slash - mine.data) + 1) == 0)
					right += clusters.cluster[row] != row;
				else
					wrong++;
			}
			hold(right > 540);
			hold(wrong < 6);
			if (right <= 540 || wrong >= 6)
				diag("%u right, %u wrong", right, wrong);
		}
	}));
	held("a model is the same bytes in any order of rows, and finds who is one");
}

static void
test_refusals(void)
{
	static const LinkageText name = {"x", 1};
	LinkageTable table;
	LinkageModel *model = malloc(sizeof(LinkageModel));
	LinkageSpec *spec = calloc(1, sizeof(LinkageSpec));

	refused(HOST_BAD_PARAMETER, "comes twice", "an id twice",
	{
		linkage_table_begin(&table, &name, 1, linkage_decode_bytes, NULL);
		linkage_table_add(&table, (LinkageText) {"a", 1}, &name);
		linkage_table_add(&table, (LinkageText) {"a", 1}, &name);
		linkage_table_order(&table);
	});
	refused(HOST_BAD_PARAMETER, "too few", "no records",
	{
		linkage_table_begin(&table, &name, 1, linkage_decode_bytes, NULL);
		linkage_table_order(&table);
		linkage_train(model, &table, spec);
	});
	refused(HOST_BAD_PARAMETER, "no column", "nothing that differs",
	{
		linkage_table_begin(&table, &name, 1, linkage_decode_bytes, NULL);
		linkage_table_add(&table, (LinkageText) {"a", 1}, &name);
		linkage_table_add(&table, (LinkageText) {"b", 1}, &name);
		linkage_table_order(&table);
		linkage_train(model, &table, spec);
	});
	free(model);
	free(spec);
}

static void
test_hostile(void)
{
	uint8_t    *bytes = NULL;
	size_t		size = 0;
	uint64_t	random = 3;

	hold(HOST_CALL(
	{
		LinkageTable table;
		LinkageModel *model = host_alloc(sizeof(LinkageModel));
		ByteBuffer	out;

		linkage_make_model(model, &table, 5, 0);
		buffer_init(&out, 64);
		linkage_model_append(&out, model);
		size = out.size;
		bytes = memcpy(malloc(size), out.data, size);
	}));
	hold(hostile_try(linkage_read_from_client, bytes, size));
	for (size_t cut = 0; cut < size; cut++)
		hold(!hostile_try(linkage_read_from_client, bytes, cut));
	hostile_mutations(linkage_read_from_client, bytes, size, full_run() ? 20000 : 1500, &random);
	hostile_mutations(linkage_read_from_disk, bytes, size, full_run() ? 20000 : 500, &random);
	hostile_buffers(linkage_read_from_client, bytes, 24, full_run() ? 20000 : 1500, &random);
	held("bytes cut short, changed, put in or left out");
	free(bytes);
}

int
main(void)
{
	test_levels();
	test_sounds();
	test_weights();
	test_blocks();
	test_clusters();
	test_models();
	test_refusals();
	test_hostile();
	return done_testing();
}
