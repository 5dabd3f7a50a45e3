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
#include "pattern/pattern_reader.h"

#define MAX_TEXT 65536
#define MAX_DEPTH 100
#define MAX_REPEAT 1000

/* An element, and whether it was written as a bare "!x". */
typedef struct Element
{
	PatternNode *node;
	bool		bare_negation;
} Element;

static PatternNode *parse_choice(PatternReader *reader);

/* ----- growing the tree ----- */

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

/* A node of one child is that child. */
static PatternNode *
unwrap(PatternNode *node)
{
	return node->count == 1 ? node->children[0] : node;
}

/* ----- sets ----- */

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
			pattern_add_atom(class, &atom);
		}
	}
	return true;
}

/* "(" choice ")", of which the opening one comes next. */
static PatternNode *
parse_group(PatternReader *reader)
{
	PatternNode *node;
	PatternClass class;
	size_t		at = reader->at++;

	host_check_stack();
	if (++reader->depth > MAX_DEPTH)
		host_fail(HOST_LIMIT, "pattern has too many parentheses in each other", NULL,
				  host_format("Use at most %d.", MAX_DEPTH));
	node = parse_choice(reader);
	reader->depth--;
	if (!take(reader, ")"))
		pattern_fail_at(reader, reader->at, host_format("\")\" for the \"(\" at character %zu",
														  pattern_character(reader, at)), NULL);
	if (node->kind == NODE_CHOICE && as_set(node, &class))
	{
		node = new_node(NODE_CLASS);
		node->class = class;
	}
	return node;
}

/* An atom or a set in parentheses, either behind "!". */
static void
parse_set(PatternReader *reader, PatternClass *class)
{
	bool		negated = take(reader, "!");
	size_t		at;

	memset(class, 0, sizeof(*class));
	skip_spaces(reader);
	at = reader->at;
	if (next_char(reader) == '(')
	{
		if (!as_set(parse_group(reader), class))
			pattern_fail_at(reader, at, "single events", "Here a group may only choose among events: (a | b).");
	}
	else
	{
		PatternAtom atom;

		pattern_read_atom(reader, &atom);
		pattern_add_atom(class, &atom);
	}
	class->negated ^= negated;
}

/* "{" set "&" set "}", of which the opening one is taken. */
static PatternNode *
parse_any_order(PatternReader *reader, size_t at)
{
	PatternNode *node = new_node(NODE_ANY_ORDER);

	do
	{
		PatternNode *member = new_node(NODE_CLASS);

		if (node->count == PATTERN_MAX_ANY_ORDER)
			pattern_fail_at(reader, at, host_format("at most %d steps in any order", PATTERN_MAX_ANY_ORDER),
					"Join sets of them by arrows, or ask for them one by one.");
		parse_set(reader, &member->class);
		add_child(node, member, &pattern_no_limits);
	} while (take(reader, "&"));
	if (!take(reader, "}"))
		pattern_fail_at(reader, reader->at, "\"&\" or \"}\"", "Steps in any order are written {a & b & c}.");
	if (node->count < 2)
		pattern_fail_at(reader, at, "two steps or more in any order", "Steps in any order are written {a & b & c}.");
	return node;
}

/* ----- quantifiers ----- */

/* Digits at *at; false if there are none. */
static bool
take_count(const PatternReader *reader, size_t *at, uint32_t *count)
{
	size_t		from = *at;

	*count = 0;
	for (; char_at(reader, *at) >= '0' && char_at(reader, *at) <= '9'; (*at)++)
	{
		*count = *count * 10 + (uint32_t) (reader->text[*at] - '0');
		if (*count > MAX_REPEAT)
			host_fail(HOST_LIMIT, "pattern repeats too often",
					  host_format("The count at character %zu is larger than %d.",
								  pattern_character(reader, from), MAX_REPEAT),
					  "Use + or {2,} for any number of times.");
	}
	return *at > from;
}

/* {m}, {m,}, {,n} and {m,n}; false if it is something else in braces. */
static bool
take_braces(PatternReader *reader, uint32_t *min, uint32_t *max)
{
	size_t		at = reader->at + 1;
	bool		has_min = take_count(reader, &at, min);
	bool		has_max = has_min;

	*max = *min;
	if (char_at(reader, at) == ',')
	{
		at++;
		while (is_space(char_at(reader, at)))
			at++;
		has_max = take_count(reader, &at, max);
		if (!has_max)
			*max = PATTERN_UNBOUNDED;
	}
	if (char_at(reader, at) != '}' || (!has_min && !has_max))
		return false;
	if (*max == 0 || *min > *max)
		pattern_fail_at(reader, reader->at, "a range of counts", "Write {2}, {2,} or {2,5}.");
	reader->at = at + 1;
	return true;
}

static PatternNode *
parse_quantifier(PatternReader *reader, PatternNode *node)
{
	PatternNode *repeat;
	uint32_t	min = 1;
	uint32_t	max = 1;

	switch (next_char(reader))
	{
		case '?':
			min = 0;
			reader->at++;
			break;
		case '*':
			min = 0;
			max = PATTERN_UNBOUNDED;
			reader->at++;
			break;
		case '+':
			max = PATTERN_UNBOUNDED;
			reader->at++;
			break;
		case '{':
			if (!take_braces(reader, &min, &max))
				return node;
			break;
		default:
			return node;
	}
	repeat = new_node(NODE_REPEAT);
	repeat->min = min;
	repeat->max = max;
	if (next_char(reader) == '?')
	{
		repeat->reluctant = true;
		reader->at++;
	}
	if (next_char(reader) == '*' || next_char(reader) == '+' || next_char(reader) == '?')
		pattern_fail_at(reader, reader->at, "one quantifier", "Put what is repeated twice into parentheses.");
	if (min == 1 && max == 1)
		return node;
	add_child(repeat, node, &pattern_no_limits);
	return repeat;
}

/* ----- elements, runs, sequences ----- */

static void
parse_capture(PatternReader *reader, PatternNode *node, size_t at, size_t name_end)
{
	reader->at = name_end + 2;
	parse_set(reader, &node->class);
	node->capture = reader->text + at;
	node->capture_size = (uint32_t) (name_end - at);
}

static Element
parse_element(PatternReader *reader)
{
	Element		element = {NULL, false};
	size_t		at = reader->at;
	size_t		name_end = plain_end(reader, at);

	if (name_end > at && starts_with(reader, name_end, ":="))
	{
		element.node = new_node(NODE_CLASS);
		parse_capture(reader, element.node, at, name_end);
	}
	else if (next_char(reader) == '(')
		element.node = parse_group(reader);
	else if (next_char(reader) == '{')
	{
		reader->at++;
		element.node = parse_any_order(reader, at);
	}
	else
	{
		element.bare_negation = next_char(reader) == '!';
		element.node = new_node(NODE_CLASS);
		parse_set(reader, &element.node->class);
	}
	at = reader->at;
	element.node = parse_quantifier(reader, element.node);
	if (reader->at > at && element.bare_negation)
		pattern_fail_at(reader, at, "no quantifier behind \"!\"",
				"Write (!a)+ for several events other than a.");
	return element;
}

/* Does the run end here? */
static bool
run_ends(PatternReader *reader)
{
	skip_spaces(reader);
	return reader->at == reader->size || next_char(reader) == ')' || next_char(reader) == '|' ||
		starts_with(reader, reader->at, "->") || at_modifier(reader);
}

/* Elements up to an arrow; `bare_negation` if they are nothing but "!x". */
static PatternNode *
parse_run(PatternReader *reader, bool first, bool *bare_negation)
{
	PatternNode *run = new_node(NODE_RUN);
	size_t		at;
	bool		anchored = false;

	*bare_negation = false;
	skip_spaces(reader);
	at = reader->at;
	if (take(reader, "^"))
	{
		if (!first || reader->depth > 0)
			pattern_fail_at(reader, at, "a step", "\"^\" stands once, at the very beginning: ^ view -> cart.");
		reader->tree->anchored_start = anchored = true;
		if (run_ends(reader))
			pattern_fail_at(reader, reader->at, "a step", "\"^\" stands directly before the first step: ^ view -> cart.");
	}
	do
	{
		Element		element;

		skip_spaces(reader);
		at = reader->at;
		if (run->count > 0 && take(reader, "$"))
		{
			if (reader->depth > 0 || !run_ends(reader) || starts_with(reader, reader->at, "->") ||
				next_char(reader) == '|' || next_char(reader) == ')')
				pattern_fail_at(reader, at, "a step", "\"$\" stands once, at the very end: cart -> purchase $.");
			reader->tree->anchored_end = anchored = true;
			break;
		}
		element = parse_element(reader);
		*bare_negation = element.bare_negation && run->count == 0;
		add_child(run, element.node, &pattern_no_limits);
	} while (!run_ends(reader));
	*bare_negation &= !anchored;
	return unwrap(run);
}

/* Adds to what must not be between what a "!x" is an event of: everything but x. */
static void
exclude(const PatternReader *reader, PatternArrow *arrow, const PatternClass *class)
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
			pattern_fail_at(reader, reader->at, "one exclusion before this", NULL);
		for (uint32_t i = 0; i < one.count; i++)
		{
			PatternAtom atom = one.atoms[i];

			atom.negated ^= one.negated;
			pattern_add_atom(both, &atom);
		}
	}
	arrow->excluded = both;
}

static PatternNode *
parse_sequence(PatternReader *reader)
{
	PatternNode *sequence = new_node(NODE_SEQUENCE);
	PatternArrow arrow = pattern_no_limits;
	size_t		arrow_at = reader->at;
	bool		had_arrow = false;
	bool		excluded = false;

	for (;;)
	{
		size_t		at = (skip_spaces(reader), reader->at);
		bool		negation;
		PatternNode *run = parse_run(reader, sequence->count == 0 && !excluded, &negation);
		PatternArrow next = pattern_no_limits;
		size_t		next_at = (skip_spaces(reader), reader->at);
		bool		has_next = pattern_take_arrow(reader, &next);

		/* in parentheses a lone "!x" is an event, as it is in a run */
		if (reader->depth > 0 && !had_arrow && !has_next)
			negation = false;
		if (!negation)
		{
			add_child(sequence, run, &arrow);
			arrow = next;
			excluded = false;
		}
		else if (!had_arrow && !has_next)
			pattern_fail_at(reader, at, "a step",
					"Write (!a) for an event other than a; for journeys without a write NOT has_match(journey, 'a').");
		else
		{
			PatternArrow between = next;

			if (sequence->count == 0 || !has_next)
			{
				/* before the first or behind the last step: only outermost */
				PatternArrow *side = sequence->count == 0 ? &reader->tree->before : &reader->tree->after;

				if (reader->depth > 0 || next_char(reader) == '|')
					pattern_fail_at(reader, at, "a step before and behind the exclusion",
							"Inside of parentheses an exclusion stands between two steps: (a -> !x -> b).");
				if (excluded)
					pattern_fail_at(reader, at, "one exclusion here", "Exclude several as in !(a | b).");
				*side = sequence->count == 0 ? next : arrow;
				side->excluded = NULL;
				exclude(reader, side, &run->class);
				between = pattern_no_limits;
			}
			else
			{
				if (arrow.least > 0 || arrow.most < PATTERN_FOREVER)
					pattern_fail_at(reader, arrow_at, "\"->\" without limits",
							"Limits between two steps stand on the arrow behind the exclusion: a -> !x ->[<= 1 day] b.");
				between.excluded = arrow.excluded;
				exclude(reader, &between, &run->class);
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
		pattern_fail_at(reader, reader->at, "a step", "An exclusion needs a step beside it: a -> !x -> b.");
	return unwrap(sequence);
}

static PatternNode *
parse_choice(PatternReader *reader)
{
	PatternNode *choice = new_node(NODE_CHOICE);

	do
	{
		host_check_interrupts();
		add_child(choice, parse_sequence(reader), &pattern_no_limits);
	} while (take(reader, "|"));
	if (choice->count > 1 && reader->depth == 0 &&
		(reader->tree->anchored_start || reader->tree->anchored_end ||
		 reader->tree->before.excluded || reader->tree->after.excluded))
		pattern_fail_at(reader, 0, "parentheses around the alternatives", "Write ^ (a | b) $ for both of them.");
	return unwrap(choice);
}

static void
parse_modifiers(PatternReader *reader)
{
	for (skip_spaces(reader); reader->at < reader->size; skip_spaces(reader))
	{
		if (at_word(reader, "strictly") && !reader->tree->strictly)
		{
			reader->tree->strictly = true;
			reader->at += strlen("strictly");
		}
		else if (at_word(reader, "within") && reader->tree->within == PATTERN_FOREVER)
		{
			size_t		end;

			reader->at += strlen("within");
			end = reader->at;
			while (end < reader->size && (is_plain(reader->text[end - 1]) || !word_stands(reader, end, "strictly")))
				end++;
			reader->tree->within = pattern_read_duration(reader, reader->at, end);
			reader->at = end;
		}
		else
			pattern_fail_at(reader, reader->at, "the end", NULL);
	}
}

void
pattern_parse(PatternTree *tree, const char *text, size_t size)
{
	PatternReader		reader = {text, size, 0, 0, tree};
	PatternClass class;

	if (size > MAX_TEXT)
		host_fail(HOST_LIMIT, "pattern is too long", host_format("It has %zu bytes.", size),
				  host_format("Use at most %d.", MAX_TEXT));
	memset(tree, 0, sizeof(*tree));
	tree->within = PATTERN_FOREVER;
	tree->root = parse_choice(&reader);
	if (tree->root->kind == NODE_CHOICE)
	{
		if (as_set(tree->root, &class))
		{
			tree->root = new_node(NODE_CLASS);
			tree->root->class = class;
		}
	}
	parse_modifiers(&reader);
	if (pattern_nullable(tree->root))
		pattern_fail_at(&reader, 0, "at least one step that is not optional",
				"Use + instead of *, or leave out the quantifier of one step.");
}
