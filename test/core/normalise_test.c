/*
 * normalise_test.c
 *		Normal forms stay within their room, whatever the characters.
 */
#include "tap.h"

#include "identity/normalise.h"

#define LONGEST 60

/* What such keys are made of, and anything else. */
static uint32_t
make_character(uint64_t *random)
{
	static const char usual[] = "aBc0123456789 0011@@.+<>()-/x#:;,\"'tel:mailto:ext";
	static const uint32_t unusual[] = {0, 0x7f, 0xa0, 0xad, 0xdf, 0xc6, 0x130, 0x301, 0x308, 0x36f, 0x3a3, 0x3c2, 0x415, 0x435, 0x1e9e,
		0x200b, 0x2011, 0x2019, 0x3000, 0xfeff, 0xff17, 0x10ffff, 0xffffffff};

	return random_below(random, 4) ? (uint32_t) (uint8_t) usual[random_below(random, sizeof(usual) - 1)] :
		unusual[random_below(random, sizeof(unusual) / sizeof(unusual[0]))];
}

/* Room of exactly the size that is promised, so that a write beyond it is seen. */
static uint32_t *
room(size_t characters)
{
	return malloc(characters * sizeof(uint32_t));
}

static bool
only_digits(const uint32_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

int
main(void)
{
	static const char *const codes[] = {"", "1", "+7", "36", "39", "49", "378", "880"};
	uint64_t	random = 5;

	for (int round = 0; round < (full_run() ? 500000 : 50000); round++)
	{
		size_t		size = random_below(&random, LONGEST + 1);
		uint32_t   *text = room(size);
		uint32_t   *email = room(size);
		uint32_t   *name = room(2 * size);
		uint32_t   *phone = room(PHONE_ROOM);
		CountryCode country = {.size = 0};
		const char *code = codes[random_below(&random, sizeof(codes) / sizeof(codes[0]))];
		uint32_t	given[4];
		size_t		count;

		for (size_t i = 0; i < size; i++)
			text[i] = make_character(&random);
		for (size_t i = 0; code[i] != '\0'; i++)
			given[i] = (uint32_t) code[i];
		hold(country_code_of(given, strlen(code), &country) == (code[0] != '\0'));

		hold(normalise_email(text, size, random_below(&random, 2), email) <= size);
		hold(normalise_name(text, size, name) <= 2 * size);
		count = normalise_phone(text, size, &country, phone);
		hold(count <= PHONE_ROOM);
		hold(count == 0 || (count >= 4 && only_digits(phone + (phone[0] == '+'), count - (phone[0] == '+'))));
		free(text);
		free(email);
		free(name);
		free(phone);
	}
	held("normal forms stay within their room, and phone numbers are digits");
	return done_testing();
}
