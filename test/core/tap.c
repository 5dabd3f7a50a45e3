/*
 * tap.c
 *		Test Anything Protocol for the core tests.
 */
#include <stdarg.h>
#include <unistd.h>

#include "tap.h"

/* No test may hang: none needs a tenth of this, in the full run or on a slow machine more. */
#define SECONDS_MAX 600

static int	tests;
static int	failures;
static unsigned long cases;
static unsigned long broken;

static void __attribute__((constructor))
begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(SECONDS_MAX);
}

bool
ok(bool good, const char *format,...)
{
	va_list		args;

	printf("%s %d - ", good ? "ok" : "not ok", ++tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	failures += !good;
	return good;
}

void
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
bool
tap_hold(bool good, const char *what, const char *file, int line)
{
	cases++;
	if (!good && broken++ < 5)
		diag("%s:%d: case %lu breaks: %s", file, line, cases, what);
	return good;
}

/* All cases since the last report. */
bool
held(const char *what)
{
	bool		good = ok(broken == 0 && cases > 0, "%s (%lu cases)", what, cases);

	if (broken > 0)
		diag("%lu of %lu cases break", broken, cases);
	cases = broken = 0;
	return good;
}

void
is_text(const char *got, size_t size, const char *expected, const char *what)
{
	if (!ok(size == strlen(expected) && memcmp(got, expected, size) == 0, "%s", what))
		diag("got \"%.*s\", expected \"%s\"", (int) size, got, expected);
}

/* The call fails with this code and with this in its message or detail. */
void
tap_refused(bool ended, HostError code, const char *words, const char *what)
{
	bool		named = strstr(host_failure.message, words) || strstr(host_failure.detail, words);

	if (!ok(!ended && host_failure.code == code && named, "%s is refused: %s", what, words))
		diag(ended ? "it is not refused" : "code %d: %s (%s)", (int) host_failure.code,
			 host_failure.message, host_failure.detail);
}

int
done_testing(void)
{
	if (cases > 0)
		ok(false, "cases that nobody reported on");
	printf("1..%d\n", tests);
	return failures > 0;
}

bool
full_run(void)
{
	const char *full = getenv("INTENT_FULL");

	return full && *full;
}
