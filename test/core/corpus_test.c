/*
 * corpus_test.c
 *		Replays the corpora of the fuzzers, and what they once broke.
 */
#include <dirent.h>

#include "tap.h"
#include "targets.h"

#define LONGEST 65536

static size_t
read_file(const char *name, uint8_t *bytes)
{
	FILE	   *file = fopen(name, "rb");
	size_t		size = 0;

	if (!hold(file != NULL))
		return 0;
	size = fread(bytes, 1, LONGEST, file);
	fclose(file);
	return size;
}

static void
replay(const HostileTarget *target)
{
	static uint8_t bytes[LONGEST];
	char		folder[600];
	DIR		   *files;

	snprintf(folder, sizeof(folder), "%s/fuzz/corpus/%s", TEST_FOLDER, target->name);
	files = opendir(folder);
	for (struct dirent *file; files && (file = readdir(files)) != NULL;)
	{
		char		name[1200];
		size_t		size;

		if (file->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", folder, file->d_name);
		size = read_file(name, bytes);
		for (int i = 0; i < 2 && target->readers[i]; i++)
			hostile_try(target->readers[i], bytes, size);
	}
	if (files)
		closedir(files);
	held(target->name);
}

int
main(void)
{
	for (const HostileTarget *target = hostile_targets; target->name; target++)
		replay(target);
	return done_testing();
}
