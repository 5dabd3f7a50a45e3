/*
 * journey_ref.c
 *		Refs: text to the user, packed where they are integers or uuids.
 */
#include "journey/journey_format.h"

static const char hex_digits[] = "0123456789abcdef";

/* Canonical decimal only: "007", "+7" and "-0" are other texts and stay texts. */
bool
journey_ref_is_integer(const char *text, uint32_t size, int64_t *integer)
{
	bool		negative = size > 0 && text[0] == '-';
	uint32_t	i = negative ? 1 : 0;
	uint64_t	magnitude = 0;
	uint64_t	limit = (uint64_t) INT64_MAX + (negative ? 1 : 0);

	if (size - i == 0 || size - i > 19)
		return false;
	if (text[i] == '0' && (size - i > 1 || negative))
		return false;
	for (; i < size; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		magnitude = magnitude * 10 + (uint64_t) (text[i] - '0');
	}
	if (magnitude > limit)
		return false;
	*integer = (int64_t) (negative ? 0 - magnitude : magnitude);
	return true;
}

static inline int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

static inline bool
is_dash_place(uint32_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool
journey_ref_is_uuid(const char *text, uint32_t size, uint8_t uuid[16])
{
	int			nibbles = 0;

	if (size != JOURNEY_REF_PACKED_MAX)
		return false;
	for (uint32_t i = 0; i < size; i++)
	{
		int			value = hex_value(text[i]);

		if (is_dash_place(i))
		{
			if (text[i] != '-')
				return false;
			continue;
		}
		if (value < 0)
			return false;
		if (nibbles % 2 == 0)
			uuid[nibbles / 2] = (uint8_t) (value << 4);
		else
			uuid[nibbles / 2] |= (uint8_t) value;
		nibbles++;
	}
	return true;
}

static uint32_t
integer_text(int64_t integer, char *buffer)
{
	char		digits[20];
	int			n = 0;
	uint32_t	size = 0;
	uint64_t	magnitude = integer < 0 ? 0 - (uint64_t) integer : (uint64_t) integer;

	do
	{
		digits[n++] = (char) ('0' + magnitude % 10);
		magnitude /= 10;
	} while (magnitude > 0);
	if (integer < 0)
		buffer[size++] = '-';
	while (n > 0)
		buffer[size++] = digits[--n];
	return size;
}

const char *
journey_ref_text(const JourneyRef *ref, char *buffer, uint32_t *size)
{
	*size = 0;
	switch (ref->kind)
	{
		case JOURNEY_REF_NONE:
			return NULL;
		case JOURNEY_REF_TEXT:
			*size = ref->size;
			return (const char *) ref->bytes;
		case JOURNEY_REF_INTEGER:
			*size = integer_text(ref->integer, buffer);
			return buffer;
		case JOURNEY_REF_UUID:
			for (int i = 0; i < 16; i++)
			{
				if (is_dash_place(*size))
					buffer[(*size)++] = '-';
				buffer[(*size)++] = hex_digits[ref->bytes[i] >> 4];
				buffer[(*size)++] = hex_digits[ref->bytes[i] & 15];
			}
			return buffer;
	}
	return NULL;
}
