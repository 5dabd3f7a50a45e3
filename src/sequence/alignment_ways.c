/*
 * alignment_ways.c
 *		Ways through a pattern, and which of them need be kept.
 */
#include "sequence/alignment_ways.h"

/* ----- lists ----- */

void
way_list_push(WayList *list, const Way *way)
{
	if (list->count == list->capacity)
	{
		list->capacity = list->capacity ? (uint32_t) checked_growth(list->capacity, list->count + 1) : 4;
		list->ways = list->ways ?
			host_realloc_array(list->ways, list->capacity, sizeof(Way)) :
			host_alloc_array(list->capacity, sizeof(Way));
	}
	list->ways[list->count++] = *way;
}

bool
way_list_add(WayList *list, const Way *way, bool judged)
{
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < list->count; i++)
	{
		if (way_beats(&list->ways[i], way, 0, judged))
			return false;
	}
	for (uint32_t i = 0; i < list->count; i++)
	{
		if (!way_beats(way, &list->ways[i], 0, judged))
			list->ways[kept++] = list->ways[i];
	}
	list->count = kept;
	way_list_push(list, way);
	return true;
}

/* The same, but of equals the newer one stays: it is the later one. */
static void
add_newer(WayList *list, const Way *way)
{
	for (uint32_t i = 0; i < list->count && way->last != WAY_SKIPPED; i++)
	{
		if (way->cost == list->ways[i].cost && way->first == list->ways[i].first)
			list->ways[i] = *way;
	}
	way_list_add(list, way, false);
}

void
way_list_free(WayList *list)
{
	if (list->ways)
		host_free(list->ways);
}

/* ----- queues ----- */

static void
push(WayQueue *queue, const Way *way)
{
	if (queue->head + queue->count == queue->capacity)
	{
		/* what was taken from the front is room again */
		if (queue->head > queue->count)
			memmove(queue->ways, queue->ways + queue->head, queue->count * sizeof(Way));
		else
		{
			size_t		capacity = checked_growth(queue->capacity, queue->count + 1);
			Way		   *ways = host_alloc_array(capacity, sizeof(Way));

			if (queue->ways)
			{
				memcpy(ways, queue->ways + queue->head, queue->count * sizeof(Way));
				host_free(queue->ways);
			}
			queue->ways = ways;
			queue->capacity = capacity;
		}
		queue->head = 0;
	}
	queue->ways[queue->head + queue->count++] = *way;
}

static Way *
front(const WayQueue *queue)
{
	return &queue->ways[queue->head];
}

static void
pop_front(WayQueue *queue)
{
	queue->head++;
	queue->count--;
}

/* ----- gates ----- */

static inline uint64_t
waited(const Way *way, int64_t now)
{
	return (uint64_t) now - (uint64_t) way->last;
}

static inline bool
is_broken(const WayGate *gate, const Way *way, int64_t now)
{
	return way->last != WAY_SKIPPED &&
		(waited(way, now) < (uint64_t) gate->of->least ||
		 (gate->of->most != PATTERN_FOREVER && waited(way, now) > (uint64_t) gate->of->most));
}

static void
make_ready(WayGate *gate, const Way *way)
{
	int64_t		time = WAY_TIME(way->cost);
	WayQueue   *queue;

	if (gate->of->most == PATTERN_FOREVER)
	{
		add_newer(&gate->free, way);
		return;
	}
	if (time < gate->ready_time)
	{
		WayQueue	swap = gate->ready[1];

		gate->ready[1] = gate->ready[0];
		gate->ready[0] = swap;
		gate->ready[0].count = 0;
		if (gate->ready_time - time > 1)
			gate->ready[1].count = 0;
		gate->ready_time = time;
	}
	/* with two limits more broken it is no better than the best, whatever that one will break */
	if (time - gate->ready_time > 1)
		return;
	queue = &gate->ready[time - gate->ready_time];
	while (queue->count > 0 && queue->ways[queue->head + queue->count - 1].first <= way->first)
		queue->count--;
	push(queue, way);
}

/* Who comes behind all those that wait, of instants before. */
static void
settle(WayGate *gate, const Way *way, int64_t now)
{
	Way			entry = *way;

	entry.used = 0;
	entry.cost -= gate->charged * WAY_ORDER;
	if (gate->any.count == 0 || entry.cost >> 32 < gate->order)
	{
		gate->any.count = gate->free.count = 0;
		gate->early.count = gate->ready[0].count = gate->ready[1].count = 0;
		gate->order = entry.cost >> 32;
		gate->ready_time = INT64_MAX;
	}
	else if (entry.cost >> 32 > gate->order)
		return;
	add_newer(&gate->any, &entry);
	if (entry.last == WAY_SKIPPED)
		add_newer(&gate->free, &entry);
	else if (waited(&entry, now) < (uint64_t) gate->of->least)
		push(&gate->early, &entry);
	else
		make_ready(gate, &entry);
}

void
way_gate_enter(WayGate *gate, const Way *way, int64_t now)
{
	if (gate->charging > 0)
		way_list_add(&gate->fresh, way, gate->of->least > 0 || gate->of->most != PATTERN_FOREVER);
	else
		settle(gate, way, now);
}

void
way_gate_end_instant(WayGate *gate, int64_t now)
{
	gate->charged += gate->charging;
	gate->charging = 0;
	for (uint32_t i = 0; i < gate->fresh.count; i++)
		settle(gate, &gate->fresh.ways[i], now);
	gate->fresh.count = 0;
}

static uint32_t
choose(const WayGate *gate, const Way *way, int64_t charged, int64_t now, Way *choice)
{
	*choice = *way;
	choice->cost += charged * WAY_ORDER + is_broken(gate, way, now);
	return 1;
}

uint32_t
way_gate_leave(WayGate *gate, int64_t now, Way *choices)
{
	uint32_t	count = 0;

	while (gate->early.count > 0 && waited(front(&gate->early), now) >= (uint64_t) gate->of->least)
	{
		Way			way = *front(&gate->early);

		pop_front(&gate->early);
		make_ready(gate, &way);
	}
	for (int i = 0; i < 2; i++)
	{
		WayQueue   *queue = &gate->ready[i];

		while (queue->count > 0 && is_broken(gate, front(queue), now))
			pop_front(queue);
		if (queue->count > 0)
			count += choose(gate, front(queue), gate->charged, now, &choices[count]);
	}
	for (uint32_t i = 0; i < gate->free.count; i++)
		count += choose(gate, &gate->free.ways[i], gate->charged, now, &choices[count]);
	for (uint32_t i = 0; i < gate->any.count; i++)
		count += choose(gate, &gate->any.ways[i], gate->charged, now, &choices[count]);
	for (uint32_t i = 0; i < gate->fresh.count; i++)
		count += choose(gate, &gate->fresh.ways[i], 0, now, &choices[count]);
	return count;
}

uint32_t
way_gate_skip(const WayGate *gate, Way *choices)
{
	uint32_t	count = 0;

	for (uint32_t i = 0; i < gate->any.count; i++)
	{
		choices[count] = gate->any.ways[i];
		choices[count++].cost += gate->charged * WAY_ORDER;
	}
	for (uint32_t i = 0; i < gate->fresh.count; i++)
		choices[count++] = gate->fresh.ways[i];
	return count;
}

void
way_gate_free(WayGate *gate)
{
	WayQueue   *queues[] = {&gate->early, &gate->ready[0], &gate->ready[1]};

	for (int i = 0; i < 3; i++)
	{
		if (queues[i]->ways)
			host_free(queues[i]->ways);
	}
	way_list_free(&gate->fresh);
	way_list_free(&gate->any);
	way_list_free(&gate->free);
}
