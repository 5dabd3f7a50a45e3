/*
 * shared_chain.c
 *		The chain of steps that most of some ways have in common.
 */
#include "sequence/shared_chain.h"

/* Where the chain is in one way: step i may come in at codes [after[i], before[i]). */
typedef struct Place
{
	bool		has;			/* the chain, at all? */
	uint32_t   *after;			/* behind the earliest match of the steps before it */
	uint32_t   *before;			/* where the latest match of the others begins */
} Place;

typedef struct Search
{
	const KeptWays *kept;
	Place	   *places;			/* by way */
	uint64_t   *people;			/* by code: who could have it here */
	uint32_t   *seen;			/* by code: the look at a way that saw it last */
	uint32_t	look;
	uint32_t	steps;
} Search;

static void
find_place(const Way *way, Place *place, const uint32_t *chain, uint32_t steps)
{
	uint32_t	at = 0;

	for (uint32_t step = 0; step < steps; step++)
	{
		place->after[step] = at;
		while (at < way->length && way->codes[at] != chain[step])
			at++;
		if (at++ == way->length)
		{
			place->has = false;
			return;
		}
	}
	place->after[steps] = at;
	place->has = true;
	at = way->length;
	for (uint32_t step = steps + 1; step-- > 0;)
	{
		place->before[step] = at;
		/* it is there, as it was on the way up */
		while (step > 0 && way->codes[--at] != chain[step - 1])
			;
	}
}

/* Who could have which code as this step; starts anew where codes were seen before. */
static void
count_step(Search *search, uint32_t step)
{
	const KeptWays *kept = search->kept;

	memset(search->people, 0, ((size_t) kept->touchpoint_count + 1) * sizeof(uint64_t));
	for (uint32_t i = 0; i < kept->count; i++)
	{
		const Way  *way = &kept->ways[i];
		const Place *place = &search->places[i];

		if (!place->has)
			continue;
		host_check_interrupts();
		if (++search->look == 0)
		{
			memset(search->seen, 0, ((size_t) kept->touchpoint_count + 1) * sizeof(uint32_t));
			search->look = 1;
		}
		for (uint32_t at = place->after[step]; at < place->before[step]; at++)
		{
			uint32_t	code = way->codes[at];

			if (search->seen[code] == search->look)
				continue;
			search->seen[code] = search->look;
			search->people[code] = model_add_counts(search->people[code], way->people);
		}
	}
}

/* Puts in the step that most people have; false if too few have any. */
static bool
put_step(Search *search, uint32_t *chain, uint64_t everybody, double support)
{
	const KeptWays *kept = search->kept;
	uint64_t	most = 0;
	uint32_t	best = 0;
	uint32_t	best_step = 0;

	for (uint32_t step = 0; step <= search->steps; step++)
	{
		count_step(search, step);
		for (uint32_t code = 0; code < kept->touchpoint_count; code++)
		{
			uint64_t	people = search->people[code];

			if (people < most || people == 0 || (people == most && code >= best))
				continue;
			most = people;
			best = code;
			best_step = step;
		}
	}
	if (most == 0 || (double) most / (double) everybody < support)
		return false;
	memmove(chain + best_step + 1, chain + best_step, (search->steps - best_step) * sizeof(uint32_t));
	chain[best_step] = best;
	search->steps++;
	return true;
}

uint32_t
shared_chain(const KeptWays *kept, double support, uint32_t most, uint32_t *chain)
{
	Search		search = {.kept = kept};
	uint64_t	everybody = 0;

	search.places = host_alloc_array((size_t) kept->count + 1, sizeof(Place));
	search.people = host_alloc_array((size_t) kept->touchpoint_count + 1, sizeof(uint64_t));
	search.seen = host_alloc_zero(((size_t) kept->touchpoint_count + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < kept->count; i++)
	{
		/* no way has more steps than touchpoints, but a chain is tried that has one more */
		size_t		steps = (size_t) (most < kept->ways[i].length ? most : kept->ways[i].length) + 2;

		search.places[i].after = host_alloc_array(steps, sizeof(uint32_t));
		search.places[i].before = host_alloc_array(steps, sizeof(uint32_t));
		find_place(&kept->ways[i], &search.places[i], chain, 0);
		everybody = model_add_counts(everybody, kept->ways[i].people);
	}
	while (search.steps < most && put_step(&search, chain, everybody, support))
	{
		for (uint32_t i = 0; i < kept->count; i++)
		{
			if (search.places[i].has)
				find_place(&kept->ways[i], &search.places[i], chain, search.steps);
		}
	}
	for (uint32_t i = 0; i < kept->count; i++)
	{
		host_free(search.places[i].after);
		host_free(search.places[i].before);
	}
	host_free(search.places);
	host_free(search.people);
	host_free(search.seen);
	return search.steps;
}

/* A class that one touchpoint fills. */
static PatternNode
step_node(PatternAtom *atom, const Touchpoint *touchpoint)
{
	PatternNode node = {.kind = NODE_CLASS, .class = {.count = 1, .atoms = atom}};

	memset(atom, 0, sizeof(*atom));
	atom->touchpoint.channel_part = touchpoint->channel_size > 0 ? TOUCHPOINT_EXACT : TOUCHPOINT_ANY;
	atom->touchpoint.event_part = TOUCHPOINT_EXACT;
	atom->touchpoint.bare = touchpoint->channel_size == 0;
	atom->touchpoint.touchpoint = *touchpoint;
	return node;
}

void
shared_chain_pattern(ByteBuffer *out, const KeptWays *kept, const uint32_t *chain, uint32_t count)
{
	PatternNode *steps = host_alloc_array(count, sizeof(PatternNode));
	PatternNode **children = host_alloc_array(count, sizeof(PatternNode *));
	PatternAtom *atoms = host_alloc_array(count, sizeof(PatternAtom));
	PatternArrow *arrows = host_alloc_array(count, sizeof(PatternArrow));
	PatternSpan *spans = host_alloc_array(count, sizeof(PatternSpan));
	PatternNode sequence = {.kind = NODE_SEQUENCE, .count = count, .children = children, .arrows = arrows};
	PatternTree tree = {.root = &sequence, .within = PATTERN_FOREVER,
		.before = {.most = PATTERN_FOREVER}, .after = {.most = PATTERN_FOREVER}};
	ByteBuffer	text;

	for (uint32_t i = 0; i < count; i++)
	{
		steps[i] = step_node(&atoms[i], &kept->touchpoints[chain[i]]);
		children[i] = &steps[i];
		arrows[i] = (PatternArrow) {0, PATTERN_FOREVER, NULL};
	}
	if (count == 1)
		tree.root = steps;
	buffer_init(&text, 256);
	pattern_append_text(&text, &tree, spans);
	/* read as everybody's: one text, one value */
	pattern_from_text(out, (char *) text.data, text.size);
	host_free(text.data);
	host_free(steps);
	host_free(children);
	host_free(atoms);
	host_free(arrows);
	host_free(spans);
}
