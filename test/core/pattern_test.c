/*
 * pattern_test.c
 *		Matching of patterns against brute force: every way to match, tried.
 *
 * Random patterns and random small journeys with many equal times.  The oracle
 * knows the tree of a pattern only, and tries every assignment of events: for
 * chains in every order inside an instant.  Match existence, level, count,
 * spans of every mode and the reported events must be the same.
 */
#include "hostile.h"
#include "pattern_readers.h"
#include "pattern_samples.h"
#include "tap.h"

#include "pattern/pattern_match.h"

#define MAX_EVENTS 9
#define MAX_STEPS 80
#define SECOND INT64_C(1000000)

/* One way to match. */
typedef struct Way
{
	uint32_t	mask;			/* events */
	uint32_t	firsts;			/* those it may be said to begin with, */
	uint32_t	lasts;			/* and to end with */
} Way;

typedef enum Link
{
	LINK_START, LINK_NEXT, LINK_ARROW
} Link;

/* Where a way has come to. */
typedef struct At
{
	uint32_t	mask;
	int			first;
	int			last;			/* -1 before the first */
	Link		link;
	const PatternArrow *arrow;
} At;

typedef struct Oracle
{
	const PatternTree *tree;
	SampleEvent events[MAX_EVENTS];
	int			count;
	Way		   *ways;
	size_t		way_count;
	size_t		way_capacity;
	uint32_t	level;
	uint32_t	levels;
	uint64_t	work;
} Oracle;

/* What is to be done behind a node. */
typedef struct Then
{
	void		(*run) (Oracle *oracle, const At *at, const struct Then *then);
	const struct Then *next;
	const PatternNode *node;
	uint32_t	index;
	uint32_t	used;
	uint32_t	mark;			/* events used when it began */
	const At   *from;
} Then;

/* ----- conditions ----- */

static bool
arrow_allows(const Oracle *oracle, const PatternArrow *arrow, int64_t from, int64_t to)
{
	if (to - from < arrow->least || to - from > arrow->most)
		return false;
	for (int i = 0; i < oracle->count && arrow->excluded; i++)
	{
		if (oracle->events[i].at > from && oracle->events[i].at < to && sample_class_holds(arrow->excluded, &oracle->events[i]))
			return false;
	}
	return true;
}

static bool
side_allows(const Oracle *oracle, const PatternArrow *side, int64_t at, int sign)
{
	for (int i = 0; i < oracle->count && side->excluded; i++)
	{
		int64_t		distance = (oracle->events[i].at - at) * sign;

		if (distance > 0 && distance >= side->least && distance <= side->most &&
			sample_class_holds(side->excluded, &oracle->events[i]))
			return false;
	}
	return true;
}

static bool
start_allowed(const Oracle *oracle, int event)
{
	return side_allows(oracle, &oracle->tree->before, oracle->events[event].at, -1) &&
		(!oracle->tree->anchored_start || event == 0);
}

static bool
end_allowed(const Oracle *oracle, int event)
{
	return side_allows(oracle, &oracle->tree->after, oracle->events[event].at, 1) &&
		(!oracle->tree->anchored_end || event == oracle->count - 1);
}

static void
add_way(Oracle *oracle, uint32_t mask, uint32_t firsts, uint32_t lasts)
{
	for (size_t i = 0; i < oracle->way_count; i++)
	{
		if (oracle->ways[i].mask == mask && oracle->ways[i].firsts == firsts && oracle->ways[i].lasts == lasts)
			return;
	}
	if (oracle->way_count == oracle->way_capacity)
	{
		oracle->way_capacity = oracle->way_capacity ? oracle->way_capacity * 2 : 64;
		oracle->ways = realloc(oracle->ways, oracle->way_capacity * sizeof(Way));
	}
	oracle->ways[oracle->way_count++] = (Way) {mask, firsts, lasts};
}

static void
reached(Oracle *oracle, uint32_t level, int last)
{
	if (level == oracle->levels && !end_allowed(oracle, last))
		level--;
	if (level > oracle->level)
		oracle->level = level;
}

/* ----- canonical order: the tree with what comes behind ----- */

static void visit(Oracle *oracle, const PatternNode *node, const At *at, const Then *then);

static void
go(Oracle *oracle, const At *at, const Then *then)
{
	then->run(oracle, at, then);
}

static void
consume(Oracle *oracle, const PatternClass *class, const At *at, const Then *then)
{
	for (int i = at->last + 1; i < oracle->count; i++)
	{
		At			now = *at;

		oracle->work++;
		if (at->link == LINK_NEXT && i > at->last + 1)
			break;
		if (!sample_class_holds(class, &oracle->events[i]))
			continue;
		if (at->last < 0)
		{
			if (!start_allowed(oracle, i))
				continue;
			now.first = i;
		}
		else
		{
			if (oracle->tree->strictly && oracle->events[i].at == oracle->events[at->last].at)
				continue;
			if (at->link == LINK_ARROW &&
				!arrow_allows(oracle, at->arrow, oracle->events[at->last].at, oracle->events[i].at))
				continue;
			if (oracle->events[i].at - oracle->events[at->first].at > oracle->tree->within)
				continue;
		}
		now.mask |= 1U << i;
		now.last = i;
		now.link = LINK_NEXT;
		go(oracle, &now, then);
	}
}

static void
next_of_run(Oracle *oracle, const At *at, const Then *then)
{
	Then		rest = *then;

	if (then->index == then->node->count)
	{
		go(oracle, at, then->next);
		return;
	}
	rest.index++;
	visit(oracle, then->node->children[then->index], at, &rest);
}

static const PatternArrow plain_arrow = {0, PATTERN_FOREVER, NULL};

static void
next_of_sequence(Oracle *oracle, const At *at, const Then *then);

/* Behind a run of a sequence that was asked to take an event. */
static void
run_taken(Oracle *oracle, const At *at, const Then *then)
{
	if (at->mask != then->mark)
		next_of_sequence(oracle, at, then);
}

static void
next_of_sequence(Oracle *oracle, const At *at, const Then *then)
{
	const PatternNode *node = then->node;
	Then		rest = *then;
	At			now = *at;

	if (then->index == node->count)
	{
		go(oracle, at, then->next);
		return;
	}
	rest.index++;
	rest.run = next_of_sequence;
	if (pattern_nullable(node->children[then->index]))
		next_of_sequence(oracle, at, &rest);
	if (at->last >= 0 && then->index > 0)
	{
		now.link = LINK_ARROW;
		now.arrow = &node->arrows[then->index];
	}
	rest.run = run_taken;
	rest.mark = at->mask;
	visit(oracle, node->children[then->index], &now, &rest);
}

static void
next_of_repeat(Oracle *oracle, const At *at, const Then *then)
{
	Then		rest = *then;

	/* rounds without an event lead nowhere new */
	if (then->index > then->node->min && at->mask == then->mark)
		return;
	if (then->index >= then->node->min)
		go(oracle, at, then->next);
	if (then->index == then->node->max || then->index > then->node->min + MAX_EVENTS)
		return;
	rest.index++;
	rest.mark = at->mask;
	visit(oracle, then->node->children[0], at, &rest);
}

static void
next_in_any_order(Oracle *oracle, const At *at, const Then *then)
{
	uint32_t	all = (1U << then->node->count) - 1;
	At			now = *at;

	if (then->used == all)
	{
		go(oracle, at, then->next);
		return;
	}
	if (then->used != 0)
	{
		now.link = LINK_ARROW;
		now.arrow = &plain_arrow;
	}
	for (uint32_t i = 0; i < then->node->count; i++)
	{
		Then		rest = *then;

		if (then->used & (1U << i))
			continue;
		rest.used |= 1U << i;
		visit(oracle, then->node->children[i], &now, &rest);
	}
}

static void
visit(Oracle *oracle, const PatternNode *node, const At *at, const Then *then)
{
	Then		here = {.next = then, .node = node, .mark = at->mask};

	switch (node->kind)
	{
		case NODE_CLASS:
			consume(oracle, &node->class, at, then);
			break;
		case NODE_RUN:
			here.run = next_of_run;
			next_of_run(oracle, at, &here);
			break;
		case NODE_SEQUENCE:
			here.run = next_of_sequence;
			next_of_sequence(oracle, at, &here);
			break;
		case NODE_CHOICE:
			for (uint32_t i = 0; i < node->count; i++)
				visit(oracle, node->children[i], at, then);
			break;
		case NODE_REPEAT:
			here.run = next_of_repeat;
			next_of_repeat(oracle, at, &here);
			break;
		case NODE_ANY_ORDER:
			here.run = next_in_any_order;
			next_in_any_order(oracle, at, &here);
			break;
	}
}

/* Ends of the first `index` steps: notes how far they came. */
static void
note_level(Oracle *oracle, const At *at, const Then *then)
{
	if (at->last >= 0 && then->index > 0)
		reached(oracle, then->index, at->last);
}

static void
note_way(Oracle *oracle, const At *at, const Then *then)
{
	if (end_allowed(oracle, at->last))
		add_way(oracle, at->mask, 1U << at->first, 1U << at->last);
}

/* The pattern up to its step `steps`. */
static PatternNode *
prefix(const PatternNode *root, uint32_t steps, uint32_t *levels)
{
	PatternNode *sequence = host_alloc_zero(sizeof(PatternNode));
	const PatternNode *const single[] = {root};
	const PatternNode *const *runs = root->kind == NODE_SEQUENCE ? (const PatternNode *const *) root->children : single;
	uint32_t	count = root->kind == NODE_SEQUENCE ? root->count : 1;

	sequence->kind = NODE_SEQUENCE;
	sequence->children = host_alloc_array(count, sizeof(PatternNode *));
	sequence->arrows = host_alloc_zero(count * sizeof(PatternArrow));
	*levels = 0;
	for (uint32_t i = 0; i < count && steps > 0; i++)
	{
		PatternNode *run = host_alloc_zero(sizeof(PatternNode));
		uint32_t	elements = runs[i]->kind == NODE_RUN ? runs[i]->count : 1;

		run->kind = NODE_RUN;
		run->count = elements < steps ? elements : steps;
		run->children = host_alloc_array(elements, sizeof(PatternNode *));
		for (uint32_t k = 0; k < run->count; k++)
		{
			run->children[k] = runs[i]->kind == NODE_RUN ? runs[i]->children[k] : (PatternNode *) runs[i];
			*levels += !pattern_nullable(run->children[k]);
		}
		steps -= run->count;
		if (root->kind == NODE_SEQUENCE)
			sequence->arrows[i] = root->arrows[i];
		sequence->children[sequence->count++] = run;
	}
	return sequence;
}

static void
solve_in_order(Oracle *oracle)
{
	At			start = {0, -1, -1, LINK_START, NULL};
	uint32_t	steps = pattern_step_count(oracle->tree);
	Then		way = {.run = note_way};

	prefix(oracle->tree->root, steps, &oracle->levels);
	visit(oracle, oracle->tree->root, &start, &way);
	for (uint32_t i = 1; i <= steps; i++)
	{
		Then		level = {.run = note_level};
		PatternNode *node = prefix(oracle->tree->root, i, &level.index);

		visit(oracle, node, &start, &level);
	}
}

/* ----- chains: every assignment, instants without order ----- */

typedef struct Chain
{
	uint32_t	count;
	const PatternNode *steps[MAX_STEPS];	/* without their "?" */
	bool		optional[MAX_STEPS];
	bool		reluctant[MAX_STEPS];
	PatternArrow arrows[MAX_STEPS];
} Chain;

typedef struct Assigned
{
	uint32_t	mask;
	uint32_t	firsts;			/* events of the first step at its earliest time */
	int			order[MAX_EVENTS];
	int			count;
	int64_t		started;
	int64_t		last;			/* latest time so far */
} Assigned;

/* A search for the preferred way; without one, all are noted. */
typedef struct Search
{
	Oracle	   *oracle;
	const Chain *chain;
	bool		preferred;
	uint32_t	available;
	int64_t		from;			/* start and end of the preferred one */
	int64_t		until;
	bool		found;
	Assigned	best;
} Search;

static void
list_chain(const PatternTree *tree, Chain *chain)
{
	const PatternNode *root = tree->root;

	memset(chain, 0, sizeof(*chain));
	chain->count = root->kind == NODE_SEQUENCE ? root->count : 1;
	for (uint32_t i = 0; i < chain->count; i++)
	{
		const PatternNode *step = root->kind == NODE_SEQUENCE ? root->children[i] : root;

		if (step->kind == NODE_REPEAT)
		{
			chain->optional[i] = true;
			chain->reluctant[i] = step->reluctant;
			step = step->children[0];
		}
		chain->steps[i] = step;
		chain->arrows[i] = root->kind == NODE_SEQUENCE ? root->arrows[i] : plain_arrow;
	}
}

static uint32_t
chain_level(const Chain *chain, uint32_t steps)
{
	uint32_t	level = 0;

	for (uint32_t i = 0; i < steps; i++)
		level += !chain->optional[i];
	return level;
}

/* The steps that may come next, best first. */
static uint32_t
chain_options(const Chain *chain, uint32_t from, uint32_t *options)
{
	uint32_t	count;

	if (from == chain->count)
		return 0;
	if (!chain->optional[from])
	{
		options[0] = from;
		return 1;
	}
	if (chain->reluctant[from])
	{
		count = chain_options(chain, from + 1, options);
		options[count] = from;
	}
	else
	{
		options[0] = from;
		count = chain_options(chain, from + 1, options + 1);
	}
	return count + 1;
}

static void chain_step(Search *search, uint32_t step, uint32_t members, const Assigned *so_far, uint32_t lasts);

/* Step `step` is done, of which `lasts` are the events at its last time. */
static void
chain_done(Search *search, uint32_t step, const Assigned *so_far, uint32_t lasts)
{
	const Chain *chain = search->chain;
	uint32_t	level = chain_level(chain, step + 1);
	uint32_t	options[MAX_STEPS + 1];
	uint32_t	count = chain_options(chain, step + 1, options);
	int			last = __builtin_ctz(lasts);
	bool		complete = level == chain_level(chain, chain->count) && end_allowed(search->oracle, last);

	if (search->preferred)
	{
		if (complete && so_far->last == search->until)
		{
			search->found = true;
			search->best = *so_far;
			return;
		}
	}
	else
	{
		reached(search->oracle, level, last);
		if (complete)
			add_way(search->oracle, so_far->mask, so_far->firsts, lasts);
	}
	for (uint32_t i = 0; i < count && !search->found; i++)
		chain_step(search, options[i], 0, so_far, 0);
}

/* One more event for a step of which `members` are met. */
static void
chain_step(Search *search, uint32_t step, uint32_t members, const Assigned *so_far, uint32_t lasts)
{
	Oracle	   *oracle = search->oracle;
	const PatternNode *node = search->chain->steps[step];
	uint32_t	count = node->kind == NODE_ANY_ORDER ? node->count : 1;

	/* times rising, at each time the members in order, for each the events */
	for (int i = 0; i < oracle->count && !search->found; i++)
	{
		int64_t		at = oracle->events[i].at;
		int			until = i;

		while (until + 1 < oracle->count && oracle->events[until + 1].at == at)
			until++;
		for (uint32_t m = 0; m < count && !search->found; m++)
		{
			const PatternClass *class = node->kind == NODE_ANY_ORDER ? &node->children[m]->class : &node->class;

			for (int e = i; e <= until && !search->found; e++)
			{
				Assigned	now = *so_far;
				uint32_t	last = lasts;

				oracle->work++;
				if ((members & (1U << m)) || (so_far->mask & (1U << e)) || !(search->available & (1U << e)) ||
					!sample_class_holds(class, &oracle->events[e]))
					continue;
				if (so_far->mask == 0)
				{
					if (!start_allowed(oracle, e) || (search->preferred && at != search->from))
						continue;
					now.started = now.last = at;
				}
				else if (at < so_far->last || (oracle->tree->strictly && at == so_far->last) ||
						 at - so_far->started > oracle->tree->within ||
						 (members == 0 && !arrow_allows(oracle, &search->chain->arrows[step], so_far->last, at)))
					continue;
				if (members == 0 || at > so_far->last)
					last = 0;
				last |= 1U << e;
				/* all events of the first step at its first time */
				if (so_far->mask == 0 || (members != 0 && (so_far->mask & ~so_far->firsts) == 0 && at == so_far->started &&
										  so_far->count == __builtin_popcount(members)))
					now.firsts |= 1U << e;
				now.mask |= 1U << e;
				now.order[now.count++] = e;
				now.last = at;
				if (__builtin_popcount(members) + 1 == (int) count)
					chain_done(search, step, &now, last);
				else
					chain_step(search, step, members | 1U << m, &now, last);
			}
		}
		i = until;
	}
}

static void
chain_search(Search *search)
{
	Assigned	nothing = {0};
	uint32_t	options[MAX_STEPS + 1];
	uint32_t	count = chain_options(search->chain, 0, options);

	/* the first event: for each slot the options in order; only one slot is asked for */
	for (uint32_t i = 0; i < count && !search->found; i++)
		chain_step(search, options[i], 0, &nothing, 0);
}

static void
solve_chain(Oracle *oracle, Chain *chain)
{
	Search		search = {.oracle = oracle, .chain = chain, .available = UINT32_MAX};

	list_chain(oracle->tree, chain);
	oracle->levels = chain_level(chain, chain->count);
	chain_search(&search);
}

/* ----- what ways say together ----- */

static int
lowest(uint32_t mask)
{
	return __builtin_ctz(mask);
}

static int
highest(uint32_t mask)
{
	return 31 - __builtin_clz(mask);
}

/* The next match of those that may not overlap; false if there is none. */
static bool
next_way(const Oracle *oracle, bool chain, uint32_t available, int *first, int *last)
{
	bool		found = false;

	for (size_t i = 0; i < oracle->way_count; i++)
	{
		const Way  *way = &oracle->ways[i];
		int			from = lowest(way->firsts);
		int			until = lowest(way->lasts);
		bool		better;

		if (way->mask & ~available)
			continue;
		if (chain)
			better = !found || oracle->events[until].at < oracle->events[*last].at ||
				(oracle->events[until].at == oracle->events[*last].at && oracle->events[from].at > oracle->events[*first].at);
		else
			better = !found || until < *last || (until == *last && from > *first);
		if (better)
		{
			*first = from;
			*last = until;
			found = true;
		}
	}
	return found;
}

/* ----- one case ----- */

static void
say(const Oracle *oracle, const char *text, const char *what)
{
	diag("pattern %s: %s", text, what);
	for (int i = 0; i < oracle->count; i++)
		diag("  %d: %lld s %.*s%s%.*s %g", i, (long long) (oracle->events[i].at / SECOND),
			 (int) oracle->events[i].touchpoint.channel_size,
			 oracle->events[i].touchpoint.channel ? oracle->events[i].touchpoint.channel : "",
			 oracle->events[i].touchpoint.channel_size ? ":" : "",
			 (int) oracle->events[i].touchpoint.event_size, oracle->events[i].touchpoint.event,
			 oracle->events[i].has_value ? oracle->events[i].value : 0.0 / 0.0);
}

#define agree(condition, what) \
	do { \
		if (!hold(condition)) \
			say(oracle, text, what); \
	} while (0)

static uint32_t
path_mask(const PatternMatcher *matcher, const PatternPath *path)
{
	uint32_t	mask = 0;

	for (uint32_t i = 0; i < path->count; i++)
		mask |= 1U << matcher->events.number[path->filled[i].event];
	return mask;
}

static bool
is_way(const Oracle *oracle, uint32_t mask)
{
	for (size_t i = 0; i < oracle->way_count; i++)
	{
		if (oracle->ways[i].mask == mask)
			return true;
	}
	return false;
}

/* Matches that may not overlap: same number, ends and, in a chain, the same events. */
static void
compare_matches(Oracle *oracle, PatternMatcher *matcher, const Chain *chain, const char *text)
{
	uint32_t	available = UINT32_MAX;
	uint64_t	count = 0;
	uint64_t	counted = pattern_match_count(matcher);
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};
	int			first;
	int			last;

	pattern_scan_begin(&scan, matcher, OVERLAP_NONE, oracle->levels);
	while (next_way(oracle, chain != NULL, available, &first, &last))
	{
		uint32_t	mask;

		count++;
		if (!pattern_scan_next(&scan, &found))
			break;
		pattern_find_path(&scan, &found, &path);
		mask = path_mask(matcher, &path);
		agree(is_way(oracle, mask), "the path is no way to match");
		if (chain)
		{
			Search		search = {
				.oracle = oracle, .chain = chain, .preferred = true, .available = available,
				.from = oracle->events[first].at, .until = oracle->events[last].at
			};

			chain_search(&search);
			agree(search.found && search.best.mask == mask, "the path is another one");
			for (int i = 0; i < search.best.count && search.best.mask == mask; i++)
				agree(matcher->events.number[path.filled[i].event] == (uint32_t) search.best.order[i], "the path has another order");
			available &= ~mask;
			for (int i = 0; i < oracle->count; i++)
			{
				if (oracle->events[i].at < oracle->events[last].at)
					available &= ~(1U << i);
			}
		}
		else
		{
			agree(lowest(mask) == first && highest(mask) == last, "the ends are others");
			available = last == 31 ? 0 : UINT32_MAX << (last + 1);
		}
	}
	agree(!next_way(oracle, chain != NULL, available, &first, &last) && !pattern_scan_next(&scan, &found) &&
		  counted == count, "the count differs");
	if (path.filled)
		host_free(path.filled);
}

/* Each last event, with the latest start; or each pair of first and last. */
static void
compare_overlapping(Oracle *oracle, PatternMatcher *matcher, bool chain, PatternOverlap overlap, const char *text)
{
	PatternScan scan;
	PatternFound found;
	PatternPath path = {0};
	uint32_t	seen[MAX_EVENTS] = {0};
	bool		expected[MAX_EVENTS][MAX_EVENTS] = {{false}};

	for (size_t i = 0; i < oracle->way_count; i++)
	{
		const Way  *way = &oracle->ways[i];

		for (int s = 0; s < oracle->count; s++)
		{
			for (int e = 0; e < oracle->count; e++)
			{
				if ((way->firsts & (1U << s)) && (way->lasts & (1U << e)) &&
					(s != e || __builtin_popcount(way->mask) == 1))
					expected[s][e] = true;
			}
		}
	}
	pattern_scan_begin(&scan, matcher, overlap, oracle->levels);
	while (pattern_scan_next(&scan, &found))
	{
		uint32_t	mask;
		int			start;
		int			end;

		pattern_find_path(&scan, &found, &path);
		mask = path_mask(matcher, &path);
		start = (int) matcher->events.number[path.filled[0].event];
		end = (int) matcher->events.number[path.filled[path.count - 1].event];
		agree(is_way(oracle, mask), "an overlapping path is no way to match");
		agree(found.only_end == (int64_t) path.filled[path.count - 1].event, "a path has another end");
		agree((seen[end] & (1U << start)) == 0, "a match comes twice");
		agree(expected[start][end], "a match is none");
		seen[end] |= 1U << start;
		if (overlap == OVERLAP_ALL)
			continue;
		for (int s = 0; s < oracle->count; s++)
			agree(!expected[s][end] || oracle->events[s].at <= oracle->events[start].at, "a later start is possible");
		for (int s = 0; s < oracle->count; s++)
			expected[s][end] = expected[s][end] && (s == start);
	}
	for (int s = 0; s < oracle->count; s++)
	{
		for (int e = 0; e < oracle->count; e++)
			agree(!expected[s][e] || (seen[e] & (1U << s)) || (overlap == OVERLAP_ENDS && seen[e] != 0), "a match is missing");
	}
	if (path.filled)
		host_free(path.filled);
}

/* A pattern in all its forms. */
typedef struct Subject
{
	const char *text;
	PatternTree tree;
	Pattern		pattern;
	PatternMatcher matcher;
} Subject;

static void
prepare(Subject *subject, const char *text)
{
	Pattern    *pattern = &subject->pattern;
	ByteBuffer	flat;
	ByteBuffer	again;

	subject->text = text;
	pattern_parse(&subject->tree, text, strlen(text));
	buffer_init(&flat, 1024);
	pattern_from_text(&flat, text, strlen(text));
	pattern_open(pattern, flat.data, flat.size);
	pattern_matcher_init(&subject->matcher, pattern);

	buffer_init(&again, 1024);
	pattern_from_text(&again, pattern->text, pattern->header.text_size);
	if (!hold(again.size == flat.size && memcmp(again.data, flat.data, flat.size) == 0))
		diag("pattern %s: canonical %.*s reads otherwise", text, (int) pattern->header.text_size, pattern->text);
}

static void
compare(Subject *subject, const JourneyView *view)
{
	const char *text = subject->text;
	PatternMatcher *matcher = &subject->matcher;
	Oracle		one = {.tree = &subject->tree};
	Oracle	   *oracle = &one;
	Chain		chain;
	bool		is_chain = (subject->pattern.header.flags & PATTERN_CHAIN) != 0;

	oracle->count = sample_events(view, oracle->events);
	if (is_chain)
		solve_chain(oracle, &chain);
	else
		solve_in_order(oracle);
	pattern_load(matcher, view);
	agree(pattern_has_match(matcher) == (oracle->way_count > 0), "existence differs");
	agree(pattern_level(matcher) == oracle->level, "the level differs");
	compare_matches(oracle, matcher, is_chain ? &chain : NULL, text);
	compare_overlapping(oracle, matcher, is_chain, OVERLAP_ENDS, text);
	compare_overlapping(oracle, matcher, is_chain, OVERLAP_ALL, text);
	free(oracle->ways);
}

/* ----- random patterns and journeys ----- */

/* Patterns that need an event; those that do not are refused. */
static void
compare_random(uint64_t seed, bool chain)
{
	uint64_t	random = seed;
	const char *text = pattern_sample(&random, 4, chain);
	Subject		subject;
	ByteBuffer	journey;
	JourneyView view;

	if (!HOST_CALL(PatternTree tree; pattern_parse(&tree, text, strlen(text))))
	{
		if (!hold(host_failure.code == HOST_SYNTAX && strstr(host_failure.detail, "not optional")))
			diag("pattern %s: %s %s", text, host_failure.message, host_failure.detail);
		return;
	}
	prepare(&subject, text);
	for (int i = 0; i < 5; i++)
	{
		buffer_init(&journey, 256);
		pattern_sample_journey(&journey, &random, MAX_EVENTS);
		journey_open(&view, journey.data, journey.size);
		compare(&subject, &view);
	}
}

/* Values that nobody compiled, texts that nobody wrote. */
static void
compare_hostile(void)
{
	static const char text[] = "!x ->[<= 1 s] a -> !(b | c) ->[>= 1 s, <= 1 day] {a & b[value > 1]}? -> \"d e\" strictly within 2 days";
	uint64_t	random = 7;
	ByteBuffer	flat;

	buffer_init(&flat, 1024);
	pattern_from_text(&flat, text, sizeof(text) - 1);
	hostile_truncations(pattern_read_flat, flat.data, flat.size);
	hostile_mutations(pattern_read_flat, flat.data, flat.size, 3000, &random);
	held("flat values cut short and changed");
	hostile_truncations(pattern_read_text, (const uint8_t *) text, sizeof(text) - 1);
	hostile_mutations(pattern_read_text, (const uint8_t *) text, sizeof(text) - 1, 3000, &random);
	held("texts cut short and changed");
}

int
main(void)
{
	uint64_t	cases = getenv("INTENT_FULL") && *getenv("INTENT_FULL") ? 10000 : 500;

	for (int chain = 0; chain < 2; chain++)
	{
		for (uint64_t seed = 0; seed < cases; seed++)
		{
			if (!hold(HOST_CALL(compare_random(seed * 2 + (uint64_t) chain, chain))))
				diag("seed %llu, %s: %s %s", (unsigned long long) seed, chain ? "chain" : "order",
					 host_failure.message, host_failure.detail);
		}
		held(chain ? "chains match as brute force over every order inside an instant does" :
			 "other patterns match as brute force in canonical order does");
	}
	ok(HOST_CALL(compare_hostile()), "hostile values and texts end in an error or are one");
	return done_testing();
}
