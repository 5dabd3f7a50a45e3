/*
 * fuzz.c
 *		libFuzzer's side: FUZZ_TARGET says which form is read (targets.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "host_test.h"
#include "targets.h"

extern int	LLVMFuzzerInitialize(int *argc, char ***argv);
extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const HostileTarget *target = hostile_targets;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ_TARGET");

	while (name && target->name && strcmp(target->name, name) != 0)
		target++;
	if (name == NULL || target->name == NULL)
	{
		fprintf(stderr, "FUZZ_TARGET must name one of:");
		for (target = hostile_targets; target->name; target++)
			fprintf(stderr, " %s", target->name);
		fprintf(stderr, "\n");
		exit(1);
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	host_budget = host_budget_for(size);
	for (int i = 0; i < 2 && target->readers[i]; i++)
	{
		if (HOST_CALL(target->readers[i](data, size)))
			continue;
		if (host_failure.code == HOST_INTERNAL || host_failure.code == HOST_OVER_BUDGET)
		{
			fprintf(stderr, "%s (%s)\n", host_failure.message, host_failure.detail);
			abort();
		}
	}
	return 0;
}
