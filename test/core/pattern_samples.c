/*
 * pattern_samples.c
 *		Generated patterns and journeys for the core tests.
 */
#include "pattern_samples.h"
#include "tap.h"

#define SECOND INT64_C(1000000)

typedef struct Writer
{
	char		text[2048];
	size_t		size;
	uint64_t   *random;
	int			elements;		/* left */
} Writer;

static void
put(Writer *writer, const char *text)
{
	size_t		length = strlen(text);

	memcpy(writer->text + writer->size, text, length + 1);
	writer->size += length;
}

static bool
chance(Writer *writer, int percent)
{
	return random_below(writer->random, 100) < (uint64_t) percent;
}

static void
put_atom(Writer *writer)
{
	static const char *const atoms[] = {
		"a", "b", "c", "a", "b", "c", "x:a", "x:*", ":b", ".", "*:c", "a[value > 1]", "b[value <= 1, value <> 0]", ".[value = 2]"
	};

	put(writer, atoms[random_below(writer->random, sizeof(atoms) / sizeof(atoms[0]))]);
}

static void
put_set(Writer *writer)
{
	if (chance(writer, 80))
	{
		put_atom(writer);
		return;
	}
	put(writer, "(");
	put_atom(writer);
	put(writer, " | ");
	put_atom(writer);
	put(writer, ")");
}

static void
put_limits(Writer *writer, int least, int most)
{
	put(writer, "->");
	if (least >= 0)
		put(writer, host_format("[>= %d s", least));
	if (most >= 0)
		put(writer, host_format("%s<= %d s", least >= 0 ? ", " : "[", most));
	if (least >= 0 || most >= 0)
		put(writer, "]");
	put(writer, " ");
}

static void
put_arrow(Writer *writer)
{
	int			least = chance(writer, 25) ? (int) random_below(writer->random, 3) : -1;
	int			most = chance(writer, 35) ? (least < 0 ? 0 : least) + (int) random_below(writer->random, 4) : -1;

	put(writer, " ");
	if (chance(writer, 20))
	{
		put(writer, "-> !");
		put_set(writer);
		put(writer, " ");
	}
	put_limits(writer, least, most);
}

static void
put_any_order(Writer *writer)
{
	uint64_t	count = 2 + random_below(writer->random, 2);

	put(writer, "{");
	for (uint64_t i = 0; i < count; i++)
	{
		put(writer, i > 0 ? " & " : "");
		put_set(writer);
	}
	put(writer, "}");
}

static void put_choice(Writer *writer, int depth);

static void
put_element(Writer *writer, int depth)
{
	static const char *const quantifiers[] = {"?", "*", "+", "{2}", "{1,2}", "{0,2}", "{2,}", "??", "*?", "+?"};

	writer->elements--;
	if (depth < 2 && chance(writer, 25) && writer->elements > 1)
	{
		put(writer, "(");
		put_choice(writer, depth + 1);
		put(writer, ")");
	}
	else if (chance(writer, 10))
		put_any_order(writer);
	else if (chance(writer, 10))
	{
		put(writer, "name:=");
		put_set(writer);
	}
	else if (chance(writer, 8))
	{
		put(writer, "(!");
		put_set(writer);
		put(writer, ")");
	}
	else
		put_set(writer);
	if (chance(writer, 25))
		put(writer, quantifiers[random_below(writer->random, 10)]);
}

static void
put_sequence(Writer *writer, int depth)
{
	do
	{
		put_element(writer, depth);
		while (writer->elements > 0 && chance(writer, 35))
		{
			put(writer, " ");
			if (chance(writer, 10))
			{
				put(writer, "!");
				put_set(writer);
			}
			else
				put_element(writer, depth);
		}
		if (writer->elements <= 0 || !chance(writer, 60))
			return;
		put_arrow(writer);
	} while (true);
}

static void
put_choice(Writer *writer, int depth)
{
	put_sequence(writer, depth);
	if (depth > 0 && writer->elements > 0 && chance(writer, 40))
	{
		put(writer, " | ");
		put_sequence(writer, depth);
	}
}

static void
put_chain(Writer *writer)
{
	/* more steps than a glance can tell apart, of which nothing ever comes */
	if (chance(writer, 4))
	{
		for (uint64_t idle = 60 + random_below(writer->random, 5); idle > 0; idle--)
			put(writer, "z? -> ");
	}
	for (uint64_t left = 1 + random_below(writer->random, 4); left > 0; left--)
	{
		if (chance(writer, 20))
			put_any_order(writer);
		else if (chance(writer, 5))
		{
			put(writer, "(!");
			put_set(writer);
			put(writer, ")");
		}
		else
			put_set(writer);
		if (chance(writer, 25))
			put(writer, chance(writer, 70) ? "?" : "??");
		if (left > 1)
			put_arrow(writer);
	}
}

static void
put_pattern(Writer *writer, bool chain)
{
	bool		anchors = !chain && chance(writer, 50);
	bool		sides = !anchors && chance(writer, 50);

	if (sides && chance(writer, 20))
	{
		put(writer, "!");
		put_set(writer);
		put(writer, " ");
		put_limits(writer, chance(writer, 30) ? 1 : -1, chance(writer, 50) ? 2 : -1);
	}
	if (anchors && chance(writer, 40))
		put(writer, "^ ");
	if (chain)
		put_chain(writer);
	else
		put_sequence(writer, 0);
	if (anchors && chance(writer, 30))
		put(writer, " $");
	if (sides && chance(writer, 20))
	{
		put(writer, " ");
		put_limits(writer, chance(writer, 30) ? 1 : -1, chance(writer, 50) ? 2 : -1);
		put(writer, "!");
		put_set(writer);
	}
	if (chance(writer, 15))
		put(writer, " strictly");
	if (chance(writer, 30))
		put(writer, host_format(" within %d s", (int) random_below(writer->random, 6)));
}

char *
pattern_sample(uint64_t *random, int elements, bool chain)
{
	Writer	   *writer = host_alloc_zero(sizeof(Writer));

	writer->random = random;
	writer->elements = elements;
	put_pattern(writer, chain);
	return writer->text;
}

void
pattern_sample_journey(ByteBuffer *out, uint64_t *random, size_t max_events)
{
	static const Touchpoint touchpoints[] = {
		{"x", "a", 1, 1}, {NULL, "a", 0, 1}, {NULL, "b", 0, 1}, {"x", "b", 1, 1}, {NULL, "c", 0, 1}, {"y", "c", 1, 1}
	};
	static const uint32_t rank[] = {0, 3, 4, 1, 5, 2};
	JourneyRow *rows = host_alloc_zero((max_events + 1) * sizeof(JourneyRow));
	uint32_t	local[6];
	TouchpointSet set = {6, touchpoints, rank, local};
	size_t		count = random_below(random, max_events + 1);
	uint64_t	instants = 1 + random_below(random, 8);
	uint32_t	kinds = 1 + (uint32_t) random_below(random, 6);

	memset(local, 0xff, sizeof(local));
	for (size_t i = 0; i < count; i++)
	{
		rows[i].at = (int64_t) random_below(random, instants) * SECOND;
		rows[i].code = (uint32_t) random_below(random, kinds);
		if (random_below(random, 2) == 0)
		{
			rows[i].flags = JOURNEY_ROW_VALUE;
			rows[i].value = (double) random_below(random, 4);
		}
	}
	journey_build(out, rows, count, &set);
}

/* ----- for oracles ----- */

int
sample_events(const JourneyView *view, SampleEvent *events)
{
	Touchpoint *dictionary = host_alloc_array((size_t) view->touchpoints + 1, sizeof(Touchpoint));
	JourneyCursor cursor;
	JourneyBlock block;
	int			count = 0;

	journey_dictionary(view, dictionary);
	journey_cursor(&cursor, view, JOURNEY_WANT_VALUE);
	while (journey_next(&cursor, &block))
	{
		for (uint32_t i = 0; i < block.count; i++)
			events[count++] = (SampleEvent) {block.at[i], dictionary[block.code[i]], block.has_value[i], block.value[i]};
	}
	return count;
}

static bool
atom_holds(const PatternAtom *atom, const SampleEvent *event)
{
	bool		holds = touchpoint_matches(&atom->touchpoint, &event->touchpoint);

	for (uint32_t i = 0; i < atom->predicate_count && holds; i++)
	{
		double		v = event->value;
		double		n = atom->predicates[i].number;

		holds = event->has_value;
		switch (atom->predicates[i].compare)
		{
			case COMPARE_LESS: holds &= v < n; break;
			case COMPARE_LESS_EQUAL: holds &= v <= n; break;
			case COMPARE_EQUAL: holds &= v == n; break;
			case COMPARE_NOT_EQUAL: holds &= v != n; break;
			case COMPARE_GREATER_EQUAL: holds &= v >= n; break;
			case COMPARE_GREATER: holds &= v > n; break;
		}
	}
	return holds != atom->negated;
}

bool
sample_class_holds(const PatternClass *class, const SampleEvent *event)
{
	bool		holds = false;

	for (uint32_t i = 0; i < class->count; i++)
		holds |= atom_holds(&class->atoms[i], event);
	return holds != class->negated;
}
