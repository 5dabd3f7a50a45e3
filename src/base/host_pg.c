/*
 * host_pg.c
 *		The host interface inside a PostgreSQL backend.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/checked.h"

PG_MODULE_MAGIC;

/* Large journeys and edge lists pass palloc's 1 GB, so all sizes may be huge. */
void *
host_alloc(size_t size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

void *
host_alloc_zero(size_t size)
{
	void	   *pointer = host_alloc(size);

	memset(pointer, 0, size);
	return pointer;
}

void *
host_realloc(void *pointer, size_t size)
{
	return repalloc_huge(pointer, size);
}

void
host_free(void *pointer)
{
	pfree(pointer);
}

void
host_check_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

void
host_check_stack(void)
{
	check_stack_depth();
}

static int
compare_items(const void *a, const void *b, void *compare)
{
	return (*(HostCompare *) compare) (a, b);
}

void
host_sort(void *items, size_t count, size_t size, HostCompare compare)
{
	qsort_interruptible(items, count, size, compare_items, &compare);
}

static int
host_sqlstate(HostError code)
{
	switch (code)
	{
		case HOST_BAD_TEXT:
			return ERRCODE_INVALID_TEXT_REPRESENTATION;
		case HOST_BAD_BINARY:
			return ERRCODE_INVALID_BINARY_REPRESENTATION;
		case HOST_OUT_OF_RANGE:
			return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		case HOST_BAD_TIME:
			return ERRCODE_DATETIME_FIELD_OVERFLOW;
		case HOST_BAD_PARAMETER:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case HOST_WRONG_TYPE:
			return ERRCODE_DATATYPE_MISMATCH;
		case HOST_SYNTAX:
			return ERRCODE_SYNTAX_ERROR;
		case HOST_LIMIT:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case HOST_CORRUPT:
			return ERRCODE_DATA_CORRUPTED;
		case HOST_INTERNAL:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

void
host_fail(HostError code, const char *message, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(host_sqlstate(code)),
			 errmsg_internal("%s", message),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
	pg_unreachable();
}

char *
host_format(const char *format,...)
{
	size_t		size = 128;

	for (;;)
	{
		char	   *text = palloc(size);
		va_list		args;
		size_t		needed;

		va_start(args, format);
		needed = pvsnprintf(text, size, format, args);
		va_end(args);
		if (needed < size)
			return text;
		pfree(text);
		size = needed;
	}
}

size_t
host_double_to_text(double value, char *buffer)
{
	StaticAssertStmt(HOST_DOUBLE_TEXT_MAX > DOUBLE_SHORTEST_DECIMAL_LEN,
					 "double text buffer too small");
	return (size_t) double_to_shortest_decimal_bufn(value, buffer);
}

bool
host_text_to_double(const char *text, size_t length, double *value)
{
	char		small[128];
	char	   *copy = small;
	char	   *end;
	bool		whole;

	if (length == 0)
		return false;
	/* strtod also reads hexadecimal, NaN and white space: not numbers here */
	for (size_t i = 0; i < length; i++)
	{
		if (strchr("0123456789+-.eE", text[i]) == NULL || text[i] == '\0')
			return false;
	}
	if (length >= sizeof(small))
		copy = host_alloc(checked_add_size(length, 1));
	memcpy(copy, text, length);
	copy[length] = '\0';
	/* the server runs with LC_NUMERIC C, so the point is a point */
	*value = strtod(copy, &end);
	whole = end == copy + length;
	if (copy != small)
		host_free(copy);
	return whole;
}
