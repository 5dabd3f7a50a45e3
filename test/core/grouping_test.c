/*
 * grouping_test.c
 *		Rows of many people, grouped, against a plain list of them.
 */
#include "tap.h"

#include "journey/grouping.h"

#define MOST_REF 3000

typedef struct Given
{
	uint32_t	person;
	JourneyRow	row;
} Given;

/* Number to key, of one kind: many short texts differ in one byte, some are long. */
static PersonKey
key_of(uint32_t person, bool texts, char buffer[600])
{
	PersonKey	key = {0};

	if (!texts)
	{
		key.number = person % 3 == 0 ? (int64_t) person << 40 : person % 3 == 1 ? -(int64_t) person : person;
		return key;
	}
	key.size = 8 + (person % 7 == 0 ? person % 500 : 0);
	memset(buffer, 'p', key.size);
	for (int i = 0; i < 8; i++)
		buffer[i] = (char) ('a' + (person >> (4 * i) & 15));
	key.bytes = buffer;
	return key;
}

static bool
same_key(const PersonKey *a, const PersonKey *b)
{
	return a->size == b->size && (a->size > 0 ? memcmp(a->bytes, b->bytes, a->size) == 0 : a->number == b->number);
}

static JourneyRow
row_of(uint64_t *random, bool refs)
{
	JourneyRow	row = {0};

	row.at = (int64_t) random_below(random, 1000) * (random_below(random, 2) ? 1000 : 1);
	row.code = (uint32_t) random_below(random, 300);
	if (random_below(random, 4) == 0)
	{
		row.flags |= JOURNEY_ROW_VALUE;
		row.value = (double) random_below(random, 1000) / 4;
	}
	if (refs && random_below(random, 2) == 0)
	{
		row.flags |= JOURNEY_ROW_REF;
		row.ref_size = 1 + (uint32_t) random_below(random, random_below(random, 50) ? 20 : MOST_REF);
	}
	if (refs && random_below(random, 2) == 0)
	{
		row.flags |= JOURNEY_ROW_RECORDED;
		row.recorded = (int64_t) random_below(random, 100000);
	}
	return row;
}

/* Rows of a person stand in the order they came; people in the order of their first. */
static void
test_against_list(uint64_t seed, uint32_t people, size_t count, bool texts, bool refs)
{
	uint64_t	random = seed;

	hold(HOST_CALL(
	{
		Grouping   *grouping = grouping_new();
		Given	   *given = host_alloc_array(count, sizeof(Given));
		bool	   *known = host_alloc_zero(people);
		uint32_t   *order = host_alloc_array(people, sizeof(uint32_t));
		uint32_t   *rows_of = host_alloc_zero(people * sizeof(uint32_t));
		int64_t    *last = host_alloc_zero(people * sizeof(int64_t));
		JourneyRow **expected = host_alloc_array(people, sizeof(JourneyRow *));
		char	   *ref = host_alloc(MOST_REF);
		uint32_t	seen = 0;
		uint64_t	unordered = 0;
		GroupingReader reader;
		GroupedPerson found;

		for (size_t i = 0; i < count; i++)
		{
			/* one person has a third of all rows */
			uint32_t	person = random_below(&random, 3) == 0 ? 0 : (uint32_t) random_below(&random, people);
			char		buffer[600];
			PersonKey	key = key_of(person, texts, buffer);
			JourneyRow	row = row_of(&random, refs);

			given[i].person = person;
			given[i].row = row;
			if (row.flags & JOURNEY_ROW_REF)
			{
				char	   *copy = host_alloc(row.ref_size);

				for (uint32_t at = 0; at < row.ref_size; at++)
					copy[at] = ref[at] = (char) ('0' + (i + at) % 70);
				given[i].row.ref = copy;
				row.ref = ref;
			}
			grouping_add(grouping, &key, &row);
			/* key and ref were copied */
			memset(buffer, 'x', sizeof(buffer));
			memset(ref, 'x', row.ref_size);

			if (!known[person])
			{
				known[person] = true;
				order[seen++] = person;
			}
			else
				unordered += row.at < last[person];
			last[person] = row.at;
			rows_of[person]++;
		}
		grouping_flush(grouping);
		hold(grouping_people(grouping) == seen);
		hold(grouping_rows(grouping) == count);

		for (uint32_t person = 0; person < people; person++)
			expected[person] = host_alloc_array(rows_of[person] + 1, sizeof(JourneyRow));
		memset(rows_of, 0, people * sizeof(uint32_t));
		for (size_t i = 0; i < count; i++)
			expected[given[i].person][rows_of[given[i].person]++] = given[i].row;

		grouping_read_begin(&reader, grouping);
		for (seen = 0; grouping_read_next(&reader, &found); seen++)
		{
			char		buffer[600];
			uint32_t	person = order[seen];
			PersonKey	key = key_of(person, texts, buffer);

			hold(same_key(&found.key, &key));
			hold(found.count == rows_of[person]);
			for (uint32_t i = 0; i < found.count; i++)
			{
				const JourneyRow *one = &expected[person][i];

				hold(found.rows[i].at == one->at && found.rows[i].code == one->code && found.rows[i].flags == one->flags);
				hold(found.rows[i].value == one->value && found.rows[i].recorded == one->recorded);
				hold(found.rows[i].ref_size == one->ref_size);
				hold(one->ref_size == 0 || memcmp(found.rows[i].ref, one->ref, one->ref_size) == 0);
			}
			/* the rows are the reader's to spoil */
			memset(found.rows, 0x5a, found.count * sizeof(JourneyRow));
		}
		hold(seen == grouping_people(grouping));
		hold(reader.unordered == unordered);
		hold(!grouping_read_next(&reader, &found));
		grouping_read_end(&reader);
		grouping_free(grouping);
	}));
}

/* What it takes is what it says, and stays near 100 bytes a person and 8 an event. */
static void
test_memory(void)
{
	uint64_t	random = 7;
	bool		ended;
	const uint32_t people = 20000;
	const uint32_t events = 800000;

	ended = HOST_CALL(
	{
		Grouping   *grouping = grouping_new();
		int64_t    *at = host_alloc_zero(people * sizeof(int64_t));
		size_t		memory;

		for (uint32_t i = 0; i < events; i++)
		{
			PersonKey	key = {.number = (int64_t) random_below(&random, people)};
			JourneyRow	row = {.code = (uint32_t) random_below(&random, 14)};

			row.at = at[key.number] += (int64_t) random_below(&random, 80000) * 1000;
			grouping_add(grouping, &key, &row);
		}
		grouping_flush(grouping);
		memory = grouping_memory(grouping);
		ok(memory < 100 * (size_t) people + 8 * (size_t) events, "100 bytes a person and 8 an event are enough");
		host_budget = memory + memory / 8 + 1024 * 1024;
	});
	ok(ended, "800,000 events are grouped");

	/* the same within a budget of what it said */
	random = 7;
	ok(HOST_CALL(
	{
		Grouping   *grouping = grouping_new();

		for (uint32_t i = 0; i < events; i++)
		{
			PersonKey	key = {.number = (int64_t) random_below(&random, people)};
			JourneyRow	row = {.code = (uint32_t) random_below(&random, 14)};

			grouping_add(grouping, &key, &row);
		}
		grouping_flush(grouping);
		grouping_free(grouping);
	}), "and what it says is what it takes");
	host_budget = HOST_BUDGET_DEFAULT;
}

int
main(void)
{
	test_against_list(1, 1, 5000, false, false);
	test_against_list(2, 3, 5000, true, true);
	for (uint64_t seed = 3; seed < 40; seed++)
		test_against_list(seed, 1 + (uint32_t) (seed * seed), 3000, seed % 2, seed % 4 < 2);
	held("small ones");
	test_against_list(50, 20000, 60000, false, false);
	test_against_list(51, 20000, 60000, true, false);
	test_against_list(52, 5000, 60000, true, true);
	/* a segment too large to be unpacked at once */
	test_against_list(53, 300, 200000, false, false);
	test_against_list(54, 2, 200000, true, false);
	held("larger ones: numbers, texts, refs");
	test_memory();
	return done_testing();
}
