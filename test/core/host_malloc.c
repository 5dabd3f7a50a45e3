/*
 * host_malloc.c
 *		The host of the core tests and fuzzers.
 *
 * Each piece of memory stands alone, so that AddressSanitizer sees every step
 * beyond it, and begins at an odd multiple of 8 bytes: palloc promises no more
 * alignment than that, and UndefinedBehaviorSanitizer sees who needs it.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "host_test.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(at, size) ((void) (at), (void) (size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void) (at), (void) (size))
#endif

/* Before each piece; 24 bytes, so that what follows is only 8-aligned. */
typedef struct Piece
{
	struct Piece *before;
	struct Piece *after;
	size_t		size;
} Piece;

_Static_assert(sizeof(Piece) % 16 == 8, "memory must not have more alignment than palloc's");

/* A call that is running; the first one is the program itself. */
typedef struct Call
{
	jmp_buf		failed;
	Piece	   *pieces;
	size_t		held;
	const char *stack;
} Call;

#define CALLS_MAX 8
#define STACK_MAX ((ptrdiff_t) 1 << 20)

/* More than this is not filled with rubbish: it would only take time. */
#define RUBBISH_MAX 65536

static Call calls[CALLS_MAX];
static int	call = 0;

HostFailure host_failure;
size_t		host_budget = HOST_BUDGET_DEFAULT;

jmp_buf *
host_call_begin(void)
{
	if (call + 1 == CALLS_MAX)
		abort();
	call++;
	memset(&calls[call], 0, sizeof(Call));
	calls[call].stack = __builtin_frame_address(0);
	return &calls[call].failed;
}

void
host_call_end(void)
{
	while (calls[call].pieces)
		host_free(calls[call].pieces + 1);
	call--;
}

/* ----- memory ----- */

/* The header in front of a piece is nobody else's business. */
static void
hide(Piece *piece)
{
	ASAN_POISON_MEMORY_REGION(piece, sizeof(Piece));
}

static void
show(Piece *piece)
{
	ASAN_UNPOISON_MEMORY_REGION(piece, sizeof(Piece));
}

void *
host_alloc(size_t size)
{
	Call	   *of = &calls[call];
	Piece	   *piece;

	if (size > host_budget || of->held > host_budget - size)
		host_fail(HOST_OVER_BUDGET, host_format("%zu bytes are too many beside %zu", size, of->held),
				  NULL, NULL);
	piece = malloc(sizeof(Piece) + size);
	if (piece == NULL)
		abort();
	memset(piece + 1, 0x5a, size < RUBBISH_MAX ? size : RUBBISH_MAX);
	piece->size = size;
	piece->before = NULL;
	piece->after = of->pieces;
	if (of->pieces)
	{
		show(of->pieces);
		of->pieces->before = piece;
		hide(of->pieces);
	}
	of->pieces = piece;
	of->held += size;
	hide(piece);
	return piece + 1;
}

void *
host_alloc_zero(size_t size)
{
	return memset(host_alloc(size), 0, size);
}

/* Always moves, as it may at any time. */
void *
host_realloc(void *pointer, size_t size)
{
	Piece	   *piece = (Piece *) pointer - 1;
	void	   *moved = host_alloc(size);
	size_t		old;

	show(piece);
	old = piece->size;
	hide(piece);
	memcpy(moved, pointer, old < size ? old : size);
	host_free(pointer);
	return moved;
}

void
host_free(void *pointer)
{
	Piece	   *piece = (Piece *) pointer - 1;

	show(piece);
	if (piece->before)
	{
		show(piece->before);
		piece->before->after = piece->after;
		hide(piece->before);
	}
	else
	{
		/* the first piece of a call: mostly this one, or one around it */
		int			of = call;

		while (of > 0 && calls[of].pieces != piece)
			of--;
		if (calls[of].pieces != piece)
			abort();
		calls[of].pieces = piece->after;
	}
	if (piece->after)
	{
		show(piece->after);
		piece->after->before = piece->before;
		hide(piece->after);
	}
	calls[call].held -= piece->size <= calls[call].held ? piece->size : calls[call].held;
	free(piece);
}

/* ----- control ----- */

void
host_check_interrupts(void)
{
}

void
host_check_stack(void)
{
	const char *here = __builtin_frame_address(0);

	if (call > 0 && calls[call].stack - here > STACK_MAX)
		host_fail(HOST_LIMIT, "stack depth limit exceeded", NULL, NULL);
}

void
host_sort(void *items, size_t count, size_t size, HostCompare compare)
{
	qsort(items, count, size, compare);
}

static void
keep_text(char kept[1024], const char *text)
{
	snprintf(kept, 1024, "%s", text ? text : "");
}

void
host_fail(HostError code, const char *message, const char *detail, const char *hint)
{
	host_failure.code = code;
	keep_text(host_failure.message, message);
	keep_text(host_failure.detail, detail);
	keep_text(host_failure.hint, hint);
	if (call == 0)
	{
		printf("Bail out! %s (%s)\n", host_failure.message, host_failure.detail);
		fflush(stdout);
		abort();
	}
	longjmp(calls[call].failed, 1);
}

/* ----- text ----- */

char *
host_format(const char *format,...)
{
	va_list		args;
	char	   *text;
	int			size;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = host_alloc((size_t) size + 1);
	va_start(args, format);
	vsnprintf(text, (size_t) size + 1, format, args);
	va_end(args);
	return text;
}

size_t
host_double_to_text(double value, char *buffer)
{
	char		text[64];
	int			size = 0;

	for (int digits = 1; digits <= 17; digits++)
	{
		size = snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	memcpy(buffer, text, (size_t) size);
	return (size_t) size;
}

bool
host_text_to_double(const char *text, size_t length, double *value)
{
	char		copy[512];
	char	   *end;

	if (length == 0 || length >= sizeof(copy))
		return false;
	for (size_t i = 0; i < length; i++)
	{
		if (text[i] == '\0' || strchr("0123456789+-.eE", text[i]) == NULL)
			return false;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	*value = strtod(copy, &end);
	return end == copy + length;
}
