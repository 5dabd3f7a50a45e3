/*
 * window_funnel.h
 *		How many of the conditions were met in order, within a window.
 */
#ifndef INTENT_WINDOW_FUNNEL_H
#define INTENT_WINDOW_FUNNEL_H

#include "sequence/condition_log.h"

#define FUNNEL_STRICT_DEDUPLICATION 1
#define FUNNEL_STRICT_ORDER 2
#define FUNNEL_STRICT_INCREASE 4
#define FUNNEL_STRICT_ONCE 8
#define FUNNEL_ALLOW_REENTRY 16

/* '' or names separated by commas; anything else is refused. */
extern uint8_t funnel_modes(const char *text, size_t size);

/*
 * The level of a log whose window, conditions and modes are set.  With
 * FUNNEL_STRICT_ORDER it must hold rows that meet no condition, too.
 */
extern int	funnel_level(const ConditionLog *log);

#endif							/* INTENT_WINDOW_FUNNEL_H */
