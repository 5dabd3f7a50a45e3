/*
 * pattern_atom.c
 *		The smallest parts of a pattern's text: touchpoints with predicates,
 *		arrows with limits, durations.  The grammar is in pattern_parse.c.
 */
#include "base/duration.h"
#include "pattern/pattern_reader.h"

const PatternArrow pattern_no_limits = {0, PATTERN_FOREVER, NULL};

static const char *const general_hint =
"Write steps as in: view -> cart ->[<= 1 day] purchase within 7 days. "
"Names with other characters than A-Z a-z 0-9 _ . / - stand in double quotes.";

size_t
pattern_character(const PatternReader *reader, size_t at)
{
	size_t		number = 1;

	/* behind another long one, such a byte goes on with a character of UTF-8 */
	for (size_t i = 0; i < at; i++)
		number += i == 0 || ((unsigned char) reader->text[i] & 0xC0) != 0x80 ||
			((unsigned char) reader->text[i - 1] & 0x80) == 0;
	return number;
}

void
pattern_fail_at(const PatternReader *reader, size_t at, const char *expected, const char *hint)
{
	host_fail(HOST_SYNTAX,
			  host_format("invalid pattern: \"%.*s\"", (int) bytes_excerpt(reader->text, reader->size, 200), reader->text),
			  host_format("Expected %s at %s %zu.", expected,
						  at >= reader->size ? "the end, character" : "character",
						  pattern_character(reader, at)),
			  hint ? hint : general_hint);
}

void
pattern_add_atom(PatternClass *class, const PatternAtom *atom)
{
	if ((class->count & (class->count - 1)) == 0)
	{
		PatternAtom *atoms = host_alloc_array(class->count ? (size_t) class->count * 2 : 1, sizeof(PatternAtom));

		if (class->count)
			memcpy(atoms, class->atoms, class->count * sizeof(PatternAtom));
		class->atoms = atoms;
	}
	class->atoms[class->count++] = *atom;
}

/* ----- durations and numbers ----- */

/* The duration that fills [at, end). */
int64_t
pattern_read_duration(const PatternReader *reader, size_t at, size_t end)
{
	int64_t		microseconds = 0;

	while (at < end && is_space(reader->text[at]))
		at++;
	while (end > at && is_space(reader->text[end - 1]))
		end--;
	switch (duration_parse(reader->text + at, end - at, &microseconds))
	{
		case DURATION_OK:
			return microseconds;
		case DURATION_CALENDAR:
			pattern_fail_at(reader, at, "a physical duration", "Use days of 24 hours: 30 days instead of 1 month.");
		case DURATION_RANGE:
			pattern_fail_at(reader, at, "a shorter duration", "Leave the limit out if there is none.");
		case DURATION_SYNTAX:
			break;
	}
	pattern_fail_at(reader, at, "a duration", "Write a number and a unit, for example 90 s, 10 min or 7 days.");
}

/* Limits in brackets behind "->"; the opening one is taken. */
static void
parse_limits(PatternReader *reader, PatternArrow *arrow)
{
	bool		has_least = false;
	bool		has_most = false;

	do
	{
		size_t		end;
		size_t		at;
		bool		most;

		skip_spaces(reader);
		at = reader->at;
		most = take(reader, "<=");
		if (!most && !take(reader, ">="))
			pattern_fail_at(reader, at, "\"<=\" or \">=\"",
					"Limits include their ends: write ->[<= 1 day] or ->[>= 10 min, <= 7 days].");
		if (most ? has_most : has_least)
			pattern_fail_at(reader, at, "one limit of a kind", "Give \"<=\" and \">=\" once each.");
		end = reader->at;
		while (end < reader->size && reader->text[end] != ',' && reader->text[end] != ']')
			end++;
		if (most)
			arrow->most = pattern_read_duration(reader, reader->at, end);
		else
			arrow->least = pattern_read_duration(reader, reader->at, end);
		has_most |= most;
		has_least |= !most;
		if (arrow->least > arrow->most)
			pattern_fail_at(reader, at, "limits that some time can keep", "The \"<=\" limit must be the larger one.");
		reader->at = end;
	} while (take(reader, ","));
	if (!take(reader, "]"))
		pattern_fail_at(reader, reader->at, "\"]\"", NULL);
}

bool
pattern_take_arrow(PatternReader *reader, PatternArrow *arrow)
{
	if (!take(reader, "->"))
		return false;
	*arrow = pattern_no_limits;
	if (next_char(reader) == '[')
	{
		reader->at++;
		parse_limits(reader, arrow);
	}
	return true;
}

static PatternCompare
parse_compare(PatternReader *reader)
{
	/* longer ones first */
	static const struct
	{
		const char *text;
		PatternCompare compare;
	}			names[] = {
		{"<=", COMPARE_LESS_EQUAL}, {">=", COMPARE_GREATER_EQUAL}, {"<>", COMPARE_NOT_EQUAL},
		{"!=", COMPARE_NOT_EQUAL}, {"<", COMPARE_LESS}, {">", COMPARE_GREATER}, {"=", COMPARE_EQUAL}
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (take(reader, names[i].text))
			return names[i].compare;
	}
	pattern_fail_at(reader, reader->at, "a comparison", "Compare with <, <=, =, <>, >= or >.");
}

/* Predicates in brackets; the opening one is taken. */
static void
parse_predicates(PatternReader *reader, PatternAtom *atom)
{
	PatternPredicate predicates[16];

	do
	{
		PatternPredicate *predicate = &predicates[atom->predicate_count];
		size_t		at;

		if (atom->predicate_count == sizeof(predicates) / sizeof(predicates[0]))
			pattern_fail_at(reader, reader->at, "at most 16 predicates", NULL);
		if (!take(reader, "value"))
			pattern_fail_at(reader, reader->at, "\"value\"", "Write a predicate as in purchase[value > 100].");
		predicate->compare = parse_compare(reader);
		skip_spaces(reader);
		at = reader->at;
		while (strchr("0123456789+-.eE", next_char(reader)) && next_char(reader) != '\0')
			reader->at++;
		if (!host_text_to_double(reader->text + at, reader->at - at, &predicate->number) ||
			!(predicate->number - predicate->number == 0))
			pattern_fail_at(reader, at, "a number", "Write a predicate as in purchase[value > 100].");
		predicate->number += 0.0;	/* no minus zero */
		atom->predicate_count++;
	} while (take(reader, ","));
	if (!take(reader, "]"))
		pattern_fail_at(reader, reader->at, "\",\" or \"]\"",
						"Several predicates are joined by commas: purchase[value > 100, value < 200].");
	atom->predicates = host_alloc_array(atom->predicate_count, sizeof(PatternPredicate));
	memcpy(atom->predicates, predicates, atom->predicate_count * sizeof(PatternPredicate));
}

/* ----- touchpoints ----- */

/* Where the part of a touchpoint that begins at `at` ends. */
static size_t
part_end(const PatternReader *reader, size_t at)
{
	size_t		end;

	if (char_at(reader, at) == '*')
		return at + 1;
	if (char_at(reader, at) == '"')
	{
		for (end = at + 1; end < reader->size; end++)
		{
			if (reader->text[end] != '"')
				continue;
			if (char_at(reader, end + 1) != '"')
				return end + 1;
			end++;
		}
		pattern_fail_at(reader, reader->size, "a closing quote", "A quote inside of quotes is doubled.");
	}
	end = plain_end(reader, at);
	if (end == at)
		pattern_fail_at(reader, at, "a step", char_at(reader, at) != '[' ? NULL :
						"Predicates stand directly behind a single event: (a[value > 1] | b[value > 1]).");
	return end;
}

void
pattern_read_atom(PatternReader *reader, PatternAtom *atom)
{
	size_t		at;
	size_t		end;

	skip_spaces(reader);
	at = reader->at;
	memset(atom, 0, sizeof(*atom));
	if (at_modifier(reader))
		pattern_fail_at(reader, at, "a step", "An event of the name strictly or within stands in double quotes.");
	end = char_at(reader, at) == ':' ? at : part_end(reader, at);
	if (char_at(reader, end) == ':' && char_at(reader, end + 1) != '=')
		end = part_end(reader, end + 1);
	if (char_at(reader, end) == ':' || char_at(reader, end) == '"')
		pattern_fail_at(reader, end, "a space or an arrow between two steps", NULL);
	touchpoint_parse(&atom->touchpoint, reader->text + at, end - at);
	if (end - at == 1 && (reader->text[at] == '.' || reader->text[at] == '*'))
	{
		memset(&atom->touchpoint, 0, sizeof(atom->touchpoint));
		atom->touchpoint.channel_part = atom->touchpoint.event_part = TOUCHPOINT_ANY;
		atom->touchpoint.bare = true;
	}
	reader->at = end;
	if (next_char(reader) == '[')
	{
		reader->at++;
		parse_predicates(reader, atom);
	}
}
