/*
 * linkage_table.c
 *		Records in memory, as columns of different values.
 */
#include "identity/linkage_table.h"

/* ----- taking rows in ----- */

static void
texts_begin(LinkageTexts *texts)
{
	*texts = (LinkageTexts) {.capacity = 256};
	node_index_init(&texts->index);
	buffer_init(&texts->bytes, 4096);
	texts->start = host_alloc_array(texts->capacity + 1, sizeof(uint64_t));
	texts->rows = host_alloc_array(texts->capacity, sizeof(uint32_t));
	texts->start[0] = 0;
}

/* The number of a text: known already, or the next one. */
static uint32_t
texts_intern(LinkageTexts *texts, LinkageText text)
{
	NodeProbe	probe;
	uint32_t	found;

	if (texts->count == texts->index.fill)
		node_index_double(&texts->index);
	probe = node_probe(&texts->index, node_hash_text(text.data, text.size));
	while ((found = node_probe_next(&texts->index, &probe)) != NO_NODE)
	{
		LinkageText known = linkage_text(texts, found);

		if (known.size == text.size && memcmp(known.data, text.data, text.size) == 0)
			return found;
	}
	if (texts->count == texts->capacity)
	{
		texts->capacity = (uint32_t) checked_growth(texts->capacity, 0);
		texts->start = host_realloc_array(texts->start, (size_t) texts->capacity + 1, sizeof(uint64_t));
		texts->rows = host_realloc_array(texts->rows, texts->capacity, sizeof(uint32_t));
	}
	buffer_bytes(&texts->bytes, text.data, text.size);
	texts->rows[texts->count] = 0;
	texts->start[texts->count + 1] = texts->bytes.size;
	node_probe_put(&texts->index, &probe, texts->count);
	return texts->count++;
}

void
linkage_table_begin(LinkageTable *table, const LinkageText *names, uint32_t count,
					LinkageDecode decode, void *context)
{
	*table = (LinkageTable) {.column_count = count, .row_capacity = 256, .decode = decode, .decode_context = context};
	table->columns = host_alloc_zero(checked_mul_size((size_t) count + 1, sizeof(LinkageColumn)));
	table->texts = host_alloc_array((size_t) count + 1, sizeof(LinkageTexts));
	for (uint32_t i = 0; i < count; i++)
	{
		table->columns[i].name = names[i];
		texts_begin(&table->texts[i]);
		table->texts[i].text = host_alloc_array(table->row_capacity, sizeof(uint32_t));
	}
	buffer_init(&table->id_bytes, 4096);
	table->id_start = host_alloc_array((size_t) table->row_capacity + 1, sizeof(uint64_t));
	table->id_start[0] = 0;
}

static void
grow_rows(LinkageTable *table)
{
	if (table->row_capacity > NODES_MAX / 2)
		host_fail(HOST_LIMIT, "too many records to link",
				  host_format("There are more than %u.", NODES_MAX / 2), "Link parts of them.");
	table->row_capacity = (uint32_t) checked_growth(table->row_capacity, 0);
	for (uint32_t i = 0; i < table->column_count; i++)
		table->texts[i].text = host_realloc_array(table->texts[i].text, table->row_capacity, sizeof(uint32_t));
	table->id_start = host_realloc_array(table->id_start, (size_t) table->row_capacity + 1, sizeof(uint64_t));
}

void
linkage_table_add(LinkageTable *table, LinkageText id, const LinkageText *values)
{
	uint32_t	row = table->row_count;

	if (row == table->row_capacity)
		grow_rows(table);
	buffer_bytes(&table->id_bytes, id.data, id.size);
	table->id_start[row + 1] = table->id_bytes.size;
	for (uint32_t i = 0; i < table->column_count; i++)
	{
		LinkageTexts *texts = &table->texts[i];

		texts->text[row] = NO_NODE;
		if (values[i].data == NULL)
			continue;
		texts->text[row] = texts_intern(texts, values[i]);
		texts->rows[texts->text[row]]++;
	}
	table->row_count++;
}

/* ----- order ----- */

typedef struct Identified
{
	LinkageText id;
	uint32_t	came;
} Identified;

static int
compare_ids(const void *a, const void *b)
{
	const LinkageText *x = &((const Identified *) a)->id;
	const LinkageText *y = &((const Identified *) b)->id;
	int			order = memcmp(x->data, y->data, x->size < y->size ? x->size : y->size);

	return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

void
linkage_table_order(LinkageTable *table)
{
	Identified *rows = host_alloc_array((size_t) table->row_count + 1, sizeof(Identified));

	for (uint32_t i = 0; i < table->row_count; i++)
	{
		rows[i].id.data = (const char *) table->id_bytes.data + table->id_start[i];
		rows[i].id.size = (uint32_t) (table->id_start[i + 1] - table->id_start[i]);
		rows[i].came = i;
	}
	host_sort(rows, table->row_count, sizeof(Identified), compare_ids);
	table->order = host_alloc_array((size_t) table->row_count + 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < table->row_count; i++)
	{
		if (i > 0 && compare_ids(&rows[i - 1], &rows[i]) == 0)
			host_fail(HOST_BAD_PARAMETER,
					  host_format("id \"%.*s\" comes twice",
								  (int) bytes_excerpt(rows[i].id.data, rows[i].id.size, 60), rows[i].id.data),
					  NULL, "An id names one record: number the rows, or select one of each.");
		table->order[i] = rows[i].came;
	}
	host_free(rows);
}

/* ----- reading texts as of a kind ----- */

int
linkage_text_compare(const Characters *a, const Characters *b)
{
	uint32_t	common = a->length < b->length ? a->length : b->length;

	for (uint32_t i = 0; i < common; i++)
	{
		if (a->code[i] != b->code[i])
			return a->code[i] < b->code[i] ? -1 : 1;
	}
	return (a->length > b->length) - (a->length < b->length);
}

/* What a text was read as. */
typedef struct ReadValue
{
	Characters	value;
	uint32_t	text;
} ReadValue;

static int
compare_read(const void *a, const void *b)
{
	return linkage_text_compare(&((const ReadValue *) a)->value, &((const ReadValue *) b)->value);
}

/* Characters that memory is taken for at once. */
#define READ_ROOM ((size_t) 65536)

/* Normal forms of all texts, in order; those that say nothing are left out. */
static uint32_t
read_texts(const LinkageTable *table, const LinkageTexts *texts, LinkageKind kind, ReadValue *read)
{
	uint32_t	count = 0;
	uint32_t   *room = NULL;
	size_t		left = 0;

	for (uint32_t i = 0; i < texts->count; i++)
	{
		LinkageText text = linkage_text(texts, i);
		LinkageUnicode unicode = table->decode(table->decode_context, text.data, text.size);
		size_t		needed = checked_add_size(checked_mul_size(unicode.size, 2), 16);
		size_t		size;

		host_check_interrupts();
		if (left < needed)
		{
			left = checked_add_size(checked_mul_size(texts->bytes.size, 2), needed);
			if (left > READ_ROOM)
				left = needed > READ_ROOM ? needed : READ_ROOM;
			room = host_alloc_array(left, sizeof(uint32_t));
		}
		size = linkage_normalise(kind, unicode, room);
		if (size == 0)
			continue;
		read[count++] = (ReadValue) {{room, (uint32_t) size, false}, i};
		room += size;
		left -= size;
	}
	host_sort(read, count, sizeof(ReadValue), compare_read);
	return count;
}

/* Words of one value beyond this are not looked at. */
#define VALUE_WORDS_MAX 255

/* Splits a value; words that it has already are left out. */
static void
split_words(LinkageColumn *column, LinkageValue *value, NodeIndex *index, uint32_t *capacity)
{
	const uint32_t *code = value->text.code;
	uint32_t	size = value->text.length;

	value->first_word = column->word_list_size;
	value->word_count = 0;
	for (uint32_t from = 0, end; from < size && value->word_count < VALUE_WORDS_MAX; from = end + 1)
	{
		size_t		bytes;
		NodeProbe	probe;
		uint32_t	word;
		bool		known = false;

		for (end = from; end < size && code[end] != ' '; end++)
			;
		if (end == from)
			continue;
		bytes = (size_t) (end - from) * sizeof(uint32_t);
		if (column->word_count == index->fill)
			node_index_double(index);
		probe = node_probe(index, node_hash_text((const char *) (code + from), bytes));
		while ((word = node_probe_next(index, &probe)) != NO_NODE)
		{
			if (column->words[word].text.length == end - from &&
				memcmp(column->words[word].text.code, code + from, bytes) == 0)
				break;
		}
		if (word == NO_NODE)
		{
			word = column->word_count++;
			if (word == *capacity)
			{
				*capacity = (uint32_t) checked_growth(*capacity, 0);
				column->words = host_realloc_array(column->words, *capacity, sizeof(LinkageWord));
			}
			column->words[word] = (LinkageWord) {
				.text = {code + from, end - from, value->text.narrow},
				.hash = linkage_hash(code + from, end - from)
			};
			for (uint32_t i = from; i < end; i++)
				column->words[word].digits |= code[i] >= '0' && code[i] <= '9';
			node_probe_put(index, &probe, word);
		}
		for (uint32_t i = value->first_word; i < column->word_list_size; i++)
			known |= column->word_list[i] == word;
		if (known)
			continue;
		column->words[word].rows += value->rows;
		column->word_list[column->word_list_size++] = word;
		value->word_count++;
	}
}

static void
split_column(LinkageColumn *column)
{
	NodeIndex	index;
	uint32_t	capacity = 64;
	size_t		room = 1;

	for (uint32_t i = 1; i < column->value_count; i++)
		room = checked_add_size(room, column->values[i].text.length / 2 + 1);
	column->word_list = host_alloc_array(room, sizeof(uint32_t));
	column->words = host_alloc_array(capacity, sizeof(LinkageWord));
	node_index_init(&index);
	for (uint32_t i = 1; i < column->value_count; i++)
	{
		host_check_interrupts();
		split_words(column, &column->values[i], &index, &capacity);
	}
	node_index_free(&index);
}

void
linkage_table_read(LinkageTable *table, uint32_t number, LinkageKind kind)
{
	LinkageColumn *column = &table->columns[number];
	LinkageTexts *texts = &table->texts[number];
	ReadValue  *read = host_alloc_array((size_t) texts->count + 1, sizeof(ReadValue));
	uint32_t   *value_of = host_alloc_zero(checked_mul_size((size_t) texts->count + 1, sizeof(uint32_t)));
	uint32_t	count = read_texts(table, texts, kind, read);

	column->kind = kind;
	column->twin = NO_NODE;
	column->values = host_alloc_zero(checked_mul_size((size_t) count + 1, sizeof(LinkageValue)));
	column->value_count = 1;
	for (uint32_t i = 0; i < count; i++)
	{
		if (i == 0 || compare_read(&read[i - 1], &read[i]) != 0)
			linkage_value_set(&column->values[column->value_count++], kind, read[i].value.code, read[i].value.length);
		value_of[read[i].text] = column->value_count - 1;
		column->values[column->value_count - 1].rows += texts->rows[read[i].text];
		column->known += texts->rows[read[i].text];
	}
	column->value = host_alloc_array((size_t) table->row_count + 1, sizeof(uint32_t));
	for (uint32_t row = 0; row < table->row_count; row++)
	{
		uint32_t	text = texts->text[table->order[row]];

		column->value[row] = text == NO_NODE ? 0 : value_of[text];
	}
	split_column(column);
	host_free(value_of);
	host_free(read);
}

void
linkage_table_take_source(LinkageTable *table)
{
	const LinkageTexts *texts = &table->texts[--table->column_count];

	table->source = host_alloc_array((size_t) table->row_count + 1, sizeof(uint32_t));
	for (uint32_t row = 0; row < table->row_count; row++)
		table->source[row] = texts->text[table->order[row]] + 1;	/* 0 if there is none: NO_NODE + 1 */
}

void
linkage_table_keep(LinkageTable *table, const bool *keep)
{
	uint32_t	kept = 0;

	for (uint32_t i = 0; i < table->column_count; i++)
	{
		if (!keep[i])
			continue;
		table->columns[kept] = table->columns[i];
		table->texts[kept++] = table->texts[i];
	}
	table->column_count = kept;
}
