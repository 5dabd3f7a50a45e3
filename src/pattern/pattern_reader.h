/*
 * pattern_reader.h
 *		Reading the text of a pattern, for the files that parse it.
 */
#ifndef INTENT_PATTERN_READER_H
#define INTENT_PATTERN_READER_H

#include "pattern/pattern_tree.h"

typedef struct PatternReader
{
	const char *text;
	size_t		size;
	size_t		at;
	int			depth;			/* open parentheses */
	PatternTree *tree;
} PatternReader;

/* Fails with what was expected at a place; without a hint of its own, the general one. */
extern void pattern_fail_at(const PatternReader *reader, size_t at, const char *expected,
							const char *hint) HOST_NORETURN;

/* The number, from 1, of the character at a place. */
extern size_t pattern_character(const PatternReader *reader, size_t at);

/* The duration that fills [at, end). */
extern int64_t pattern_read_duration(const PatternReader *reader, size_t at, size_t end);

/* Takes "->" and its limits, if it comes next. */
extern bool pattern_take_arrow(PatternReader *reader, PatternArrow *arrow);

/* Takes a touchpoint with its predicates. */
extern void pattern_read_atom(PatternReader *reader, PatternAtom *atom);

extern void pattern_add_atom(PatternClass *class, const PatternAtom *atom);

extern const PatternArrow pattern_no_limits;

static inline bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '.' || c == '/' || c == '-';
}

static inline void
skip_spaces(PatternReader *reader)
{
	while (reader->at < reader->size && is_space(reader->text[reader->at]))
		reader->at++;
}

static inline char
char_at(const PatternReader *reader, size_t at)
{
	return at < reader->size ? reader->text[at] : '\0';
}

static inline char
next_char(const PatternReader *reader)
{
	return char_at(reader, reader->at);
}

static inline bool
starts_with(const PatternReader *reader, size_t at, const char *what)
{
	size_t		length = strlen(what);

	return reader->size - at >= length && memcmp(reader->text + at, what, length) == 0;
}

/* Takes `what` if it comes next, behind spaces. */
static inline bool
take(PatternReader *reader, const char *what)
{
	skip_spaces(reader);
	if (!starts_with(reader, reader->at, what))
		return false;
	reader->at += strlen(what);
	return true;
}

/* Where the plain name that begins at `at` ends; an arrow is no part of it. */
static inline size_t
plain_end(const PatternReader *reader, size_t at)
{
	while (is_plain(char_at(reader, at)) && !starts_with(reader, at, "->"))
		at++;
	return at;
}

/* Does this word, which is reserved unless quoted, stand at `at`?  As in SQL, in letters of any case. */
static inline bool
word_stands(const PatternReader *reader, size_t at, const char *word)
{
	size_t		end = plain_end(reader, at);

	return pattern_same_word(reader->text + at, end - at, word) && char_at(reader, end) != ':';
}

static inline bool
at_word(const PatternReader *reader, const char *word)
{
	return word_stands(reader, reader->at, word);
}

static inline bool
at_modifier(const PatternReader *reader)
{
	return at_word(reader, "strictly") || at_word(reader, "within");
}

#endif							/* INTENT_PATTERN_READER_H */
