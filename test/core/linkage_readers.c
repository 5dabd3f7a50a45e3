/*
 * linkage_readers.c
 *		All that reads a linkage model, and models to read.
 */
#include "linkage_readers.h"
#include "tap.h"

#include "identity/linkage_score.h"

static void
insist(bool good, const char *what)
{
	if (!good)
		host_fail(HOST_INTERNAL, what, NULL, NULL);
}

LinkageUnicode
linkage_decode_bytes(void *context, const char *text, size_t size)
{
	uint32_t   *code = host_alloc_array(size + 1, sizeof(uint32_t));

	for (size_t i = 0; i < size; i++)
		code[i] = (uint8_t) text[i];
	return (LinkageUnicode) {code, size};
}

void
linkage_read_from_client(const uint8_t *data, size_t size)
{
	LinkageModel *model = host_alloc(sizeof(LinkageModel));
	const char *problem = linkage_model_problem(model, data, size);
	ByteBuffer	again;

	if (problem != NULL)
		host_fail(HOST_BAD_BINARY, "invalid linkage_model", problem, NULL);
	buffer_init(&again, size);
	linkage_model_append(&again, model);
	insist(again.size == size && memcmp(again.data, data, size) == 0, "a model has two encodings");
	linkage_read_from_disk(data, size);
}

/* Opened, written as text, and asked about two records. */
void
linkage_read_from_disk(const uint8_t *data, size_t size)
{
	LinkageModel *model = host_alloc(sizeof(LinkageModel));
	LinkageText names[LINKAGE_COMPARISONS_MAX];
	LinkageText values[LINKAGE_COMPARISONS_MAX];
	LinkageTable table;
	LinkageComparer comparer;
	LinkageWeights weights;
	LinkageResult result;
	ByteBuffer	text;

	linkage_model_open(model, data, size);
	buffer_init(&text, 64);
	linkage_model_to_text(&text, model);
	for (uint32_t i = 0; i < model->comparison_count; i++)
		names[i] = model->comparisons[i].column;
	linkage_table_begin(&table, names, model->comparison_count, linkage_decode_bytes, NULL);
	for (uint32_t row = 0; row < 3; row++)
	{
		static const char *const said[] = {"1990-02-03", "anna maria", "12.5", "a@b.example", "x", "anna m", NULL};
		char		id = (char) ('a' + row);

		for (uint32_t i = 0; i < model->comparison_count; i++)
		{
			values[i].data = said[(row * 3 + i) % 7];
			values[i].size = values[i].data == NULL ? 0 : (uint32_t) strlen(values[i].data);
		}
		linkage_table_add(&table, (LinkageText) {&id, 1}, values);
	}
	linkage_table_order(&table);
	linkage_read_as(&table, model);
	linkage_comparer_begin(&comparer, &table, false);
	linkage_weights_make(&weights, model, &table);
	linkage_find_pairs(&result, &comparer, &weights, model, linkage_least_weight(0));
	for (size_t i = 0; i < result.count; i++)
		insist(linkage_probability(result.pairs[i].weight) >= 0 && linkage_probability(result.pairs[i].weight) <= 1,
			   "a probability is none");
}

/* ----- made-up people ----- */

static const char *const first_names[] = {
	"anna", "bernd", "carla", "dieter", "elena", "friedrich", "gisela", "hannes", "ingrid", "jonas", "karl", "lena"
};
static const char *const last_names[] = {
	"schmidt", "mueller", "fischer", "weber", "becker", "hoffmann", "koch", "bauer", "richter", "klein", "wolf",
	"neumann", "schwarz", "zimmermann", "braun", "krueger", "hartmann", "lange", "werner", "krause"
};
static const char *const streets[] = {"long lane", "high street", "mill road", "station road", "church walk", "park view"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A slip of the pen: two characters change places. */
static void
slip(char *text, uint64_t *random)
{
	size_t		size = strlen(text);
	size_t		at = random_below(random, size - 1);
	char		first = text[at];

	text[at] = text[at + 1];
	text[at + 1] = first;
}

/* A person is known by the number, a record of it differs here and there. */
static void
make_record(LinkageTable *table, uint32_t person, uint32_t copy)
{
	uint64_t	random = person;
	char		text[5][64];
	char		id[32];
	LinkageText values[5];
	unsigned	drawn[5];

	next_random(&random);
	/* one after the other: arguments are evaluated in any order */
	drawn[0] = (unsigned) (1930 + random_below(&random, 70));
	drawn[1] = (unsigned) (1 + random_below(&random, 12));
	drawn[2] = (unsigned) (1 + random_below(&random, 28));
	drawn[3] = (unsigned) (1 + random_below(&random, 99));
	drawn[4] = (unsigned) random_below(&random, COUNT(streets));
	snprintf(text[0], 64, "%s", first_names[random_below(&random, COUNT(first_names))]);
	snprintf(text[1], 64, "%s", last_names[random_below(&random, COUNT(last_names))]);
	snprintf(text[2], 64, "%u-%02u-%02u", drawn[0], drawn[1], drawn[2]);
	snprintf(text[3], 64, "%u %s", drawn[3], streets[drawn[4]]);
	snprintf(text[4], 64, "%s", random_below(&random, 2) ? "f" : "m");
	random += copy * 7919;
	for (int i = 0; i < 4 && copy > 0; i++)
	{
		if (random_below(&random, 4) == 0)
			slip(text[i], &random);
	}
	for (int i = 0; i < 5; i++)
	{
		values[i].data = random_below(&random, 10) == 0 ? NULL : text[i];
		values[i].size = values[i].data == NULL ? 0 : (uint32_t) strlen(text[i]);
	}
	snprintf(id, sizeof(id), "%u/%u", person, copy);
	linkage_table_add(table, (LinkageText) {id, (uint32_t) strlen(id)}, values);
}

void
linkage_make_table(LinkageTable *table, uint32_t people, uint64_t order)
{
	static const LinkageText names[] = {{"first", 5}, {"last", 4}, {"born", 4}, {"address", 7}, {"sex", 3}};
	uint32_t	rows = people * 2;
	uint32_t   *row = host_alloc_array((size_t) rows + 1, sizeof(uint32_t));

	linkage_table_begin(table, names, 5, linkage_decode_bytes, NULL);
	for (uint32_t i = 0; i < rows; i++)
		row[i] = i;
	for (uint32_t i = rows; i > 1 && order != 0; i--)
	{
		uint32_t	other = (uint32_t) random_below(&order, i);
		uint32_t	last = row[i - 1];

		row[i - 1] = row[other];
		row[other] = last;
	}
	for (uint32_t i = 0; i < rows; i++)
		make_record(table, row[i] / 2, row[i] % 2);
	linkage_table_order(table);
}

void
linkage_make_model(LinkageModel *model, LinkageTable *table, uint32_t people, uint64_t order)
{
	LinkageSpec *spec = host_alloc_zero(sizeof(LinkageSpec));

	spec->seed = 1;
	spec->largest_block = LINKAGE_LARGEST_BLOCK;
	spec->largest_cluster = LINKAGE_LARGEST_CLUSTER;
	linkage_make_table(table, people, order);
	linkage_train(model, table, spec);
}
