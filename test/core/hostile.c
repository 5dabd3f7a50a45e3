/*
 * hostile.c
 *		Bytes that nobody wrote: what they may do is fail or be a value.
 */
#include "hostile.h"
#include "tap.h"

#define LONGEST 4096

int
hostile_try(HostileReader reader, const uint8_t *data, size_t size)
{
	uint8_t    *exact = malloc(size ? size : 1);
	size_t		budget = host_budget;
	bool		ended;

	if (size > 0)
		memcpy(exact, data, size);
	host_budget = host_budget_for(size);
	ended = HOST_CALL(reader(exact, size));
	host_budget = budget;
	free(exact);
	/* bytes from outside never show a mistake inside, nor ask for much memory */
	if (!tap_hold(ended || (host_failure.code != HOST_INTERNAL && host_failure.code != HOST_OVER_BUDGET),
				  "an error or a value", __FILE__, __LINE__))
		diag("%s (%s)", host_failure.message, host_failure.detail);
	return ended;
}

void
hostile_truncations(HostileReader reader, const uint8_t *data, size_t size)
{
	uint8_t		longer[LONGEST + 1] = {0};

	for (size_t cut = 0; cut < size; cut++)
		hostile_try(reader, data, cut);
	if (size > LONGEST)
		return;
	memcpy(longer, data, size);
	hostile_try(reader, longer, size + 1);
}

void
hostile_flips(HostileReader reader, const uint8_t *data, size_t size)
{
	uint8_t		changed[LONGEST];

	if (!tap_hold(size <= LONGEST, "bytes to flip are few", __FILE__, __LINE__))
		return;
	memcpy(changed, data, size);
	for (size_t i = 0; i < size; i++)
	{
		for (int flip = 1; flip < 256; flip++)
		{
			changed[i] = (uint8_t) (data[i] ^ flip);
			hostile_try(reader, changed, size);
		}
		changed[i] = data[i];
	}
}

void
hostile_mutations(HostileReader reader, const uint8_t *data, size_t size, int count, uint64_t *random)
{
	static const uint8_t telling[] = {0, 1, 2, 7, 15, 16, 127, 128, 254, 255};
	uint8_t		changed[LONGEST + 8];

	if (!tap_hold(size > 0 && size <= LONGEST, "bytes to change are few", __FILE__, __LINE__))
		return;
	while (count-- > 0)
	{
		size_t		length = size;

		memcpy(changed, data, size);
		for (int n = 1 + (int) random_below(random, 4); n > 0; n--)
		{
			size_t		at = random_below(random, length);

			switch (random_below(random, 4))
			{
				case 0:
					changed[at] = (uint8_t) next_random(random);
					break;
				case 1:
					changed[at] = telling[random_below(random, sizeof(telling))];
					break;
				case 2:
					memmove(changed + at + 1, changed + at, length - at);
					length++;
					break;
				default:
					if (length > 1)
						memmove(changed + at, changed + at + 1, --length - at);
					break;
			}
		}
		hostile_try(reader, changed, length);
	}
}

void
hostile_buffers(HostileReader reader, const uint8_t *begin, size_t begin_size, int count, uint64_t *random)
{
	uint8_t		bytes[300];

	while (count-- > 0)
	{
		size_t		size = random_below(random, sizeof(bytes));

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t) (random_below(random, 2) ? random_below(random, 8) : next_random(random));
		if (count % 4 != 0)
			memcpy(bytes, begin, begin_size < size ? begin_size : size);
		hostile_try(reader, bytes, size);
	}
}
