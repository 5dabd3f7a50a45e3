/*
 * host.h
 *		All that the pure C cores know of the program they run in.
 *
 * Inside the server host_pg.c implements this over palloc and ereport; the
 * core tests and fuzzers implement it over malloc and longjmp.  A file that
 * needs more than this is not a core and carries _pg in its name.
 */
#ifndef INTENT_HOST_H
#define INTENT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Each kind of failure is one SQLSTATE. */
typedef enum HostError
{
	HOST_BAD_TEXT,				/* 22P02 invalid_text_representation */
	HOST_BAD_BINARY,			/* 22P03 invalid_binary_representation */
	HOST_OUT_OF_RANGE,			/* 22003 numeric_value_out_of_range */
	HOST_BAD_TIME,				/* 22008 datetime_field_overflow */
	HOST_BAD_PARAMETER,			/* 22023 invalid_parameter_value */
	HOST_WRONG_TYPE,			/* 42804 datatype_mismatch */
	HOST_SYNTAX,				/* 42601 syntax_error */
	HOST_LIMIT,					/* 54000 program_limit_exceeded */
	HOST_CORRUPT,				/* XX001 data_corrupted */
	HOST_INTERNAL				/* XX000 internal_error */
} HostError;

#if defined(__GNUC__)
#define HOST_NORETURN __attribute__((noreturn, cold))
#define HOST_INLINE inline __attribute__((always_inline))
#define HOST_NOINLINE __attribute__((noinline))
#define HOST_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define host_likely(x) __builtin_expect((x) != 0, 1)
#define host_unlikely(x) __builtin_expect((x) != 0, 0)
#else
#error "intent needs gcc or clang: 128-bit integers and checked arithmetic"
#endif

/* Memory of the current call; failure to get it does not return. */
extern void *host_alloc(size_t size);
extern void *host_alloc_zero(size_t size);
extern void *host_realloc(void *pointer, size_t size);
extern void host_free(void *pointer);

/* Every loop over data-sized input calls the first, every recursion the second. */
extern void host_check_interrupts(void);
extern void host_check_stack(void);

/* qsort() that checks for interrupts itself. */
typedef int (*HostCompare) (const void *a, const void *b);
extern void host_sort(void *items, size_t count, size_t size, HostCompare compare);

/*
 * Does not return.  detail and hint may be NULL.  Texts follow PostgreSQL's
 * style: message lower-case without a full stop, the others whole sentences.
 */
extern void host_fail(HostError code, const char *message,
					  const char *detail, const char *hint) HOST_NORETURN;

/* printf into memory of the current call. */
extern char *host_format(const char *format,...) HOST_PRINTF(1, 2);

/* Shortest text that reads back as the same double; returns its length, no NUL. */
#define HOST_DOUBLE_TEXT_MAX 32
extern size_t host_double_to_text(double value, char *buffer);

/* False if the bytes are not one finite or infinite number, whole and alone. */
extern bool host_text_to_double(const char *text, size_t length, double *value);

#endif							/* INTENT_HOST_H */
