/*
 * text_distance.c
 *		Jaro, Jaro-Winkler, Damerau-Levenshtein, Jaccard of n-grams.
 */
#include "identity/text_distance.h"
#include "identity/node_index.h"

/* Up to so many characters the places of a text are the bits of a word. */
#define WORD 64

#define STEPS_PER_CHECK 65536

static bool
same_text(const Characters *a, const Characters *b)
{
	return a->length == b->length &&
		memcmp(a->code, b->code, (size_t) a->length * sizeof(uint32_t)) == 0;
}

/* ----- Jaro ----- */

/* What two texts have in common: matches, and matches that are out of order. */
typedef struct Common
{
	uint32_t	matches;
	uint32_t	moved;
} Common;

/*
 * Where each character stands in a text of at most 64, as bits.  Narrow ones
 * have their own word, of which only those are set up that are asked for; wide
 * ones are found by probing, where at most half of the slots are taken.
 */
#define WIDE_SLOTS 128

typedef struct Places
{
	uint64_t	narrow[256];
	uint64_t	wide[WIDE_SLOTS];	/* 0 is free */
	uint32_t	code[WIDE_SLOTS];
} Places;

static inline uint32_t
wide_slot(const Places *places, uint32_t code)
{
	uint32_t	slot = code % WIDE_SLOTS;

	while (places->wide[slot] != 0 && places->code[slot] != code)
		slot = (slot + 1) % WIDE_SLOTS;
	return slot;
}

static void
find_places(Places *places, const Characters *text, const Characters *asked)
{
	for (uint32_t i = 0; i < asked->length; i++)
	{
		if (asked->code[i] < 256)
			places->narrow[asked->code[i]] = 0;
	}
	for (uint32_t i = 0; i < text->length; i++)
	{
		if (text->code[i] < 256)
			places->narrow[text->code[i]] = 0;
	}
	if (!text->narrow || !asked->narrow)
		memset(places->wide, 0, sizeof(places->wide));
	for (uint32_t i = 0; i < text->length; i++)
	{
		uint32_t	code = text->code[i];

		if (code < 256)
			places->narrow[code] |= UINT64_C(1) << i;
		else
		{
			uint32_t	slot = wide_slot(places, code);

			places->code[slot] = code;
			places->wide[slot] |= UINT64_C(1) << i;
		}
	}
}

/* Each character of a takes the first free equal one of b within the window. */
static Common
common_of_words(const Characters *a, const Characters *b, uint32_t window)
{
	Common		common = {0, 0};
	Places		places;
	uint64_t	taken_a = 0;
	uint64_t	taken_b = 0;

	find_places(&places, b, a);
	for (uint32_t i = 0; i < a->length; i++)
	{
		uint32_t	code = a->code[i];
		uint32_t	last = i + window < WORD - 1 ? i + window : WORD - 1;
		uint64_t	reach = (UINT64_MAX >> (WORD - 1 - last)) &
			(UINT64_MAX << (i > window ? i - window : 0));
		uint64_t	free = (code < 256 ? places.narrow[code] : places.wide[wide_slot(&places, code)]) &
			reach & ~taken_b;

		taken_b |= free & -free;
		taken_a |= (uint64_t) (free != 0) << i;
	}
	for (; taken_a != 0; taken_a &= taken_a - 1, taken_b &= taken_b - 1)
	{
		common.matches++;
		common.moved += a->code[__builtin_ctzll(taken_a)] != b->code[__builtin_ctzll(taken_b)];
	}
	return common;
}

/* The same for texts of any length. */
static Common
common_of_texts(const Characters *a, const Characters *b, uint32_t window)
{
	Common		common = {0, 0};
	bool	   *taken_a = host_alloc_zero(checked_add_size(a->length, b->length));
	bool	   *taken_b = taken_a + a->length;
	uint64_t	steps = 0;

	for (uint32_t i = 0; i < a->length; i++)
	{
		uint32_t	from = i > window ? i - window : 0;
		uint32_t	end = b->length - 1 > window && i < b->length - 1 - window ? i + window + 1 : b->length;

		for (uint32_t j = from; j < end; j++)
		{
			if (++steps % STEPS_PER_CHECK == 0)
				host_check_interrupts();
			if (!taken_b[j] && a->code[i] == b->code[j])
			{
				taken_a[i] = taken_b[j] = true;
				break;
			}
		}
	}
	for (uint32_t i = 0, j = 0; i < a->length; i++)
	{
		if (!taken_a[i])
			continue;
		while (!taken_b[j])
			j++;
		common.matches++;
		common.moved += a->code[i] != b->code[j++];
	}
	host_free(taken_a);
	return common;
}

double
text_jaro(const Characters *a, const Characters *b)
{
	uint32_t	longer = a->length > b->length ? a->length : b->length;
	uint32_t	window = longer > 3 ? longer / 2 - 1 : 0;
	Common		common;
	double		m;

	if (a->length == 0 || b->length == 0)
		return longer == 0;
	common = longer <= WORD ? common_of_words(a, b, window) : common_of_texts(a, b, window);
	if (common.matches == 0)
		return 0;
	m = common.matches;
	/* as Winkler's program does, half of an odd number is rounded down */
	return (m / a->length + m / b->length + (m - common.moved / 2) / m) / 3;
}

/* Texts that are rather alike are more so if they begin alike. */
double
text_jaro_winkler(const Characters *a, const Characters *b)
{
	double		jaro = text_jaro(a, b);
	uint32_t	prefix = 0;

	if (jaro <= 0.7)
		return jaro;
	while (prefix < 4 && prefix < a->length && prefix < b->length && a->code[prefix] == b->code[prefix])
		prefix++;
	return jaro + prefix * 0.1 * (1 - jaro);
}

/* ----- Damerau-Levenshtein ----- */

/* What a column of the table remembers beside its two last rows. */
typedef struct Column
{
	uint32_t	above;			/* distance in the row before */
	uint32_t	here;			/* in this row; until it is written, two rows before */
	uint32_t	match;			/* last row whose character is the column's; 0 is none */
	uint32_t	before_match;	/* the distance that both texts had before that match */
} Column;

static inline uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * Row by row.  Two characters that changed places may have others inserted or
 * deleted between them, but only on one side: with both, replacing is as cheap.
 * Hence it is enough to remember the last match of each column and of the row,
 * and the table needs no more than two rows (Zhao and Sahni 2019).
 */
static uint32_t
distance(const Characters *a, const Characters *b, uint32_t max)
{
	Column		room[WORD + 1];
	Column	   *column = room;
	uint32_t	result;

	if (b->length > WORD)
		column = host_alloc_array((size_t) b->length + 1, sizeof(Column));
	for (uint32_t j = 0; j <= b->length; j++)
		column[j] = (Column) {.here = j};
	for (uint32_t i = 1; i <= a->length; i++)
	{
		uint32_t	code = a->code[i - 1];
		uint32_t	smallest = i;
		uint32_t	match = 0;	/* last column whose character is the row's */
		uint32_t	before_match = 0;
		uint32_t	two_above;	/* in the column before */

		two_above = column[0].above;
		column[0].above = i - 1;
		column[0].here = i;
		for (uint32_t j = 1; j <= b->length; j++)
		{
			Column	   *c = &column[j];
			uint32_t	above = c->here;
			uint32_t	cost = least(least(c[-1].here, above) + 1, c[-1].above + (b->code[j - 1] != code));

			if (j % STEPS_PER_CHECK == 0)
				host_check_interrupts();
			if (b->code[j - 1] == code)
			{
				match = j;
				before_match = two_above;
				c->match = i;
				c->before_match = j > 1 ? c[-2].above : 0;
			}
			else if (c->match != 0 && match != 0)
			{
				if (match + 1 == j)
					cost = least(cost, c->before_match + (i - c->match));
				else if (c->match + 1 == i)
					cost = least(cost, before_match + (j - match));
			}
			two_above = c->above;
			c->above = above;
			c->here = cost;
			smallest = least(smallest, cost);
		}
		host_check_interrupts();
		/* no row has less than the one before */
		if (smallest > max)
			break;
	}
	result = column[b->length].here;
	if (column != room)
		host_free(column);
	return least(result, max + 1);
}

uint32_t
text_damerau_levenshtein(const Characters *a, const Characters *b, uint32_t max)
{
	Characters	rest_a = *a;
	Characters	rest_b = *b;
	uint32_t	longer = a->length > b->length ? a->length : b->length;
	uint32_t	shorter = a->length > b->length ? b->length : a->length;

	if (longer - shorter > max)
		return max + 1;
	/* it is never more, and max + 1 must not wrap */
	max = least(max, longer);
	while (rest_a.length > 0 && rest_b.length > 0 &&
		   rest_a.code[rest_a.length - 1] == rest_b.code[rest_b.length - 1])
	{
		rest_a.length--;
		rest_b.length--;
	}
	while (rest_a.length > 0 && rest_b.length > 0 && rest_a.code[0] == rest_b.code[0])
	{
		rest_a.code++;
		rest_b.code++;
		rest_a.length--;
		rest_b.length--;
	}
	return distance(&rest_a, &rest_b, max);
}

/* ----- n-grams ----- */

/* Different n-grams by their first place in one text after the other. */
typedef struct Grams
{
	const uint32_t *code;
	size_t		size;			/* bytes of a gram */
	NodeIndex	index;
	uint32_t   *place;			/* of each gram */
	bool	   *common;			/* of each gram, once the second text had it */
	uint32_t	count;
} Grams;

/* The gram at a place: known already, or the next one. */
static uint32_t
intern(Grams *grams, uint32_t place)
{
	const char *text = (const char *) (grams->code + place);
	NodeProbe	probe;
	uint32_t	gram;

	if (grams->count == grams->index.fill)
		node_index_double(&grams->index);
	probe = node_probe(&grams->index, node_hash_text(text, grams->size));
	while ((gram = node_probe_next(&grams->index, &probe)) != NO_NODE)
	{
		if (memcmp(grams->code + grams->place[gram], text, grams->size) == 0)
			return gram;
	}
	grams->place[grams->count] = place;
	grams->common[grams->count] = false;
	node_probe_put(&grams->index, &probe, grams->count);
	return grams->count++;
}

double
text_ngram_jaccard(const Characters *a, const Characters *b, uint32_t n)
{
	size_t		length = checked_add_size(a->length, b->length);
	uint32_t   *code;
	Grams		grams = {.size = (size_t) n * sizeof(uint32_t)};
	uint32_t	of_a;
	uint32_t	both = 0;
	double		result;

	/* what is shorter than n has no n-grams, and is like its equals only */
	if (a->length < n || b->length < n)
		return same_text(a, b);
	if (length > NODES_MAX)
		host_fail(HOST_LIMIT, "texts are too long to count their n-grams",
				  host_format("Together they have %zu characters.", length), "Compare parts of them.");
	code = host_alloc_array(length, sizeof(uint32_t));
	memcpy(code, a->code, (size_t) a->length * sizeof(uint32_t));
	memcpy(code + a->length, b->code, (size_t) b->length * sizeof(uint32_t));
	grams.code = code;
	grams.place = host_alloc_array(length, sizeof(uint32_t));
	grams.common = host_alloc_array(length, sizeof(bool));
	node_index_init(&grams.index);
	for (uint32_t i = 0; i + n <= a->length; i++)
	{
		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		intern(&grams, i);
	}
	of_a = grams.count;
	for (uint32_t i = 0; i + n <= b->length; i++)
	{
		uint32_t	gram = intern(&grams, a->length + i);

		if (i % STEPS_PER_CHECK == 0)
			host_check_interrupts();
		if (gram < of_a && !grams.common[gram])
		{
			grams.common[gram] = true;
			both++;
		}
	}
	result = (double) both / grams.count;
	node_index_free(&grams.index);
	host_free(grams.common);
	host_free(grams.place);
	host_free(code);
	return result;
}
