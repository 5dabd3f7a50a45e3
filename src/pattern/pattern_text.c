/*
 * pattern_text.c
 *		The canonical text of a journey pattern.
 *
 * One space on either side of arrows, bars and ampersands, quotes and
 * parentheses only where needed, durations in their longest units.
 */
#include "base/duration.h"
#include "pattern/pattern_tree.h"

static void append_element(ByteBuffer *out, const PatternNode *node, bool alone);
static void append_inside(ByteBuffer *out, const PatternNode *node);

bool
pattern_same_word(const char *text, size_t size, const char *word)
{
	if (size != strlen(word))
		return false;
	for (size_t i = 0; i < size; i++)
	{
		if (text[i] != word[i] && (text[i] < 'A' || text[i] > 'Z' || text[i] - 'A' + 'a' != word[i]))
			return false;
	}
	return true;
}

static bool
is_part(const Touchpoint *touchpoint, const char *word)
{
	return pattern_same_word(touchpoint->event, touchpoint->event_size, word);
}

static void
append_atom(ByteBuffer *out, const PatternAtom *atom)
{
	static const char *const compares[] = {"<", "<=", "=", "<>", ">=", ">"};
	const TouchpointPattern *pattern = &atom->touchpoint;

	if (pattern->bare && pattern->event_part == TOUCHPOINT_ANY)
		buffer_byte(out, '.');
	else if (pattern->bare && (is_part(&pattern->touchpoint, ".") ||
							   is_part(&pattern->touchpoint, "strictly") ||
							   is_part(&pattern->touchpoint, "within")))
	{
		/* names that mean something else here, unless quoted */
		buffer_byte(out, '"');
		buffer_bytes(out, pattern->touchpoint.event, pattern->touchpoint.event_size);
		buffer_byte(out, '"');
	}
	else
		touchpoint_pattern_append(out, pattern);
	for (uint32_t i = 0; i < atom->predicate_count; i++)
	{
		char		number[HOST_DOUBLE_TEXT_MAX];

		buffer_text(out, i == 0 ? "[value " : ", value ");
		buffer_text(out, compares[atom->predicates[i].compare]);
		buffer_byte(out, ' ');
		buffer_bytes(out, number, host_double_to_text(atom->predicates[i].number, number));
	}
	if (atom->predicate_count > 0)
		buffer_byte(out, ']');
}

static bool
is_negated(const PatternClass *class)
{
	return class->negated != (class->count == 1 && class->atoms[0].negated);
}

void
pattern_append_class(ByteBuffer *out, const PatternClass *class)
{
	if (is_negated(class))
		buffer_byte(out, '!');
	if (class->count == 1)
	{
		append_atom(out, &class->atoms[0]);
		return;
	}
	for (uint32_t i = 0; i < class->count; i++)
	{
		buffer_text(out, i == 0 ? "(" : " | ");
		if (class->atoms[i].negated)
			buffer_byte(out, '!');
		append_atom(out, &class->atoms[i]);
	}
	buffer_byte(out, ')');
}

static void
append_exclusion(ByteBuffer *out, const PatternClass *class)
{
	buffer_byte(out, '!');
	if (is_negated(class))
		buffer_byte(out, '(');
	pattern_append_class(out, class);
	if (is_negated(class))
		buffer_byte(out, ')');
}

static void
append_duration(ByteBuffer *out, int64_t microseconds)
{
	char		text[DURATION_TEXT_MAX];

	buffer_bytes(out, text, duration_to_text(microseconds, text));
}

/* "->" with its limits. */
static void
append_arrow(ByteBuffer *out, const PatternArrow *arrow)
{
	buffer_text(out, "->");
	if (arrow->least > 0)
	{
		buffer_text(out, "[>= ");
		append_duration(out, arrow->least);
	}
	if (arrow->most < PATTERN_FOREVER)
	{
		buffer_text(out, arrow->least > 0 ? ", <= " : "[<= ");
		append_duration(out, arrow->most);
	}
	if (arrow->least > 0 || arrow->most < PATTERN_FOREVER)
		buffer_byte(out, ']');
}

/* All that stands between two steps of a sequence. */
static void
append_between(ByteBuffer *out, const PatternArrow *arrow)
{
	buffer_byte(out, ' ');
	if (arrow->excluded)
	{
		buffer_text(out, "-> ");
		append_exclusion(out, arrow->excluded);
		buffer_byte(out, ' ');
	}
	append_arrow(out, arrow);
	buffer_byte(out, ' ');
}

static void
append_quantifier(ByteBuffer *out, const PatternNode *node)
{
	if (node->min == 0 && node->max == 1)
		buffer_byte(out, '?');
	else if (node->min <= 1 && node->max == PATTERN_UNBOUNDED)
		buffer_byte(out, node->min == 0 ? '*' : '+');
	else if (node->min == node->max)
		buffer_text(out, host_format("{%u}", node->min));
	else if (node->max == PATTERN_UNBOUNDED)
		buffer_text(out, host_format("{%u,}", node->min));
	else
		buffer_text(out, host_format("{%u,%u}", node->min, node->max));
	if (node->reluctant)
		buffer_byte(out, '?');
}

/* `alone` is an element with an arrow on either side, where "!x" means no event. */
static void
append_element(ByteBuffer *out, const PatternNode *node, bool alone)
{
	bool		parentheses = false;

	host_check_stack();
	switch (node->kind)
	{
		case NODE_CLASS:
			if (node->capture)
			{
				buffer_bytes(out, node->capture, node->capture_size);
				buffer_text(out, ":=");
			}
			parentheses = alone && node->capture == NULL && is_negated(&node->class);
			buffer_text(out, parentheses ? "(" : "");
			pattern_append_class(out, &node->class);
			buffer_text(out, parentheses ? ")" : "");
			break;
		case NODE_ANY_ORDER:
			for (uint32_t i = 0; i < node->count; i++)
			{
				buffer_text(out, i == 0 ? "{" : " & ");
				pattern_append_class(out, &node->children[i]->class);
			}
			buffer_byte(out, '}');
			break;
		case NODE_REPEAT:
			if (node->children[0]->kind == NODE_REPEAT)
			{
				buffer_byte(out, '(');
				append_element(out, node->children[0], true);
				buffer_byte(out, ')');
			}
			else
				append_element(out, node->children[0], true);
			append_quantifier(out, node);
			break;
		case NODE_RUN:
		case NODE_SEQUENCE:
		case NODE_CHOICE:
			buffer_byte(out, '(');
			append_inside(out, node);
			buffer_byte(out, ')');
			break;
	}
}

/* What stands inside of parentheses. */
static void
append_inside(ByteBuffer *out, const PatternNode *node)
{
	host_check_stack();
	switch (node->kind)
	{
		case NODE_RUN:
			for (uint32_t i = 0; i < node->count; i++)
			{
				buffer_text(out, i == 0 ? "" : " ");
				append_element(out, node->children[i], false);
			}
			break;
		case NODE_SEQUENCE:
			for (uint32_t i = 0; i < node->count; i++)
			{
				if (i > 0)
					append_between(out, &node->arrows[i]);
				if (node->children[i]->kind == NODE_RUN)
					append_inside(out, node->children[i]);
				else
					append_element(out, node->children[i], true);
			}
			break;
		case NODE_CHOICE:
			for (uint32_t i = 0; i < node->count; i++)
			{
				buffer_text(out, i == 0 ? "" : " | ");
				if (node->children[i]->kind == NODE_CHOICE)
					append_element(out, node->children[i], false);
				else
					append_inside(out, node->children[i]);
			}
			break;
		default:
			append_element(out, node, false);
			break;
	}
}

static uint32_t
steps_of(const PatternNode *run)
{
	return run->kind == NODE_RUN ? run->count : 1;
}

uint32_t
pattern_step_count(const PatternTree *tree)
{
	uint32_t	steps = 0;

	if (tree->root->kind != NODE_SEQUENCE)
		return steps_of(tree->root);
	for (uint32_t i = 0; i < tree->root->count; i++)
		steps += steps_of(tree->root->children[i]);
	return steps;
}

/* The steps of one run; returns where those of the next go. */
static PatternSpan *
append_steps(ByteBuffer *out, const PatternNode *run, bool alone, PatternSpan *steps)
{
	for (uint32_t i = 0; i < steps_of(run); i++)
	{
		const PatternNode *step = run->kind == NODE_RUN ? run->children[i] : run;

		buffer_text(out, i == 0 ? "" : " ");
		steps->at = (uint32_t) out->size;
		append_element(out, step, alone && run->kind != NODE_RUN);
		steps->size = (uint32_t) out->size - steps->at;
		steps++;
	}
	return steps;
}

void
pattern_append_text(ByteBuffer *out, const PatternTree *tree, PatternSpan *steps)
{
	const PatternNode *root = tree->root;
	size_t		from = out->size;
	PatternSpan *step = steps;

	if (tree->before.excluded)
	{
		append_exclusion(out, tree->before.excluded);
		buffer_byte(out, ' ');
		append_arrow(out, &tree->before);
		buffer_byte(out, ' ');
	}
	if (tree->anchored_start)
		buffer_text(out, "^ ");
	if (root->kind == NODE_SEQUENCE)
	{
		for (uint32_t i = 0; i < root->count; i++)
		{
			if (i > 0)
				append_between(out, &root->arrows[i]);
			step = append_steps(out, root->children[i], true, step);
		}
	}
	else
		append_steps(out, root, true, step);
	if (tree->anchored_end)
		buffer_text(out, " $");
	if (tree->after.excluded)
	{
		buffer_byte(out, ' ');
		append_arrow(out, &tree->after);
		buffer_byte(out, ' ');
		append_exclusion(out, tree->after.excluded);
	}
	if (tree->strictly)
		buffer_text(out, " strictly");
	if (tree->within < PATTERN_FOREVER)
	{
		buffer_text(out, " within ");
		append_duration(out, tree->within);
	}
	for (uint32_t i = 0; i < pattern_step_count(tree); i++)
		steps[i].at -= (uint32_t) from;
}
