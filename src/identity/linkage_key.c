/*
 * linkage_key.c
 *		Parts of values as keys of blocks.
 */
#include "identity/linkage_key.h"

static const char *const part_names[LINKAGE_PARTS] = {
	[LINKAGE_WHOLE] = "whole",
	[LINKAGE_START] = "start",
	[LINKAGE_END] = "end",
	[LINKAGE_SOUND] = "sound",
	[LINKAGE_EACH_WORD] = "words",
	[LINKAGE_EITHER] = "either",
};

const char *
linkage_part_name(LinkagePart part)
{
	return part_names[part];
}

bool
linkage_has_part(LinkageKind kind, LinkagePart part)
{
	switch (part)
	{
		case LINKAGE_WHOLE:
			return true;
		case LINKAGE_START:
			return kind == LINKAGE_NAME || kind == LINKAGE_CODE || kind == LINKAGE_DATE || kind == LINKAGE_EMAIL;
		case LINKAGE_END:
			return kind == LINKAGE_CODE || kind == LINKAGE_DATE;
		case LINKAGE_SOUND:
			return kind == LINKAGE_NAME || kind == LINKAGE_WORDS;
		case LINKAGE_EACH_WORD:
			return kind == LINKAGE_WORDS;
		case LINKAGE_EITHER:
			return kind == LINKAGE_NAME;
	}
	return false;
}

/* ----- sound ----- */

/* Letters that are mistaken for each other have one number; 0 is a vowel. */
static uint32_t
sound_of(uint32_t letter)
{
	/*								 abcdefghijklmnopqrstuvwxyz */
	static const char sounds[] = "01230120022455012623010202";

	return letter >= 'a' && letter <= 'z' ? (uint32_t) (sounds[letter - 'a'] - '0') : letter;
}

size_t
linkage_sound(const uint32_t *code, size_t size, uint32_t out[6])
{
	size_t		count = 0;
	uint32_t	last = 0;

	for (size_t i = 0; i < size && count < 6; i++)
	{
		uint32_t	sound = sound_of(code[i]);

		/* ph is f; a k or g before n, a w before r and a p before s are written only */
		if (code[i] == 'p' && i + 1 < size && code[i + 1] == 'h')
			sound = sound_of('f');
		if (i == 0 && size > 1 &&
			(((code[0] == 'k' || code[0] == 'g') && code[1] == 'n') ||
			 (code[0] == 'w' && code[1] == 'r') || (code[0] == 'p' && code[1] == 's')))
			continue;
		/* a vowel at the front is a sound of its own, whichever it is */
		if (sound == 0 && count == 0 && i == 0 && code[0] != 'h')
			out[count++] = 'a';
		else if (sound != 0 && sound != last)
			out[count++] = sound;
		last = sound;
	}
	return count;
}

/* ----- parts ----- */

#define NAME_START 3

static uint64_t
sound_hash(const Characters *text)
{
	uint32_t	sound[6];
	size_t		size = linkage_sound(text->code, text->length, sound);

	return size == 0 ? 0 : linkage_hash(sound, size);
}

/* The characters that are the start or end of a value; none if it is too short. */
static bool
part_of(LinkageKind kind, LinkagePart part, const LinkageValue *value, uint32_t *from, uint32_t *size)
{
	uint32_t	length = value->text.length;
	uint32_t	half = (length + 1) / 2;

	*from = 0;
	switch (kind)
	{
		case LINKAGE_DATE:
			if (length < 8)
				return false;
			*size = 4;
			*from = part == LINKAGE_START ? 0 : 4;
			return true;
		case LINKAGE_CODE:
			if (length < 4)
				return false;
			*size = half;
			*from = part == LINKAGE_START ? 0 : length - half;
			return true;
		case LINKAGE_EMAIL:
			*size = value->mark;
			return *size > 0;
		default:
			*size = NAME_START;
			return length >= NAME_START;
	}
}

static uint32_t
value_keys(const LinkageColumn *column, LinkagePart part, const LinkageValue *value, uint64_t *out)
{
	uint32_t	words = value->word_count < LINKAGE_VALUE_KEYS_MAX ? value->word_count : LINKAGE_VALUE_KEYS_MAX;
	uint32_t	from;
	uint32_t	size;
	uint32_t	count = 0;

	switch (part)
	{
		case LINKAGE_WHOLE:
			out[0] = value->hash;
			return 1;
		case LINKAGE_EACH_WORD:
		case LINKAGE_SOUND:
		case LINKAGE_EITHER:
			for (uint32_t i = 0; i < words; i++)
			{
				const LinkageWord *word = &column->words[column->word_list[value->first_word + i]];
				uint64_t	hash = part == LINKAGE_EACH_WORD ? word->hash : sound_hash(&word->text);
				bool		known = hash == 0;

				for (uint32_t k = 0; k < count; k++)
					known |= out[k] == hash;
				if (!known)
					out[count++] = hash;
			}
			return count;
		default:
			if (!part_of(column->kind, part, value, &from, &size))
				return 0;
			out[0] = linkage_hash(value->text.code + from, size);
			return 1;
	}
}

void
linkage_keys_make(LinkageKeys *keys, const LinkageColumn *column, LinkagePart part)
{
	uint64_t	found[LINKAGE_VALUE_KEYS_MAX];
	size_t		capacity = (size_t) column->value_count + LINKAGE_VALUE_KEYS_MAX;
	uint32_t	count = 0;

	keys->start = host_alloc_array((size_t) column->value_count + 1, sizeof(uint32_t));
	keys->hash = host_alloc_array(capacity, sizeof(uint64_t));
	keys->start[0] = keys->start[1] = 0;
	for (uint32_t i = 1; i < column->value_count; i++)
	{
		uint32_t	more = value_keys(column, part, &column->values[i], found);

		host_check_interrupts();
		if (count + more > capacity)
		{
			capacity = checked_growth(capacity, count + more);
			keys->hash = host_realloc_array(keys->hash, capacity, sizeof(uint64_t));
		}
		memcpy(keys->hash + count, found, more * sizeof(uint64_t));
		count += more;
		keys->start[i + 1] = count;
	}
}

/* ----- of rules ----- */

void
linkage_ring_begin(LinkageKeyRing *ring, const LinkageTable *table)
{
	ring->table = table;
	ring->keys = host_alloc_zero(((size_t) table->column_count + 1) * LINKAGE_PARTS * sizeof(LinkageKeys));
}

static const LinkageKeys *
ring_keys(LinkageKeyRing *ring, LinkageKey key)
{
	LinkageKeys *keys = &ring->keys[key.column * LINKAGE_PARTS + key.part];

	if (keys->start == NULL)
		linkage_keys_make(keys, &ring->table->columns[key.column], (LinkagePart) key.part);
	return keys;
}

void
linkage_ring_end(LinkageKeyRing *ring)
{
	for (uint32_t i = 0; i < ring->table->column_count * LINKAGE_PARTS; i++)
	{
		if (ring->keys[i].start == NULL)
			continue;
		host_free(ring->keys[i].start);
		host_free(ring->keys[i].hash);
	}
	host_free(ring->keys);
}

/* Continues each key so far with each key of a value; returns how many there are then. */
static uint32_t
combine_keys(const LinkageKeys *keys, uint32_t value, const uint64_t *before, uint32_t count,
			 uint64_t out[LINKAGE_ROW_KEYS_MAX], uint32_t combined)
{
	for (uint32_t k = keys->start[value]; k < keys->start[value + 1]; k++)
	{
		for (uint32_t b = 0; b < count && combined < LINKAGE_ROW_KEYS_MAX; b++)
			out[combined++] = node_hash_mix(before[b] ^ keys->hash[k]);
	}
	return combined;
}

uint32_t
linkage_row_keys(const LinkageTable *table, const LinkageRule *rule, const LinkageRuleKeys *keys,
				 uint32_t row, uint64_t out[LINKAGE_ROW_KEYS_MAX])
{
	uint32_t	count = 1;

	out[0] = rule->count;
	for (uint32_t i = 0; i < rule->count; i++)
	{
		const LinkageColumn *column = &table->columns[rule->keys[i].column];
		uint64_t	before[LINKAGE_ROW_KEYS_MAX];
		uint32_t	combined;

		memcpy(before, out, count * sizeof(uint64_t));
		combined = combine_keys(keys->own[i], column->value[row], before, count, out, 0);
		if (keys->twin[i] != NULL)
			combined = combine_keys(keys->twin[i], table->columns[column->twin].value[row], before, count, out, combined);
		count = combined;
	}
	return count;
}

void
linkage_rule_keys(LinkageKeyRing *ring, const LinkageRule *rule, LinkageRuleKeys *keys)
{
	for (uint32_t i = 0; i < rule->count; i++)
	{
		LinkageKey	key = rule->keys[i];
		uint32_t	twin = ring->table->columns[key.column].twin;

		keys->own[i] = ring_keys(ring, key);
		keys->twin[i] = NULL;
		if (key.part != LINKAGE_EITHER || twin == NO_NODE)
			continue;
		key.column = (uint8_t) twin;
		keys->twin[i] = ring_keys(ring, key);
	}
}
