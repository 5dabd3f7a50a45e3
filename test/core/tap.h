/*
 * tap.h
 *		Test Anything Protocol for the core tests: prove runs them.
 *
 * A line is printed for what a reader wants to know of, not for each of a
 * million cases: hold() looks at one case, held() reports on all since.
 */
#ifndef INTENT_TAP_H
#define INTENT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_test.h"

/* No test may hang: nothing below needs a tenth of this. */
#define TAP_SECONDS 120

static int	tap_tests;
static int	tap_failures;
static unsigned long tap_cases;
static unsigned long tap_broken;

static inline void __attribute__((constructor))
tap_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(TAP_SECONDS);
}

static inline bool __attribute__((format(printf, 2, 3)))
ok(bool good, const char *format,...)
{
	va_list		args;

	printf("%s %d - ", good ? "ok" : "not ok", ++tap_tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	tap_failures += !good;
	return good;
}

static inline void __attribute__((format(printf, 1, 2)))
diag(const char *format,...)
{
	va_list		args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* One case of many; the first broken ones say where they stand. */
static inline bool
tap_hold(bool good, const char *what, const char *file, int line)
{
	tap_cases++;
	if (!good && tap_broken++ < 5)
		diag("%s:%d: case %lu breaks: %s", file, line, tap_cases, what);
	return good;
}
#define hold(condition) tap_hold((condition), #condition, __FILE__, __LINE__)

/* All cases since the last report. */
static inline bool
held(const char *what)
{
	bool		good = ok(tap_broken == 0 && tap_cases > 0, "%s (%lu cases)", what, tap_cases);

	if (tap_broken > 0)
		diag("%lu of %lu cases break", tap_broken, tap_cases);
	tap_cases = tap_broken = 0;
	return good;
}

static inline void
is_text(const char *got, size_t size, const char *expected, const char *what)
{
	if (!ok(size == strlen(expected) && memcmp(got, expected, size) == 0, "%s", what))
		diag("got \"%.*s\", expected \"%s\"", (int) size, got, expected);
}

/* The call fails with this code and with this in its message or detail. */
static inline void
tap_refused(bool ended, HostError code, const char *words, const char *what)
{
	bool		named = strstr(host_failure.message, words) || strstr(host_failure.detail, words);

	if (!ok(!ended && host_failure.code == code && named, "%s is refused: %s", what, words))
		diag(ended ? "it is not refused" : "code %d: %s (%s)", (int) host_failure.code,
			 host_failure.message, host_failure.detail);
}
#define refused(code, words, what, ...) tap_refused(HOST_CALL(__VA_ARGS__), code, words, what)

static inline int
done_testing(void)
{
	if (tap_cases > 0)
		ok(false, "cases that nobody reported on");
	printf("1..%d\n", tap_tests);
	return tap_failures > 0;
}

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
