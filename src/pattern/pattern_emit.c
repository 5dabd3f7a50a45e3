/*
 * pattern_emit.c
 *		From the tree of a pattern to instructions.
 */
#include "pattern/pattern_compiler.h"

#define MAX_INSTRUCTIONS 32768

void
pattern_too_large(const char *what, unsigned limit)
{
	host_fail(HOST_LIMIT, "pattern is too large",
			  host_format("It needs more than %u %s.", limit, what),
			  "Repeat less often: write a+ instead of a{1,1000}, shorter sets in any order, and fewer optional steps in a row.");
}

/* ----- classes ----- */

static uint32_t
add_string(Compiler *compiler, const char *data, uint32_t size)
{
	uint32_t	at = (uint32_t) compiler->strings.size;

	buffer_bytes(&compiler->strings, data, size);
	return at;
}

uint32_t
pattern_add_class(Compiler *compiler, const PatternClass *class)
{
	PatternSet	set = {COUNT(compiler->atoms, PatternFlatAtom), 0, class->negated, 0};
	const PatternAtom *const *sources = (const PatternAtom *const *) compiler->sources.data;

	/* a repetition comes again and again with the same ones */
	for (uint32_t i = COUNT(compiler->sets, PatternSet); i-- > 0;)
	{
		if (sources[i] == class->atoms)
			return i;
	}

	for (uint32_t i = 0; i < class->count; i++)
	{
		const PatternAtom *atom = &class->atoms[i];
		const Touchpoint *touchpoint = &atom->touchpoint.touchpoint;
		PatternFlatAtom flat = {0};

		flat.channel_part = atom->touchpoint.channel_part;
		flat.event_part = atom->touchpoint.event_part;
		flat.channel = add_string(compiler, touchpoint->channel, touchpoint->channel_size);
		flat.channel_size = touchpoint->channel_size;
		flat.event = add_string(compiler, touchpoint->event, touchpoint->event_size);
		flat.event_size = touchpoint->event_size;
		flat.negated = atom->negated;
		flat.predicates = COUNT(compiler->predicates, PatternFlatPredicate);
		for (uint32_t k = 0; k < atom->predicate_count; k++)
		{
			PatternFlatPredicate predicate = {atom->predicates[k].number, atom->predicates[k].compare, 0};

			buffer_bytes(&compiler->predicates, &predicate, sizeof(predicate));
		}
		flat.predicates_end = COUNT(compiler->predicates, PatternFlatPredicate);
		buffer_bytes(&compiler->atoms, &flat, sizeof(flat));
	}
	set.atoms_end = COUNT(compiler->atoms, PatternFlatAtom);
	buffer_bytes(&compiler->sets, &set, sizeof(set));
	buffer_bytes(&compiler->sources, &class->atoms, sizeof(class->atoms));
	return COUNT(compiler->sets, PatternSet) - 1;
}

/* ----- instructions ----- */

static uint32_t
emit(Compiler *compiler, Opcode code, uint32_t a, uint32_t b)
{
	if (compiler->count == MAX_INSTRUCTIONS)
		pattern_too_large("instructions", MAX_INSTRUCTIONS);
	if (compiler->count == compiler->capacity)
	{
		compiler->capacity = checked_growth(compiler->capacity, compiler->count + 1);
		compiler->instructions = host_realloc_array(compiler->instructions, compiler->capacity, sizeof(Instruction));
	}
	compiler->instructions[compiler->count] = (Instruction) {code, a, b};
	return compiler->count++;
}

static void
emit_event(Compiler *compiler, uint32_t class, uint32_t capture)
{
	PatternPosition position = {class, compiler->step, 0, capture, 0, 0, 0, 0};
	uint32_t	number = COUNT(compiler->positions, PatternPosition);

	if (number == PATTERN_MAX_POSITIONS)
		pattern_too_large("places for events", PATTERN_MAX_POSITIONS);
	buffer_bytes(&compiler->positions, &position, sizeof(position));
	emit(compiler, OP_EVENT, number, 0);
}

static void
emit_arrow(Compiler *compiler, int64_t least, int64_t most, uint32_t excluded)
{
	PatternGate gate = {least, most, excluded, 0, 0, 0};

	/* times are whole microseconds */
	if ((compiler->pattern->header.flags & PATTERN_STRICTLY) && least == 0)
		gate.least = 1;
	emit(compiler, OP_ARROW, COUNT(compiler->gates, PatternGate), 0);
	buffer_bytes(&compiler->gates, &gate, sizeof(gate));
}

/* A fork whose one way is the next instruction, the other to be set when known. */
static uint32_t
emit_fork(Compiler *compiler)
{
	return emit(compiler, OP_FORK, compiler->count + 1, 0);
}

static void
set_fork(Compiler *compiler, uint32_t fork, bool skip_first)
{
	Instruction *instruction = &compiler->instructions[fork];

	instruction->b = compiler->count;
	if (skip_first)
	{
		instruction->b = instruction->a;
		instruction->a = compiler->count;
	}
}

static uint32_t
capture_number(Compiler *compiler, const PatternNode *node)
{
	const PatternName *names = (const PatternName *) compiler->captures.data;
	uint32_t	count = COUNT(compiler->captures, PatternName);
	PatternName name;

	if (node->capture == NULL)
		return PATTERN_NONE;
	for (uint32_t i = 0; i < count; i++)
	{
		if (names[i].size == node->capture_size &&
			memcmp(compiler->strings.data + names[i].at, node->capture, node->capture_size) == 0)
			return i;
	}
	name.at = add_string(compiler, node->capture, node->capture_size);
	name.size = node->capture_size;
	buffer_bytes(&compiler->captures, &name, sizeof(name));
	return count;
}

/* Of each member the one before that is alike, as a bit; 0 for none. */
static void
find_twins(const PatternNode *node, uint32_t *twins)
{
	ByteBuffer	texts[PATTERN_MAX_ANY_ORDER];

	for (uint32_t i = 0; i < node->count; i++)
	{
		buffer_init(&texts[i], 64);
		pattern_append_class(&texts[i], &node->children[i]->class);
		twins[i] = 0;
		for (uint32_t k = i; k-- > 0 && twins[i] == 0;)
		{
			if (texts[k].size == texts[i].size && memcmp(texts[k].data, texts[i].data, texts[i].size) == 0)
				twins[i] = 1U << k;
		}
	}
	for (uint32_t i = 0; i < node->count; i++)
		host_free(texts[i].data);
}

/*
 * Members in any order: one place of instructions for each subset that was met.
 * Members that are alike are met in the order they are written in, for any
 * other would double the places and match nothing more.
 */
static void
emit_any_order(Compiler *compiler, const PatternNode *node)
{
	uint32_t	classes[PATTERN_MAX_ANY_ORDER];
	uint32_t	twins[PATTERN_MAX_ANY_ORDER];
	uint32_t	jumps[1 << PATTERN_MAX_ANY_ORDER];	/* of the subset: where its instructions begin */
	uint32_t	all = (1U << node->count) - 1;
	uint32_t	begin = compiler->count;

	find_twins(node, twins);
	for (uint32_t i = 0; i < node->count; i++)
		classes[i] = pattern_add_class(compiler, &node->children[i]->class);
	for (uint32_t subset = 0; subset < all; subset++)
	{
		uint32_t	next = 0;	/* the members that may be met now */
		bool		can_be = true;

		for (uint32_t i = 0; i < node->count; i++)
		{
			bool		before = (twins[i] & ~subset) == 0;

			if ((subset & (1U << i)) != 0)
				can_be &= before;
			else if (before)
				next |= 1U << i;
		}
		if (!can_be)
			continue;
		jumps[subset] = compiler->count;
		if (subset != 0)
			emit_arrow(compiler, 0, PATTERN_FOREVER, PATTERN_NONE);
		for (uint32_t i = 0; i < node->count; i++)
		{
			uint32_t	fork = 0;

			if ((next & (1U << i)) == 0)
				continue;
			next &= ~(1U << i);
			if (next != 0)
				fork = emit_fork(compiler);
			emit_event(compiler, classes[i], PATTERN_NONE);
			/* known when all subsets are; remembered as a subset until then */
			emit(compiler, OP_JUMP, subset | 1U << i, 1);
			if (next != 0)
				set_fork(compiler, fork, false);
		}
	}
	jumps[all] = compiler->count;
	for (uint32_t at = begin; at < compiler->count; at++)
	{
		Instruction *jump = &compiler->instructions[at];

		if (jump->code == OP_JUMP && jump->b == 1)
			*jump = (Instruction) {OP_JUMP, jumps[jump->a], 0};
	}
}

static void emit_node(Compiler *compiler, const PatternNode *node);

static void
emit_repeat(Compiler *compiler, const PatternNode *node)
{
	uint32_t   *forks;

	for (uint32_t i = 0; i < node->min; i++)
		emit_node(compiler, node->children[0]);
	if (node->max == PATTERN_UNBOUNDED)
	{
		uint32_t	fork = emit_fork(compiler);

		emit_node(compiler, node->children[0]);
		emit(compiler, OP_JUMP, fork, 0);
		set_fork(compiler, fork, node->reluctant);
		return;
	}
	forks = host_alloc_array((size_t) node->max + 1, sizeof(uint32_t));
	for (uint32_t i = node->min; i < node->max; i++)
	{
		forks[i] = emit_fork(compiler);
		emit_node(compiler, node->children[0]);
	}
	for (uint32_t i = node->min; i < node->max; i++)
		set_fork(compiler, forks[i], node->reluctant);
	host_free(forks);
}

static void
emit_choice(Compiler *compiler, const PatternNode *node)
{
	uint32_t   *jumps = host_alloc_array(node->count, sizeof(uint32_t));

	for (uint32_t i = 0; i < node->count; i++)
	{
		uint32_t	fork = i + 1 < node->count ? emit_fork(compiler) : 0;

		emit_node(compiler, node->children[i]);
		jumps[i] = emit(compiler, OP_JUMP, 0, 0);
		if (i + 1 < node->count)
			set_fork(compiler, fork, false);
	}
	for (uint32_t i = 0; i < node->count; i++)
		compiler->instructions[jumps[i]].a = compiler->count;
	host_free(jumps);
}

static bool
prefers_nothing(const PatternNode *node)
{
	return node->kind == NODE_REPEAT && node->min == 0 && node->reluctant;
}

/* `top` counts the steps of the pattern and marks those that must be. */
static void
emit_run(Compiler *compiler, const PatternNode *run, bool top)
{
	uint32_t	count = run->kind == NODE_RUN ? run->count : 1;

	for (uint32_t i = 0; i < count; i++)
	{
		const PatternNode *element = run->kind == NODE_RUN ? run->children[i] : run;

		emit_node(compiler, element);
		if (!top)
			continue;
		if (!pattern_nullable(element))
			compiler->pattern->header.levels++;
		emit(compiler, OP_MARK, compiler->pattern->header.levels, 0);
		compiler->pattern->steps[compiler->step++].level =
			pattern_nullable(element) ? 0 : compiler->pattern->header.levels;
	}
}

static void
emit_sequence(Compiler *compiler, const PatternNode *node, bool top)
{
	for (uint32_t i = 0; i < node->count; i++)
	{
		const PatternNode *run = node->children[i];
		const PatternArrow *arrow = &node->arrows[i];
		bool		skips = i > 0 && pattern_nullable(run);
		uint32_t	fork = 0;

		/* who skips a step skips the arrow into it */
		if (skips)
			fork = emit_fork(compiler);
		if (i > 0)
			emit_arrow(compiler, arrow->least, arrow->most,
					   arrow->excluded ? pattern_add_class(compiler, arrow->excluded) : PATTERN_NONE);
		emit_run(compiler, run, top);
		if (skips)
		{
			emit(compiler, OP_NEED, 0, 0);
			set_fork(compiler, fork, prefers_nothing(run));
		}
	}
}

static void
emit_node(Compiler *compiler, const PatternNode *node)
{
	host_check_stack();
	host_check_interrupts();
	switch (node->kind)
	{
		case NODE_CLASS:
			emit_event(compiler, pattern_add_class(compiler, &node->class), capture_number(compiler, node));
			break;
		case NODE_RUN:
			emit_run(compiler, node, false);
			break;
		case NODE_SEQUENCE:
			emit_sequence(compiler, node, false);
			break;
		case NODE_CHOICE:
			emit_choice(compiler, node);
			break;
		case NODE_REPEAT:
			emit_repeat(compiler, node);
			break;
		case NODE_ANY_ORDER:
			emit_any_order(compiler, node);
			break;
	}
}

void
pattern_emit_root(Compiler *compiler, const PatternNode *root)
{
	if (root->kind == NODE_SEQUENCE)
		emit_sequence(compiler, root, true);
	else
		emit_run(compiler, root, true);
	emit(compiler, OP_END, 0, 0);
}
