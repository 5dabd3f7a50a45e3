/*
 * training_split.c
 *		Which part a person belongs to: by a frozen hash, so that it stays.
 *
 * FNV-1a over the bytes, then the finaliser of splitmix64: neither may change,
 * or people would move between what is trained on and what is tested on.
 */
#include "score/training_split.h"

static uint64_t
mix(uint64_t word)
{
	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

uint64_t
training_person_hash(const char *person, size_t size, uint64_t seed)
{
	uint64_t	hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t) person[i]) * UINT64_C(0x100000001b3);
	return mix(hash ^ mix(seed + UINT64_C(0x9e3779b97f4a7c15)));
}

uint64_t
training_row_hash(uint64_t person_hash, int64_t as_of)
{
	return mix(person_hash ^ mix((uint64_t) as_of));
}
