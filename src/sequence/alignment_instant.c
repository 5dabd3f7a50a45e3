/*
 * alignment_instant.c
 *		The events of one instant of a chain, which have no order.
 *
 * Events that fill the same positions are of one kind, and a way is told by
 * how many of each kind it has used.  Of most kinds there are more than any
 * way can use: only the scarce ones are counted.  A way that has used other
 * events than another can do as that one does, and skip what it lacks events
 * for: so it is as good if it costs less by as many, and all but few ways of
 * an instant are left out.  How many are left grows with the events that are
 * scarce and whose steps are far from each other, at worst exponentially:
 * beyond a limit that is an error.
 */
#include "sequence/alignment.h"

/* How many positions could a way fill with events of a kind?  In a chain each class is of one place. */
static uint32_t
demand_of(const Alignment *alignment, const PatternSignature *of)
{
	const Pattern *pattern = alignment->pattern;
	uint64_t   *seen = host_alloc_zero((pattern_words(pattern->header.set_count) + 1) * sizeof(uint64_t));
	uint32_t	demand = 0;

	for (uint32_t i = 0; i < of->position_count; i++)
	{
		uint32_t	class = pattern->positions[of->positions[i]].class;

		demand += !pattern_bit(seen, class);
		pattern_set_bit(seen, class);
	}
	host_free(seen);
	return demand;
}

static void
make_room(Alignment *alignment)
{
	size_t		signatures = alignment->matcher->signature_count;

	if (alignment->kind_of == NULL)
	{
		alignment->kind_of = host_alloc_array(signatures * 2 + 1, sizeof(uint32_t));
		memset(alignment->kind_of, 0xff, (signatures * 2 + 1) * sizeof(uint32_t));
	}
	if (alignment->kind_count == alignment->kind_capacity)
	{
		alignment->kind_capacity = (uint32_t) checked_growth(alignment->kind_capacity, 8);
		alignment->kinds = alignment->kinds ?
			host_realloc_array(alignment->kinds, alignment->kind_capacity, sizeof(AlignmentKind)) :
			host_alloc_array(alignment->kind_capacity, sizeof(AlignmentKind));
	}
}

/* The kinds of which a way may want more than there are get bits to count them by. */
static void
count_scarce(Alignment *alignment)
{
	uint32_t	bits = 0;

	for (uint32_t i = 0; i < alignment->kind_count; i++)
	{
		AlignmentKind *kind = &alignment->kinds[i];
		uint32_t	width = 0;

		if (kind->count >= demand_of(alignment, kind->of))
			continue;
		while (kind->count >> width)
			width++;
		if (bits + width > 64)
			host_fail(HOST_LIMIT, "too many events of one instant serve several steps of this pattern each",
					  host_format("There are more than %u kinds of them.", i),
					  "Give events their true times, or use fewer steps that the same events can serve.");
		kind->shift = bits;
		kind->mask = (UINT64_C(1) << width) - 1;
		bits += width;
		alignment->scarce = true;
	}
}

/* An order that does not depend on that of the events. */
static int
compare_kinds(const void *a, const void *b)
{
	const AlignmentKind *left = a;
	const AlignmentKind *right = b;

	for (uint32_t i = 0; i < left->words; i++)
	{
		if (left->of->classes[i] != right->of->classes[i])
			return left->of->classes[i] < right->of->classes[i] ? -1 : 1;
	}
	return (int) left->extra - (int) right->extra;
}

void
alignment_list_kinds(Alignment *alignment, uint32_t from, uint32_t until)
{
	uint32_t	words = (uint32_t) pattern_words(alignment->pattern->header.set_count);
	uint32_t	events = 0;

	alignment->kind_count = 0;
	alignment->scarce = false;
	for (uint32_t i = from; i < until; i++)
	{
		uint32_t	signature = alignment->signature[i];
		uint32_t	slot = signature * 2 + alignment->extra[i];

		if (alignment->matcher->signatures[signature].position_count == 0)
			continue;
		events++;
		make_room(alignment);
		if (alignment->kind_of[slot] == PATTERN_NONE)
		{
			alignment->kind_of[slot] = alignment->kind_count;
			alignment->kinds[alignment->kind_count++] = (AlignmentKind) {
				&alignment->matcher->signatures[signature], words, signature, i, 0, 0, 0, alignment->extra[i]
			};
		}
		alignment->kinds[alignment->kind_of[slot]].count++;
	}
	for (uint32_t i = 0; i < alignment->kind_count; i++)
		alignment->kind_of[alignment->kinds[i].signature * 2 + alignment->kinds[i].extra] = PATTERN_NONE;
	/* a lone event is not used twice anyway: nobody goes on in its instant */
	if (events > 1)
	{
		host_sort(alignment->kinds, alignment->kind_count, sizeof(AlignmentKind), compare_kinds);
		count_scarce(alignment);
	}
	alignment->several = events > 1;
}

/* What is used when one more of the kind is, which must be there. */
uint64_t
alignment_use(const AlignmentKind *kind, uint64_t used)
{
	return kind->mask ? used + (UINT64_C(1) << kind->shift) : used;
}

static uint64_t
used_of(const AlignmentKind *kind, uint64_t used)
{
	return (used >> kind->shift) & kind->mask;
}

/* From a position to those behind it, by other events of the instant. */
void
alignment_go_on_in_instant(Alignment *alignment, uint32_t position, uint32_t layer)
{
	const Pattern *pattern = alignment->pattern;
	const PatternPosition *from = &pattern->positions[position];
	const WayList *list = &alignment->arrived[position];

	for (uint32_t i = 0; i < list->count && alignment->several; i++)
	{
		Way			way = list->ways[i];

		host_check_interrupts();
		for (uint32_t l = from->links; l < from->links_end; l++)
		{
			uint32_t	index = PATTERN_LINK_INDEX(pattern->links[l]);
			const PatternGate *gate = &pattern->gates[index];
			Way			behind = way;

			/* nothing was waited */
			if (way.last != WAY_SKIPPED && gate->least > 0)
				behind.cost++;
			for (uint32_t k = 0; k < alignment->kind_count; k++)
			{
				const AlignmentKind *kind = &alignment->kinds[k];

				if (kind->mask && used_of(kind, way.used) == kind->count)
					continue;
				for (uint32_t t = gate->targets; t < gate->targets_end; t++)
				{
					if (pattern_bit(kind->of->bits, pattern->targets[t]))
						alignment_fill(alignment, pattern->targets[t], &behind, index, kind->event, layer,
									   alignment_use(kind, way.used));
				}
			}
		}
	}
}

int64_t
alignment_lack(const Alignment *alignment, uint32_t position, const Way *a, const Way *b)
{
	int64_t		lack = 0;

	if (!alignment->scarce || a->used == b->used)
		return 0;
	for (uint32_t k = 0; k < alignment->kind_count; k++)
	{
		const AlignmentKind *kind = &alignment->kinds[k];
		uint64_t	ours = used_of(kind, a->used);
		uint64_t	theirs = used_of(kind, b->used);

		/* of no use behind its last position */
		if (ours > theirs && kind->of->positions[kind->of->position_count - 1] > position)
			lack += (int64_t) (ours - theirs) * (kind->extra ? 2 : 1);
	}
	return lack;
}

void
alignment_free_kinds(Alignment *alignment)
{
	if (alignment->kinds)
		host_free(alignment->kinds);
	if (alignment->kind_of)
		host_free(alignment->kind_of);
}
