/*
 * host_test.h
 *		The host of the core tests: base/host.h over malloc and longjmp.
 *
 * What the server does for a function call this does for HOST_CALL(): memory
 * asked for inside is given back at its end, and host_fail() ends it.
 */
#ifndef INTENT_HOST_TEST_H
#define INTENT_HOST_TEST_H

#include <setjmp.h>

#include "base/host.h"

/* Beside the codes of host.h: what is a defect, whatever the input was. */
#define HOST_OVER_BUDGET ((HostError) 100)

/* The failure that ended the last call, in memory of its own. */
typedef struct HostFailure
{
	HostError	code;
	char		message[1024];
	char		detail[1024];	/* empty if there is none */
	char		hint[1024];
} HostFailure;

extern HostFailure host_failure;

/* How much memory a call may hold at once; more ends it with HOST_OVER_BUDGET. */
extern size_t host_budget;

#define HOST_BUDGET_DEFAULT ((size_t) 1 << 30)

/* What a value of so many bytes may need at most to be read, whatever they say. */
static inline size_t
host_budget_for(size_t bytes)
{
	return 65536 + 400 * bytes;
}

extern jmp_buf *host_call_begin(void);
extern void host_call_end(void);

/* Runs a statement as one call; true if it came to its end. */
#define HOST_CALL(...) \
	({ \
		volatile bool ended = false; \
		if (setjmp(*host_call_begin()) == 0) \
		{ \
			__VA_ARGS__; \
			ended = true; \
		} \
		host_call_end(); \
		ended; \
	})

/* Does it fail so? */
#define HOST_FAILS(failure, ...) (!HOST_CALL(__VA_ARGS__) && host_failure.code == (failure))

#endif							/* INTENT_HOST_TEST_H */
