/*
 * path.c
 *		Lists of channels made simpler before they are counted.
 */
#include "sequence/path.h"

static bool
same(const Touchpoint *a, const Touchpoint *b)
{
	return touchpoint_compare(a, b) == 0;
}

static size_t
keep_exposures(Touchpoint *names, size_t count)
{
	size_t		kept = 0;

	for (size_t i = 0; i < count; i++)
	{
		if (kept == 0 || !same(&names[kept - 1], &names[i]))
			names[kept++] = names[i];
	}
	return kept;
}

static size_t
keep_first(Touchpoint *names, size_t count, uint64_t *frequency)
{
	Vocabulary *vocabulary = vocabulary_new();
	size_t		kept = 0;

	for (size_t i = 0; i < count; i++)
	{
		uint32_t	code = vocabulary_code(vocabulary, &names[i]);

		if (code == kept)
		{
			frequency[kept] = 0;
			names[kept++] = names[i];
		}
		frequency[code]++;
	}
	vocabulary_free(vocabulary);
	return kept;
}

static size_t
without(Touchpoint *names, size_t count, const Touchpoint *channel, bool at_end_only)
{
	size_t		kept = 0;
	size_t		end = count;

	while (end > 0 && same(&names[end - 1], channel))
		end--;
	/* nothing else */
	if (end == 0)
		return count;
	for (size_t i = 0; i < end; i++)
	{
		if (at_end_only || !same(&names[i], channel))
			names[kept++] = names[i];
	}
	return kept;
}

size_t
path_transform(Touchpoint *names, size_t count, PathTransform transform,
			   size_t limit, const Touchpoint *channel, uint64_t *frequency)
{
	switch (transform)
	{
		case PATH_UNIQUE:
			break;
		case PATH_EXPOSURE:
			return keep_exposures(names, count);
		case PATH_FIRST:
		case PATH_FREQUENCY:
			return keep_first(names, count, frequency);
		case PATH_TRIM:
			if (count <= limit)
				break;
			memmove(names, names + (count - limit), limit * sizeof(Touchpoint));
			return limit;
		case PATH_REMOVE:
		case PATH_REMOVE_LAST:
			return without(names, count, channel, transform == PATH_REMOVE_LAST);
	}
	return count;
}
