/*
 * linkage_table.h
 *		Records in memory: of each column its different values, once.
 *
 * Rows come in any order, and their values as the host has them.  When all are
 * there the rows are put in order of their ids, each column's kind is known or
 * chosen, and its values are read as that: what is spelled in two ways becomes
 * one value, and what says nothing becomes none.
 */
#ifndef INTENT_LINKAGE_TABLE_H
#define INTENT_LINKAGE_TABLE_H

#include "identity/linkage.h"

/* The texts of a column as they came, each once. */
typedef struct LinkageTexts
{
	NodeIndex	index;
	ByteBuffer	bytes;
	uint64_t   *start;			/* of each text; one more than there are */
	uint32_t   *rows;			/* that have it */
	uint32_t	count;
	uint32_t	capacity;
	uint32_t   *text;			/* of each row, NO_NODE for none */
} LinkageTexts;

/* Unicode characters, decomposed (NFKD), of a text of the host's; until it is called again. */
typedef struct LinkageUnicode
{
	const uint32_t *code;
	size_t		size;
} LinkageUnicode;

typedef LinkageUnicode (*LinkageDecode) (void *context, const char *text, size_t size);

typedef struct LinkageTable
{
	LinkageDecode decode;
	void	   *decode_context;
	LinkageColumn *columns;
	LinkageTexts *texts;		/* of each column, until they are read */
	uint32_t	column_count;
	uint32_t	row_count;
	uint32_t	row_capacity;
	ByteBuffer	id_bytes;
	uint64_t   *id_start;		/* in order of coming */
	uint32_t   *order;			/* where the row was when it came */
	uint32_t   *source;			/* of each row, if records of one source are different */
} LinkageTable;

extern void linkage_table_begin(LinkageTable *table, const LinkageText *names, uint32_t count,
								LinkageDecode decode, void *context);

/* A text without data is NULL. */
extern void linkage_table_add(LinkageTable *table, LinkageText id, const LinkageText *values);

/* Puts rows in order; an id that comes twice is HOST_BAD_PARAMETER. */
extern void linkage_table_order(LinkageTable *table);

/* Reads the texts of a column as of a kind. */
extern void linkage_table_read(LinkageTable *table, uint32_t column, LinkageKind kind);

/* Leaves the columns that are to be kept, in their order. */
extern void linkage_table_keep(LinkageTable *table, const bool *keep);

/* Character by character, shorter first. */
extern int	linkage_text_compare(const Characters *a, const Characters *b);

static inline LinkageText
linkage_id(const LinkageTable *table, uint32_t row)
{
	uint32_t	came = table->order[row];
	LinkageText id = {
		(const char *) table->id_bytes.data + table->id_start[came],
		(uint32_t) (table->id_start[came + 1] - table->id_start[came])
	};

	return id;
}

/* The last column, not read, as the source of each record. */
extern void linkage_table_take_source(LinkageTable *table);

static inline LinkageText
linkage_text(const LinkageTexts *texts, uint32_t text)
{
	LinkageText found = {
		(const char *) texts->bytes.data + texts->start[text],
		(uint32_t) (texts->start[text + 1] - texts->start[text])
	};

	return found;
}

/* ----- linkage_value.c: one text read as of a kind ----- */

/* Room for twice as many characters as there are; 0: it says nothing. */
extern size_t linkage_normalise(LinkageKind kind, LinkageUnicode text, uint32_t *out);

/* A frozen hash of characters: values in models are known by it. */
extern uint64_t linkage_hash(const uint32_t *code, size_t size);

/* Fills in what a value in normal form is, its words not yet. */
extern void linkage_value_set(LinkageValue *value, LinkageKind kind, const uint32_t *code, uint32_t size);

/* What a word says that so many of all rows have, one at least. */
#define LINKAGE_WORD_LEAST 10000
extern int64_t linkage_word_weight(double rows, uint32_t all);

/* ----- linkage_choose.c ----- */

/* The kind that fits most of a column's texts. */
extern LinkageKind linkage_choose_kind(const LinkageTable *table, uint32_t column);

/* Which columns say nothing that others do not say, too. */
extern void linkage_find_repeated(const LinkageTable *table, bool *repeated);

/* Which columns are compared across with which. */
extern void linkage_find_twins(LinkageTable *table);

#endif							/* INTENT_LINKAGE_TABLE_H */
