/*
 * survivor_test.c
 *		Survivors and tallies, whole and in parts, written and read.
 */
#include "tap.h"

#include "identity/survivor.h"

#define VALUES 200
#define PARTS 3

/* Values are short texts of few letters, the empty one among them. */
typedef struct Value
{
	char		text[3];
	size_t		size;
	int64_t		rank;
	int64_t		then;
} Value;

static Value
make_value(uint64_t *random)
{
	Value		value = {.size = random_below(random, 4)};

	for (size_t i = 0; i < value.size; i++)
		value.text[i] = "\0ab"[random_below(random, 3)];
	value.rank = (int64_t) random_below(random, 3) - 1;
	value.then = random_below(random, 9) ? (int64_t) random_below(random, 3) : random_below(random, 2) ? INT64_MAX : INT64_MIN;
	return value;
}

static int
compare(const Value *a, const Value *b)
{
	int			order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);

	return order ? order : (a->size > b->size) - (a->size < b->size);
}

static bool
is_before(const Value *a, const Value *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a->then != b->then)
		return a->then < b->then;
	return compare(a, b) < 0;
}

static uint32_t
times_of(const Value *values, uint32_t count, const Value *wanted)
{
	uint32_t	times = 0;

	for (uint32_t i = 0; i < count; i++)
		times += compare(&values[i], wanted) == 0;
	return times;
}

static bool
is_value(const void *data, size_t size, const Value *value)
{
	return size == value->size && memcmp(data, value->text, size) == 0;
}

static void
one_round(uint64_t *random)
{
	Value		values[VALUES];
	uint32_t	count = 1 + (uint32_t) random_below(random, random_below(random, 2) ? VALUES : 5);
	const Value *first = &values[0];
	const Value *most = &values[0];
	Survivor	survivor[PARTS];
	Tally		tally[PARTS];
	Survivor	all;
	Tally		united;
	const void *found;
	size_t		size;

	for (int part = 0; part < PARTS; part++)
	{
		survivor_init(&survivor[part]);
		tally_init(&tally[part]);
	}
	for (uint32_t i = 0; i < count; i++)
	{
		Value	   *v = &values[i];
		uint32_t	part = (uint32_t) random_below(random, PARTS);

		*v = make_value(random);
		survivor_offer(&survivor[part], v->rank, v->then, v->text, v->size);
		tally_add(&tally[part], v->text, v->size, 1);
	}
	for (uint32_t i = 1; i < count; i++)
	{
		uint32_t	times = times_of(values, count, &values[i]);
		uint32_t	best = times_of(values, count, most);

		if (is_before(&values[i], first))
			first = &values[i];
		if (times > best || (times == best && compare(&values[i], most) < 0))
			most = &values[i];
	}
	survivor_init(&all);
	tally_init(&united);
	for (int part = 0; part < PARTS; part++)
	{
		ByteBuffer	out;
		Tally		read;

		buffer_init(&out, 16);
		if (survivor[part].found)
		{
			survivor_write(&out, &survivor[part]);
			hold(survivor_read(&all, out.data, out.size));
		}
		out.size = 0;
		tally_write(&out, &tally[part]);
		tally_init(&read);
		hold(tally_read(&read, out.data, out.size));
		hold(read.count == tally[part].count);
		tally_unite(&united, &read);
		/* cut off it is refused, without a look beyond its end */
		if (out.size > 0)
		{
			uint8_t    *cut = malloc(out.size - 1);

			memcpy(cut, out.data, out.size - 1);
			hold(!tally_read(&read, cut, out.size - 1));
			free(cut);
		}
	}
	hold(is_value(all.value.data, all.value.size, first));
	found = tally_most_frequent(&united, &size);
	hold(is_value(found, size, most));
}

int
main(void)
{
	uint64_t	random = 6;

	for (int round = 0; round < (full_run() ? 5000 : 500); round++)
		hold(HOST_CALL(one_round(&random)));
	held("the value of the smallest rank and the most frequent one, from parts that were written and read");
	hold(!survivor_read(&(Survivor) {.found = false}, "\x80", 1));
	held("a state that is cut off is refused");
	return done_testing();
}
