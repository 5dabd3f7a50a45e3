/*
 * checked.h
 *		Arithmetic that fails instead of wrapping.
 */
#ifndef INTENT_CHECKED_H
#define INTENT_CHECKED_H

#include "base/host.h"

/* The largest varlena, less its header and some room: PostgreSQL's 1 GB. */
#define INTENT_MAX_VALUE_SIZE ((size_t) 0x3fffff00)

static inline size_t
checked_mul_size(size_t a, size_t b)
{
	size_t		result;

	if (host_unlikely(__builtin_mul_overflow(a, b, &result)))
		host_fail(HOST_LIMIT, "size of a value in memory is out of range", NULL, NULL);
	return result;
}

static inline size_t
checked_add_size(size_t a, size_t b)
{
	size_t		result;

	if (host_unlikely(__builtin_add_overflow(a, b, &result)))
		host_fail(HOST_LIMIT, "size of a value in memory is out of range", NULL, NULL);
	return result;
}

/* Memory for count things of one size. */
static inline void *
host_alloc_array(size_t count, size_t size)
{
	return host_alloc(checked_mul_size(count, size));
}

static inline void *
host_realloc_array(void *pointer, size_t count, size_t size)
{
	return host_realloc(pointer, checked_mul_size(count, size));
}

/* The next capacity of an array that must hold at least `needed`. */
static inline size_t
checked_growth(size_t capacity, size_t needed)
{
	size_t		doubled = capacity < 8 ? 8 : checked_mul_size(capacity, 2);

	return doubled < needed ? needed : doubled;
}

#endif							/* INTENT_CHECKED_H */
