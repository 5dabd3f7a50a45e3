/*
 * pattern_parse.c
 *		The text of a journey pattern: recursive descent to a tree.
 *
 *	pattern		:= [ "!" set "->" ] choice [ "->" "!" set ] { "strictly" | "within" duration }
 *	choice		:= sequence { "|" sequence }
 *	sequence	:= run { arrow { "!" set arrow } run }
 *	arrow		:= "->" [ "[" limit { "," limit } "]" ]
 *	limit		:= ( "<=" | ">=" ) duration
 *	run			:= [ "^" ] element { element } [ "$" ]
 *	element		:= [ name ":=" ] part [ ( "?" | "*" | "+" | "{m,n}" ) [ "?" ] ]
 *	part		:= [ "!" ] atom | "(" choice ")" | "!" "(" choice of atoms ")"
 *				 | "{" set "&" set { "&" set } "}"
 *	atom		:= "." | touchpoint [ "[" "value" compare number { "," … } "]" ]
 *
 * A "!" that stands alone between arrows says what must not be there; anywhere
 * else it is an event that is something else.
 */
#include "base/duration.h"
#include "pattern/pattern_tree.h"

#define MAX_TEXT 65536
#define MAX_DEPTH 100
#define MAX_REPEAT 1000

typedef struct Parser
{
	const char *text;
	size_t		size;
	size_t		at;
	int			depth;			/* open parentheses */
	PatternTree *tree;
} Parser;

/* An element, and whether it was written as a bare "!x". */
typedef struct Element
{
	PatternNode *node;
	bool		bare_negation;
} Element;

static PatternNode *parse_choice(Parser *parser);

static const char *const general_hint =
"Write steps as in: view -> cart ->[<= 1 day] purchase within 7 days. "
"Names with other characters than A-Z a-z 0-9 _ . / - stand in double quotes.";

static void fail_at(const Parser *parser, size_t at, const char *expected, const char *hint) HOST_NORETURN;

static void
fail_at(const Parser *parser, size_t at, const char *expected, const char *hint)
{
	int			shown = parser->size > 200 ? 200 : (int) parser->size;

	host_fail(HOST_SYNTAX,
			  host_format("invalid pattern: \"%.*s\"", shown, parser->text),
			  host_format("Expected %s at %s %zu.", expected,
						  at >= parser->size ? "the end, character" : "character", at + 1),
			  hint ? hint : general_hint);
}

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

static void
skip_spaces(Parser *parser)
{
	while (parser->at < parser->size && is_space(parser->text[parser->at]))
		parser->at++;
}

static inline char
char_at(const Parser *parser, size_t at)
{
	return at < parser->size ? parser->text[at] : '\0';
}

static inline char
next_char(const Parser *parser)
{
	return char_at(parser, parser->at);
}

static bool
starts_with(const Parser *parser, size_t at, const char *what)
{
	size_t		length = strlen(what);

	return parser->size - at >= length && memcmp(parser->text + at, what, length) == 0;
}

/* Takes `what` if it comes next, behind spaces. */
static bool
take(Parser *parser, const char *what)
{
	skip_spaces(parser);
	if (!starts_with(parser, parser->at, what))
		return false;
	parser->at += strlen(what);
	return true;
}

/* Where the plain name that begins at `at` ends; an arrow is no part of it. */
static size_t
plain_end(const Parser *parser, size_t at)
{
	while (is_plain(char_at(parser, at)) && !starts_with(parser, at, "->"))
		at++;
	return at;
}

/* Does this word, which is reserved unless quoted, come next? */
static bool
at_word(const Parser *parser, const char *word)
{
	size_t		end = plain_end(parser, parser->at);

	return end - parser->at == strlen(word) && starts_with(parser, parser->at, word) &&
		char_at(parser, end) != ':';
}

static bool
at_modifier(const Parser *parser)
{
	return at_word(parser, "strictly") || at_word(parser, "within");
}

/* ----- growing lists of the tree ----- */

static void
add_atom(PatternClass *class, const PatternAtom *atom)
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

static PatternNode *
new_node(PatternNodeKind kind)
{
	PatternNode *node = host_alloc_zero(sizeof(PatternNode));

	node->kind = kind;
	return node;
}

static void
add_child(PatternNode *node, PatternNode *child, const PatternArrow *arrow)
{
	if ((node->count & (node->count - 1)) == 0)
	{
		size_t		capacity = node->count ? (size_t) node->count * 2 : 1;
		PatternNode **children = host_alloc_array(capacity, sizeof(PatternNode *));
		PatternArrow *arrows = host_alloc_array(capacity, sizeof(PatternArrow));

		if (node->count)
		{
			memcpy(children, node->children, node->count * sizeof(PatternNode *));
			memcpy(arrows, node->arrows, node->count * sizeof(PatternArrow));
		}
		node->children = children;
		node->arrows = arrows;
	}
	node->arrows[node->count] = *arrow;
	node->children[node->count++] = child;
}

static const PatternArrow no_limits = {0, PATTERN_FOREVER, NULL};

/* A node of one child is that child. */
static PatternNode *
unwrap(PatternNode *node)
{
	return node->count == 1 ? node->children[0] : node;
}

/* ----- durations and numbers ----- */

/* The duration that fills [at, end). */
static int64_t
parse_duration(const Parser *parser, size_t at, size_t end)
{
	int64_t		microseconds = 0;

	while (at < end && is_space(parser->text[at]))
		at++;
	while (end > at && is_space(parser->text[end - 1]))
		end--;
	switch (duration_parse(parser->text + at, end - at, &microseconds))
	{
		case DURATION_OK:
			return microseconds;
		case DURATION_CALENDAR:
			fail_at(parser, at, "a physical duration", "Use days of 24 hours: 30 days instead of 1 month.");
		case DURATION_RANGE:
			fail_at(parser, at, "a shorter duration", "Leave the limit out if there is none.");
		case DURATION_SYNTAX:
			break;
	}
	fail_at(parser, at, "a duration", "Write a number and a unit, for example 90 s, 10 min or 7 days.");
}

/* Limits in brackets behind "->"; the opening one is taken. */
static void
parse_limits(Parser *parser, PatternArrow *arrow)
{
	bool		has_least = false;
	bool		has_most = false;

	do
	{
		size_t		end;
		size_t		at;
		bool		most;

		skip_spaces(parser);
		at = parser->at;
		most = take(parser, "<=");
		if (!most && !take(parser, ">="))
			fail_at(parser, at, "\"<=\" or \">=\"",
					"Limits include their ends: write ->[<= 1 day] or ->[>= 10 min, <= 7 days].");
		if (most ? has_most : has_least)
			fail_at(parser, at, "one limit of a kind", "Give \"<=\" and \">=\" once each.");
		end = parser->at;
		while (end < parser->size && parser->text[end] != ',' && parser->text[end] != ']')
			end++;
		if (most)
			arrow->most = parse_duration(parser, parser->at, end);
		else
			arrow->least = parse_duration(parser, parser->at, end);
		has_most |= most;
		has_least |= !most;
		if (arrow->least > arrow->most)
			fail_at(parser, at, "limits that some time can keep", "The \"<=\" limit must be the larger one.");
		parser->at = end;
	} while (take(parser, ","));
	if (!take(parser, "]"))
		fail_at(parser, parser->at, "\"]\"", NULL);
}

static bool
take_arrow(Parser *parser, PatternArrow *arrow)
{
	if (!take(parser, "->"))
		return false;
	*arrow = no_limits;
	if (next_char(parser) == '[')
	{
		parser->at++;
		parse_limits(parser, arrow);
	}
	return true;
}

static PatternCompare
parse_compare(Parser *parser)
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
		if (take(parser, names[i].text))
			return names[i].compare;
	}
	fail_at(parser, parser->at, "a comparison", "Compare with <, <=, =, <>, >= or >.");
}

/* Predicates in brackets; the opening one is taken. */
static void
parse_predicates(Parser *parser, PatternAtom *atom)
{
	PatternPredicate predicates[16];

	do
	{
		PatternPredicate *predicate = &predicates[atom->predicate_count];
		size_t		at;

		if (atom->predicate_count == sizeof(predicates) / sizeof(predicates[0]))
			fail_at(parser, parser->at, "fewer predicates", NULL);
		if (!take(parser, "value"))
			fail_at(parser, parser->at, "\"value\"", "Write a predicate as in purchase[value > 100].");
		predicate->compare = parse_compare(parser);
		skip_spaces(parser);
		at = parser->at;
		while (strchr("0123456789+-.eE", next_char(parser)) && next_char(parser) != '\0')
			parser->at++;
		if (!host_text_to_double(parser->text + at, parser->at - at, &predicate->number) ||
			!(predicate->number - predicate->number == 0))
			fail_at(parser, at, "a number", "Write a predicate as in purchase[value > 100].");
		predicate->number += 0.0;	/* no minus zero */
		atom->predicate_count++;
	} while (take(parser, ","));
	if (!take(parser, "]"))
		fail_at(parser, parser->at, "\"]\"", NULL);
	atom->predicates = host_alloc_array(atom->predicate_count, sizeof(PatternPredicate));
	memcpy(atom->predicates, predicates, atom->predicate_count * sizeof(PatternPredicate));
}

/* ----- atoms and sets ----- */

/* Where the part of a touchpoint that begins at `at` ends. */
static size_t
part_end(const Parser *parser, size_t at)
{
	size_t		end;

	if (char_at(parser, at) == '*')
		return at + 1;
	if (char_at(parser, at) == '"')
	{
		for (end = at + 1; end < parser->size; end++)
		{
			if (parser->text[end] != '"')
				continue;
			if (char_at(parser, end + 1) != '"')
				return end + 1;
			end++;
		}
		fail_at(parser, parser->size, "a closing quote", "A quote inside of quotes is doubled.");
	}
	end = plain_end(parser, at);
	if (end == at)
		fail_at(parser, at, "a step", NULL);
	return end;
}

static void
parse_atom(Parser *parser, PatternAtom *atom)
{
	size_t		at;
	size_t		end;

	skip_spaces(parser);
	at = parser->at;
	memset(atom, 0, sizeof(*atom));
	if (at_modifier(parser))
		fail_at(parser, at, "a step", "An event of the name strictly or within stands in double quotes.");
	end = char_at(parser, at) == ':' ? at : part_end(parser, at);
	if (char_at(parser, end) == ':' && char_at(parser, end + 1) != '=')
		end = part_end(parser, end + 1);
	if (char_at(parser, end) == ':' || char_at(parser, end) == '"')
		fail_at(parser, end, "a space or an arrow between two steps", NULL);
	touchpoint_parse(&atom->touchpoint, parser->text + at, end - at);
	if (end - at == 1 && (parser->text[at] == '.' || parser->text[at] == '*'))
	{
		memset(&atom->touchpoint, 0, sizeof(atom->touchpoint));
		atom->touchpoint.channel_part = atom->touchpoint.event_part = TOUCHPOINT_ANY;
		atom->touchpoint.bare = true;
	}
	parser->at = end;
	if (next_char(parser) == '[')
	{
		parser->at++;
		parse_predicates(parser, atom);
	}
}

/* A choice in parentheses that is nothing but single events is a set. */
static bool
as_set(const PatternNode *node, PatternClass *class)
{
	memset(class, 0, sizeof(*class));
	if (node->kind == NODE_CLASS && node->capture == NULL)
	{
		*class = node->class;
		return true;
	}
	if (node->kind != NODE_CHOICE)
		return false;
	for (uint32_t i = 0; i < node->count; i++)
	{
		const PatternNode *child = node->children[i];

		if (child->kind != NODE_CLASS || child->capture || (child->class.negated && child->class.count > 1))
			return false;
		for (uint32_t k = 0; k < child->class.count; k++)
		{
			PatternAtom atom = child->class.atoms[k];

			atom.negated ^= child->class.negated;
			add_atom(class, &atom);
		}
	}
	return true;
}

/* "(" choice ")", of which the opening one comes next. */
static PatternNode *
parse_group(Parser *parser)
{
	PatternNode *node;
	PatternClass class;
	size_t		at = parser->at++;

	host_check_stack();
	if (++parser->depth > MAX_DEPTH)
		host_fail(HOST_LIMIT, "pattern has too many parentheses in each other", NULL,
				  host_format("Use at most %d.", MAX_DEPTH));
	node = parse_choice(parser);
	parser->depth--;
	if (!take(parser, ")"))
		fail_at(parser, parser->at, host_format("\")\" for the \"(\" at character %zu", at + 1), NULL);
	if (node->kind == NODE_CHOICE && as_set(node, &class))
	{
		node = new_node(NODE_CLASS);
		node->class = class;
	}
	return node;
}

/* An atom or a set in parentheses, either behind "!". */
static void
parse_set(Parser *parser, PatternClass *class)
{
	bool		negated = take(parser, "!");
	size_t		at;

	memset(class, 0, sizeof(*class));
	skip_spaces(parser);
	at = parser->at;
	if (next_char(parser) == '(')
	{
		if (!as_set(parse_group(parser), class))
			fail_at(parser, at, "single events", "Here a group may only choose among events: (a | b).");
	}
	else
	{
		PatternAtom atom;

		parse_atom(parser, &atom);
		add_atom(class, &atom);
	}
	class->negated ^= negated;
}

/* "{" set "&" set "}", of which the opening one is taken. */
static PatternNode *
parse_any_order(Parser *parser, size_t at)
{
	PatternNode *node = new_node(NODE_ANY_ORDER);

	do
	{
		PatternNode *member = new_node(NODE_CLASS);

		if (node->count == PATTERN_MAX_ANY_ORDER)
			fail_at(parser, at, host_format("at most %d steps in any order", PATTERN_MAX_ANY_ORDER),
					"Join sets of them by arrows, or ask for them one by one.");
		parse_set(parser, &member->class);
		add_child(node, member, &no_limits);
	} while (take(parser, "&"));
	if (!take(parser, "}"))
		fail_at(parser, parser->at, "\"&\" or \"}\"", "Steps in any order are written {a & b & c}.");
	if (node->count < 2)
		fail_at(parser, at, "two steps or more in any order", "Steps in any order are written {a & b & c}.");
	return node;
}

/* ----- quantifiers ----- */

/* Digits at *at; false if there are none. */
static bool
take_count(const Parser *parser, size_t *at, uint32_t *count)
{
	size_t		from = *at;

	*count = 0;
	for (; char_at(parser, *at) >= '0' && char_at(parser, *at) <= '9'; (*at)++)
	{
		*count = *count * 10 + (uint32_t) (parser->text[*at] - '0');
		if (*count > MAX_REPEAT)
			fail_at(parser, from, host_format("a count of at most %d", MAX_REPEAT), NULL);
	}
	return *at > from;
}

/* {m}, {m,}, {,n} and {m,n}; false if it is something else in braces. */
static bool
take_braces(Parser *parser, uint32_t *min, uint32_t *max)
{
	size_t		at = parser->at + 1;
	bool		has_min = take_count(parser, &at, min);
	bool		has_max = has_min;

	*max = *min;
	if (char_at(parser, at) == ',')
	{
		at++;
		while (is_space(char_at(parser, at)))
			at++;
		has_max = take_count(parser, &at, max);
		if (!has_max)
			*max = PATTERN_UNBOUNDED;
	}
	if (char_at(parser, at) != '}' || (!has_min && !has_max))
		return false;
	if (*max == 0 || *min > *max)
		fail_at(parser, parser->at, "a range of counts", "Write {2}, {2,} or {2,5}.");
	parser->at = at + 1;
	return true;
}

static PatternNode *
parse_quantifier(Parser *parser, PatternNode *node)
{
	PatternNode *repeat;
	uint32_t	min = 1;
	uint32_t	max = 1;

	switch (next_char(parser))
	{
		case '?':
			min = 0;
			parser->at++;
			break;
		case '*':
			min = 0;
			max = PATTERN_UNBOUNDED;
			parser->at++;
			break;
		case '+':
			max = PATTERN_UNBOUNDED;
			parser->at++;
			break;
		case '{':
			if (!take_braces(parser, &min, &max))
				return node;
			break;
		default:
			return node;
	}
	repeat = new_node(NODE_REPEAT);
	repeat->min = min;
	repeat->max = max;
	if (next_char(parser) == '?')
	{
		repeat->reluctant = true;
		parser->at++;
	}
	if (next_char(parser) == '*' || next_char(parser) == '+' || next_char(parser) == '?')
		fail_at(parser, parser->at, "one quantifier", "Put what is repeated twice into parentheses.");
	if (min == 1 && max == 1)
		return node;
	add_child(repeat, node, &no_limits);
	return repeat;
}

/* ----- elements, runs, sequences ----- */

static void
parse_capture(Parser *parser, PatternNode *node, size_t at, size_t name_end)
{
	parser->at = name_end + 2;
	parse_set(parser, &node->class);
	node->capture = parser->text + at;
	node->capture_size = (uint32_t) (name_end - at);
}

static Element
parse_element(Parser *parser)
{
	Element		element = {NULL, false};
	size_t		at = parser->at;
	size_t		name_end = plain_end(parser, at);

	if (name_end > at && starts_with(parser, name_end, ":="))
	{
		element.node = new_node(NODE_CLASS);
		parse_capture(parser, element.node, at, name_end);
	}
	else if (next_char(parser) == '(')
		element.node = parse_group(parser);
	else if (next_char(parser) == '{')
	{
		parser->at++;
		element.node = parse_any_order(parser, at);
	}
	else
	{
		element.bare_negation = next_char(parser) == '!';
		element.node = new_node(NODE_CLASS);
		parse_set(parser, &element.node->class);
	}
	at = parser->at;
	element.node = parse_quantifier(parser, element.node);
	if (parser->at > at && element.bare_negation)
		fail_at(parser, at, "no quantifier behind \"!\"",
				"Write (!a)+ for several events other than a.");
	return element;
}

/* Does the run end here? */
static bool
run_ends(Parser *parser)
{
	skip_spaces(parser);
	return parser->at == parser->size || next_char(parser) == ')' || next_char(parser) == '|' ||
		starts_with(parser, parser->at, "->") || at_modifier(parser);
}

/* Elements up to an arrow; `bare_negation` if they are nothing but "!x". */
static PatternNode *
parse_run(Parser *parser, bool first, bool *bare_negation)
{
	PatternNode *run = new_node(NODE_RUN);
	size_t		at;
	bool		anchored = false;

	*bare_negation = false;
	skip_spaces(parser);
	at = parser->at;
	if (take(parser, "^"))
	{
		if (!first || parser->depth > 0)
			fail_at(parser, at, "a step", "\"^\" stands once, at the very beginning: ^ view -> cart.");
		parser->tree->anchored_start = anchored = true;
		if (run_ends(parser))
			fail_at(parser, parser->at, "a step", "\"^\" stands directly before the first step: ^ view -> cart.");
	}
	do
	{
		Element		element;

		skip_spaces(parser);
		at = parser->at;
		if (run->count > 0 && take(parser, "$"))
		{
			if (parser->depth > 0 || !run_ends(parser) || starts_with(parser, parser->at, "->") ||
				next_char(parser) == '|' || next_char(parser) == ')')
				fail_at(parser, at, "a step", "\"$\" stands once, at the very end: cart -> purchase $.");
			parser->tree->anchored_end = anchored = true;
			break;
		}
		element = parse_element(parser);
		*bare_negation = element.bare_negation && run->count == 0;
		add_child(run, element.node, &no_limits);
	} while (!run_ends(parser));
	*bare_negation &= !anchored;
	return unwrap(run);
}

/* Adds to what must not be between what a "!x" is an event of: everything but x. */
static void
exclude(const Parser *parser, PatternArrow *arrow, const PatternClass *class)
{
	PatternClass *both;

	if (arrow->excluded == NULL)
	{
		/* the "!x" itself becomes no event, so its atoms are free to take */
		arrow->excluded = host_alloc(sizeof(PatternClass));
		*arrow->excluded = *class;
		arrow->excluded->negated = !class->negated;
		return;
	}
	/* not x and not y is not (x or y) */
	both = host_alloc_zero(sizeof(PatternClass));
	for (int side = 0; side < 2; side++)
	{
		PatternClass one = side == 0 ? *arrow->excluded : *class;

		one.negated ^= side == 1;
		if (one.negated && one.count > 1)
			fail_at(parser, parser->at, "one exclusion before this", NULL);
		for (uint32_t i = 0; i < one.count; i++)
		{
			PatternAtom atom = one.atoms[i];

			atom.negated ^= one.negated;
			add_atom(both, &atom);
		}
	}
	arrow->excluded = both;
}

static PatternNode *
parse_sequence(Parser *parser)
{
	PatternNode *sequence = new_node(NODE_SEQUENCE);
	PatternArrow arrow = no_limits;
	size_t		arrow_at = parser->at;
	bool		had_arrow = false;
	bool		excluded = false;

	for (;;)
	{
		size_t		at = (skip_spaces(parser), parser->at);
		bool		negation;
		PatternNode *run = parse_run(parser, sequence->count == 0 && !excluded, &negation);
		PatternArrow next = no_limits;
		size_t		next_at = (skip_spaces(parser), parser->at);
		bool		has_next = take_arrow(parser, &next);

		/* in parentheses a lone "!x" is an event, as it is in a run */
		if (parser->depth > 0 && !had_arrow && !has_next)
			negation = false;
		if (!negation)
		{
			add_child(sequence, run, &arrow);
			arrow = next;
			excluded = false;
		}
		else if (!had_arrow && !has_next)
			fail_at(parser, at, "a step",
					"Write (!a) for an event other than a; for journeys without a write NOT has_match(journey, 'a').");
		else
		{
			PatternArrow between = next;

			if (sequence->count == 0 || !has_next)
			{
				/* before the first or behind the last step: only outermost */
				PatternArrow *side = sequence->count == 0 ? &parser->tree->before : &parser->tree->after;

				if (parser->depth > 0 || next_char(parser) == '|')
					fail_at(parser, at, "a step before and behind the exclusion",
							"Inside of parentheses an exclusion stands between two steps: (a -> !x -> b).");
				if (excluded)
					fail_at(parser, at, "one exclusion here", "Exclude several as in !(a | b).");
				*side = sequence->count == 0 ? next : arrow;
				side->excluded = NULL;
				exclude(parser, side, &run->class);
				between = no_limits;
			}
			else
			{
				if (arrow.least > 0 || arrow.most < PATTERN_FOREVER)
					fail_at(parser, arrow_at, "\"->\" without limits",
							"Limits between two steps stand on the arrow behind the exclusion: a -> !x ->[<= 1 day] b.");
				between.excluded = arrow.excluded;
				exclude(parser, &between, &run->class);
			}
			arrow = between;
			excluded = true;
		}
		if (!has_next)
			break;
		had_arrow = true;
		arrow_at = next_at;
	}
	if (sequence->count == 0)
		fail_at(parser, parser->at, "a step", "An exclusion needs a step beside it: a -> !x -> b.");
	return unwrap(sequence);
}

static PatternNode *
parse_choice(Parser *parser)
{
	PatternNode *choice = new_node(NODE_CHOICE);

	do
	{
		host_check_interrupts();
		add_child(choice, parse_sequence(parser), &no_limits);
	} while (take(parser, "|"));
	if (choice->count > 1 && parser->depth == 0 &&
		(parser->tree->anchored_start || parser->tree->anchored_end ||
		 parser->tree->before.excluded || parser->tree->after.excluded))
		fail_at(parser, 0, "parentheses around the alternatives", "Write ^ (a | b) $ for both of them.");
	return unwrap(choice);
}

static void
parse_modifiers(Parser *parser)
{
	for (skip_spaces(parser); parser->at < parser->size; skip_spaces(parser))
	{
		if (at_word(parser, "strictly") && !parser->tree->strictly)
		{
			parser->tree->strictly = true;
			parser->at += strlen("strictly");
		}
		else if (at_word(parser, "within") && parser->tree->within == PATTERN_FOREVER)
		{
			size_t		end;

			parser->at += strlen("within");
			end = parser->at;
			while (end < parser->size && !starts_with(parser, end, "strictly"))
				end++;
			parser->tree->within = parse_duration(parser, parser->at, end);
			parser->at = end;
		}
		else
			fail_at(parser, parser->at, "the end", NULL);
	}
}

void
pattern_parse(PatternTree *tree, const char *text, size_t size)
{
	Parser		parser = {text, size, 0, 0, tree};
	PatternClass class;

	if (size > MAX_TEXT)
		host_fail(HOST_LIMIT, "pattern is too long", host_format("It has %zu bytes.", size),
				  host_format("Use at most %d.", MAX_TEXT));
	memset(tree, 0, sizeof(*tree));
	tree->within = PATTERN_FOREVER;
	tree->root = parse_choice(&parser);
	if (tree->root->kind == NODE_CHOICE)
	{
		if (as_set(tree->root, &class))
		{
			tree->root = new_node(NODE_CLASS);
			tree->root->class = class;
		}
	}
	parse_modifiers(&parser);
	if (pattern_nullable(tree->root))
		fail_at(&parser, 0, "at least one step that is not optional",
				"Use + instead of *, or leave out the quantifier of one step.");
}

/* ----- what a tree is ----- */

bool
pattern_nullable(const PatternNode *node)
{
	bool		all = true;
	bool		one = false;

	host_check_stack();
	if (node->kind == NODE_CLASS || node->kind == NODE_ANY_ORDER)
		return false;
	for (uint32_t i = 0; i < node->count; i++)
	{
		bool		child = pattern_nullable(node->children[i]);

		all &= child;
		one |= child;
	}
	if (node->kind == NODE_REPEAT)
		return node->min == 0 || all;
	return node->kind == NODE_CHOICE ? one : all;
}

static bool
is_chain_step(const PatternNode *node)
{
	if (node->kind == NODE_REPEAT && node->min == 0 && node->max == 1)
		node = node->children[0];
	return node->kind == NODE_ANY_ORDER || (node->kind == NODE_CLASS && node->capture == NULL);
}

bool
pattern_is_chain(const PatternTree *tree)
{
	const PatternNode *root = tree->root;

	if (tree->anchored_start || tree->anchored_end)
		return false;
	if (root->kind != NODE_SEQUENCE)
		return is_chain_step(root);
	for (uint32_t i = 0; i < root->count; i++)
	{
		if (!is_chain_step(root->children[i]))
			return false;
	}
	return true;
}
