/*
 * tap.h
 *		Test Anything Protocol for the core tests: prove runs them.
 *
 * A line is printed for what a reader wants to know of, not for each of a
 * million cases: hold() looks at one case, held() reports on all since.
 */
#ifndef INTENT_TAP_H
#define INTENT_TAP_H

#include <stdio.h>
#include <stdlib.h>

#include "host_test.h"

extern bool ok(bool good, const char *format,...) __attribute__((format(printf, 2, 3)));
extern void diag(const char *format,...) __attribute__((format(printf, 1, 2)));

/* One case of many; the first broken ones say where they stand. */
#define hold(condition) tap_hold((condition), #condition, __FILE__, __LINE__)
extern bool tap_hold(bool good, const char *what, const char *file, int line);

/* All cases since the last report. */
extern bool held(const char *what);

extern void is_text(const char *got, size_t size, const char *expected, const char *what);

/* The call fails with this code and with this in its message or detail. */
#define refused(code, words, what, ...) tap_refused(HOST_CALL(__VA_ARGS__), code, words, what)
extern void tap_refused(bool ended, HostError code, const char *words, const char *what);

extern int	done_testing(void);

/* The full run (scripts/check --full) looks at more cases of the same kind. */
extern bool full_run(void);

/* ----- numbers that look random and are the same everywhere ----- */

static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t	word = *state += UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

/* 0 .. count - 1 */
static inline uint64_t
random_below(uint64_t *state, uint64_t count)
{
	return next_random(state) % count;
}

/* Of any size: as many small ones as large ones. */
static inline uint64_t
random_bits(uint64_t *state)
{
	uint64_t	word = next_random(state);

	return word >> random_below(state, 64);
}

#endif							/* INTENT_TAP_H */
