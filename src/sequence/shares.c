/*
 * shares.c
 *		A total divided among several, to the last unit.
 */
#include "sequence/shares.h"

#define PARTS_PER_CHECK 16384

bool
share_out(Fixed total, const uint64_t *weights, size_t count, Fixed *parts)
{
	FixedMagnitude whole = 0;
	Fixed		left = total;
	size_t		largest = 0;

	for (size_t i = 0; i < count; i++)
	{
		whole += weights[i];
		if (weights[i] > weights[largest])
			largest = i;
	}
	for (size_t i = 0; i < count; i++)
	{
		if (i % PARTS_PER_CHECK == 0)
			host_check_interrupts();
		parts[i] = whole == 0 ? 0 : fixed_share(total, (Fixed) weights[i], whole);
		left -= parts[i];
	}
	if (whole == 0)
		return false;
	parts[largest] += left;
	return true;
}

void
share_weights(const double *amounts, size_t count, uint64_t *weights)
{
	const double steps = (double) (UINT64_C(1) << 60);
	double		largest = 0;

	for (size_t i = 0; i < count; i++)
		largest = amounts[i] > largest ? amounts[i] : largest;
	for (size_t i = 0; i < count; i++)
		weights[i] = largest > 0 ? (uint64_t) (amounts[i] / largest * steps) : 0;
}
