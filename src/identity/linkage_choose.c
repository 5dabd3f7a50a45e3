/*
 * linkage_choose.c
 *		Which kind of column this is, by the look of its texts.
 */
#include "identity/linkage_table.h"
#include "identity/normalise.h"

/* Texts of which so many are looked at; more say nothing new. */
#define TEXTS_LOOKED_AT 5000

/* A text of so few different ones is a class, if each comes often. */
#define CLASSES_MAX 12
#define CLASS_ROWS 5

/* What was counted, in rows. */
typedef struct Look
{
	uint64_t	rows;
	uint64_t	dates;
	uint64_t	emails;
	uint64_t	fractions;		/* numbers with a decimal point */
	uint64_t	numbers;
	uint64_t	characters;		/* letters and digits */
	uint64_t	digits;
	uint64_t	words;
} Look;

/* Could it be a day of our time, year first in eight digits? */
static bool
is_day(const uint32_t *code)
{
	uint32_t	number = 0;
	uint32_t	month;
	uint32_t	day;

	for (int i = 0; i < 8; i++)
	{
		if (code[i] < '0' || code[i] > '9')
			return false;
		number = number * 10 + (code[i] - '0');
	}
	month = number / 100 % 100;
	day = number % 100;
	return number >= 10000000 && number < 22000000 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static void
look_at(Look *look, LinkageUnicode text, uint64_t rows, uint32_t *room)
{
	size_t		size;
	bool		point = false;

	for (size_t i = 0; i < text.size; i++)
		point |= text.code[i] == '.' || text.code[i] == 'e';
	look->rows += rows;
	size = linkage_normalise(LINKAGE_DATE, text, room);
	look->dates += size == 8 && is_day(room) ? rows : 0;
	look->emails += normalise_email(text.code, text.size, false, room) > 0 ? rows : 0;
	if (linkage_normalise(LINKAGE_NUMBER, text, room) > 0)
	{
		look->numbers += rows;
		look->fractions += point ? rows : 0;
	}
	size = normalise_name(text.code, text.size, room);
	look->words += rows;
	for (size_t i = 0; i < size; i++)
	{
		if (room[i] == ' ')
			look->words += rows;
		else
			look->characters += rows;
		look->digits += room[i] >= '0' && room[i] <= '9' ? rows : 0;
	}
}

LinkageKind
linkage_choose_kind(const LinkageTable *table, uint32_t column)
{
	const LinkageTexts *texts = &table->texts[column];
	Look		look = {0};
	uint32_t	step = texts->count / TEXTS_LOOKED_AT + 1;
	uint32_t   *room = NULL;
	size_t		capacity = 0;
	uint32_t	spelled = 0;

	for (uint32_t i = 0; i < texts->count; i += step)
	{
		LinkageText text = linkage_text(texts, i);
		LinkageUnicode unicode = table->decode(table->decode_context, text.data, text.size);

		host_check_interrupts();
		if (capacity < unicode.size * 2 + 16)
		{
			capacity = checked_add_size(checked_mul_size(unicode.size, 2), 1024);
			room = host_alloc_array(capacity, sizeof(uint32_t));
		}
		if (linkage_normalise(LINKAGE_WORDS, unicode, room) == 0)
			continue;
		look_at(&look, unicode, texts->rows[i], room);
		spelled++;
	}
	if (look.rows == 0)
		return LINKAGE_CATEGORY;
	if (look.emails * 5 >= look.rows * 3)
		return LINKAGE_EMAIL;
	if (look.dates * 5 >= look.rows * 4)
		return LINKAGE_DATE;
	if (spelled <= 2 || (spelled <= CLASSES_MAX && look.rows >= (uint64_t) spelled * CLASS_ROWS))
		return LINKAGE_CATEGORY;
	if (look.numbers * 10 >= look.rows * 9 && look.fractions * 5 >= look.rows)
		return LINKAGE_NUMBER;
	if (look.digits * 10 >= look.characters * 3 && look.words <= look.rows * 3)
		return LINKAGE_CODE;
	return look.words * 5 > look.rows * 8 ? LINKAGE_WORDS : LINKAGE_NAME;
}

/* ----- columns and each other ----- */

/* Rows looked at to see whether columns say the same. */
#define ROWS_LOOKED_AT 5000

static bool
has_words(const LinkageColumn *column)
{
	return column->kind == LINKAGE_NAME || column->kind == LINKAGE_WORDS;
}

static bool
value_has_word(const LinkageColumn *column, uint32_t value, const LinkageWord *word)
{
	const uint32_t *words = column->word_list + column->values[value].first_word;

	for (uint32_t i = 0; i < column->values[value].word_count; i++)
	{
		const LinkageWord *mine = &column->words[words[i]];

		if (mine->hash == word->hash && linkage_text_compare(&mine->text, &word->text) == 0)
			return true;
	}
	return false;
}

/* Words of one row's value that the row's value in another column has, too. */
static uint32_t
words_found(const LinkageColumn *column, const LinkageColumn *other, uint32_t row)
{
	const LinkageValue *value = &column->values[column->value[row]];
	uint32_t	found = 0;

	for (uint32_t i = 0; i < value->word_count; i++)
		found += value_has_word(other, other->value[row], &column->words[column->word_list[value->first_word + i]]);
	return found;
}

/* Are the words of one column nearly always among those of the other? */
static bool
is_part(const LinkageTable *table, const LinkageColumn *part, const LinkageColumn *whole)
{
	uint32_t	step = table->row_count / ROWS_LOOKED_AT + 1;
	uint64_t	both = 0;
	uint64_t	inside = 0;

	for (uint32_t row = 0; row < table->row_count; row += step)
	{
		if (part->value[row] == 0 || whole->value[row] == 0)
			continue;
		both++;
		inside += words_found(part, whole, row) == part->values[part->value[row]].word_count;
	}
	/* of a few rows that have both, nothing follows */
	return both > 0 && both * step * 10 >= part->known && inside * 5 >= both * 4;
}

/* Is it a part of another column that is compared? */
static bool
is_part_of_any(const LinkageTable *table, uint32_t number, const bool *repeated)
{
	for (uint32_t i = 0; i < table->column_count; i++)
	{
		if (i != number && !repeated[i] && has_words(&table->columns[i]) &&
			is_part(table, &table->columns[number], &table->columns[i]))
			return true;
	}
	return false;
}

/* Of two columns that are parts of each other the first counts as the part. */
static bool
is_proper_part(const LinkageTable *table, uint32_t part, uint32_t whole)
{
	const LinkageColumn *column = &table->columns[part];

	return part != whole && has_words(column) && is_part(table, column, &table->columns[whole]) &&
		(part < whole || !is_part(table, &table->columns[whole], column));
}

/* Do columns that are parts of this one say most of what it says? */
static bool
is_composed(const LinkageTable *table, uint32_t number)
{
	const LinkageColumn *whole = &table->columns[number];
	uint32_t   *parts = host_alloc_array((size_t) table->column_count + 1, sizeof(uint32_t));
	uint32_t	part_count = 0;
	uint32_t	step = table->row_count / ROWS_LOOKED_AT + 1;
	uint64_t	words = 0;
	uint64_t	said = 0;

	for (uint32_t i = 0; i < table->column_count; i++)
	{
		if (is_proper_part(table, i, number))
			parts[part_count++] = i;
	}
	for (uint32_t row = 0; row < table->row_count && part_count > 0; row += step)
	{
		const LinkageValue *value = &whole->values[whole->value[row]];

		host_check_interrupts();
		for (uint32_t i = 0; i < value->word_count; i++)
		{
			const LinkageWord *word = &whole->words[whole->word_list[value->first_word + i]];
			bool		found = false;

			for (uint32_t k = 0; k < part_count && !found; k++)
				found = value_has_word(&table->columns[parts[k]], table->columns[parts[k]].value[row], word);
			said += found;
			words++;
		}
	}
	host_free(parts);
	return words > 0 && said * 3 >= words * 2;
}

/*
 * A column whose value is always the same says nothing.  One that is put
 * together from others, as a full name is, says again what they say; and so
 * does one that is part of another, such as a last name beside a full name
 * that is not made of it alone.  What is said twice would count twice.
 */
void
linkage_find_repeated(const LinkageTable *table, bool *repeated)
{
	for (uint32_t i = 0; i < table->column_count; i++)
		repeated[i] = table->columns[i].value_count <= 2 ||
			(has_words(&table->columns[i]) && is_composed(table, i));
	for (uint32_t i = table->column_count; i-- > 0;)
	{
		if (!repeated[i] && has_words(&table->columns[i]))
			repeated[i] = is_part_of_any(table, i, repeated);
	}
}

/* Names that get into each other's columns are of one kind in so many rows of a hundred. */
#define SHARED_NAMES 3

/* Rows of a column whose value is one of the other's, too. */
static uint64_t
rows_shared(const LinkageColumn *column, const LinkageColumn *other)
{
	uint64_t	rows = 0;

	for (uint32_t i = 1, k = 1; i < column->value_count && k < other->value_count;)
	{
		int			order = linkage_text_compare(&column->values[i].text, &other->values[k].text);

		if (order == 0)
			rows += column->values[i].rows;
		i += order <= 0;
		k += order >= 0;
	}
	return rows;
}

/*
 * First and last names get into each other's fields.  Two columns of names of
 * which each has enough of the other's are twins and compared across, too.
 */
void
linkage_find_twins(LinkageTable *table)
{
	for (uint32_t i = 0; i < table->column_count; i++)
	{
		LinkageColumn *column = &table->columns[i];
		uint64_t	most = 0;
		uint32_t	twin = NO_NODE;

		for (uint32_t k = i + 1; k < table->column_count; k++)
		{
			const LinkageColumn *other = &table->columns[k];
			uint64_t	here;
			uint64_t	there;

			if (column->kind != LINKAGE_NAME || other->kind != LINKAGE_NAME ||
				column->twin != NO_NODE || other->twin != NO_NODE)
				continue;
			here = rows_shared(column, other);
			there = rows_shared(other, column);
			if (here * 100 >= (uint64_t) column->known * SHARED_NAMES &&
				there * 100 >= (uint64_t) other->known * SHARED_NAMES && here + there > most)
			{
				most = here + there;
				twin = k;
			}
		}
		if (twin == NO_NODE)
			continue;
		column->twin = twin;
		table->columns[twin].twin = i;
	}
}
