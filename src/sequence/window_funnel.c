/*
 * window_funnel.c
 *		How many of the conditions were met in order, within a window.
 *
 * The answers are those of ClickHouse's windowFunnel, found in another way.
 * There every row is one event for each condition it meets, in order of time
 * and of the condition's number; level i is reached by an event of condition
 * i after level i - 1 was, unless the window that the chain began is over.
 * Here all rows of an instant are looked at together: without strict_once
 * only which conditions they meet counts, and which of them more than once.
 */
#include "sequence/window_funnel_steps.h"

#define ROWS_PER_CHECK 65536

/* ----- modes ----- */

typedef struct FunnelMode
{
	const char *name;
	uint8_t		bit;
} FunnelMode;

static const FunnelMode funnel_mode_names[] = {
	{"strict_deduplication", FUNNEL_STRICT_DEDUPLICATION},
	{"strict_order", FUNNEL_STRICT_ORDER},
	{"strict_increase", FUNNEL_STRICT_INCREASE},
	{"strict_once", FUNNEL_STRICT_ONCE},
	{"allow_reentry", FUNNEL_ALLOW_REENTRY}
};

static uint8_t
mode_named(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(funnel_mode_names) / sizeof(funnel_mode_names[0]); i++)
	{
		if (strlen(funnel_mode_names[i].name) == size &&
			memcmp(funnel_mode_names[i].name, name, size) == 0)
			return funnel_mode_names[i].bit;
	}
	host_fail(HOST_BAD_PARAMETER,
			  host_format("unknown mode \"%.*s\"", (int) (size < 100 ? size : 100), name), NULL,
			  "Write '' or, separated by commas, some of strict_deduplication, strict_order, "
			  "strict_increase, strict_once and allow_reentry.");
}

uint8_t
funnel_modes(const char *text, size_t size)
{
	uint8_t		modes = 0;
	size_t		at = 0;

	while (at < size)
	{
		size_t		start;
		size_t		end;

		while (at < size && text[at] == ' ')
			at++;
		start = at;
		while (at < size && text[at] != ',')
			at++;
		end = at;
		while (end > start && text[end - 1] == ' ')
			end--;
		if (at < size || end > start || modes != 0)
			modes |= mode_named(text + start, end - start);
		at++;
		/* a comma with nothing behind it */
		if (at == size)
			mode_named(text, 0);
	}
	if ((modes & FUNNEL_ALLOW_REENTRY) && !(modes & FUNNEL_STRICT_ORDER))
		host_fail(HOST_BAD_PARAMETER, "mode allow_reentry needs strict_order", NULL,
				  "Write 'strict_order, allow_reentry'.");
	return modes;
}

/* ----- levels ----- */

static size_t
next_instant(const ConditionRow *rows, size_t at, size_t count, FunnelInstant *instant)
{
	instant->at = rows[at].at;
	instant->rows = rows + at;
	instant->met = instant->met_twice = 0;
	instant->nothing = false;
	do
	{
		instant->met_twice |= instant->met & rows[at].mask;
		instant->met |= rows[at].mask;
		instant->nothing |= rows[at].mask == 0;
		at++;
		if (at % ROWS_PER_CHECK == 0)
			host_check_interrupts();
	} while (at < count && rows[at].at == instant->at);
	instant->count = (size_t) (rows + at - instant->rows);
	return at;
}

/* Steps of an instant whose rows may serve several. */
static FunnelVerdict
take_steps(Funnel *funnel, const FunnelInstant *instant)
{
	for (uint64_t left = instant->met; left != 0; left &= left - 1)
	{
		int			level = __builtin_ctzll(left) + 1;

		if (level == 1)
		{
			funnel_reach(funnel, 1, instant->at, instant->at);
			continue;
		}
		if (funnel_has_mode(funnel, FUNNEL_STRICT_DEDUPLICATION) && level <= funnel->reached)
			return FUNNEL_ENDS;
		if (level - 1 > funnel->reached)
		{
			/* a step out of order, once the chain has begun */
			if (funnel_has_mode(funnel, FUNNEL_STRICT_ORDER) && funnel->reached > 0 &&
				!funnel_has_mode(funnel, FUNNEL_ALLOW_REENTRY))
				return FUNNEL_ENDS;
			continue;
		}
		if (!funnel_in_time(funnel, level - 1, instant->at))
			continue;
		funnel_reach(funnel, level, funnel->start[level - 1], instant->at);
		if (level == funnel->log->conditions)
			return FUNNEL_ENDS;
		if (funnel_has_mode(funnel, FUNNEL_STRICT_DEDUPLICATION) &&
			(instant->met_twice >> (level - 1) & 1))
			return FUNNEL_ENDS;
	}
	return FUNNEL_GOES_ON;
}

int
funnel_level(const ConditionLog *log)
{
	Funnel		funnel = {.log = log};
	ConditionRow *rows;
	size_t		at = 0;

	if (log->rows == 0)
		return 0;
	if (log->conditions == 1 && !(log->modes & FUNNEL_STRICT_ORDER))
		return 1;

	rows = condition_log_rows(log);
	while (at < log->rows)
	{
		FunnelInstant instant;
		FunnelVerdict verdict;

		at = next_instant(rows, at, log->rows, &instant);
		if (instant.nothing && funnel_has_mode(&funnel, FUNNEL_STRICT_ORDER) && funnel.reached > 0)
			break;
		verdict = funnel_has_mode(&funnel, FUNNEL_STRICT_ONCE) ?
			funnel_steps_once(&funnel, &instant) : take_steps(&funnel, &instant);
		if (verdict == FUNNEL_ENDS)
			break;
	}
	funnel_once_free(&funnel);
	host_free(rows);
	return funnel.reached;
}
