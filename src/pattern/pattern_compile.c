/*
 * pattern_compile.c
 *		From the tree of a pattern to its program.
 *
 * First a list of instructions as for any regular expression: events, jumps,
 * forks whose first way is the better one, arrows, marks of mandatory steps
 * done.  Then, from behind every event and every arrow, all that can be reached
 * without an event is gathered in order of preference: these are the links,
 * and instructions are forgotten.
 */
#include "pattern/pattern.h"

#define MAX_INSTRUCTIONS 32768

typedef enum Opcode
{
	OP_EVENT,					/* a position */
	OP_ARROW,					/* a gate */
	OP_FORK,					/* a, and then b */
	OP_JUMP,					/* a */
	OP_MARK,					/* mandatory steps up to a are done */
	OP_NEED,					/* not before an event has come behind the last arrow */
	OP_END
} Opcode;

typedef struct Instruction
{
	Opcode		code;
	uint32_t	a;
	uint32_t	b;
} Instruction;

typedef struct Compiler
{
	Pattern    *pattern;
	Instruction *instructions;
	uint32_t	count;
	size_t		capacity;
	uint32_t	step;			/* in work */
	uint32_t   *seen;			/* by instruction and way to it: walk that was there last */
	uint32_t	walk;
	uint32_t   *stack;
	ByteBuffer	sources;		/* of each class: its atoms in the tree */
	ByteBuffer	gates;			/* growing arrays of the program */
	ByteBuffer	predicates;
	ByteBuffer	positions;
	ByteBuffer	sets;
	ByteBuffer	atoms;
	ByteBuffer	captures;
	ByteBuffer	first;
	ByteBuffer	links;
	ByteBuffer	targets;
	ByteBuffer	required;
	ByteBuffer	strings;
} Compiler;

static void too_large(const char *what, unsigned limit) HOST_NORETURN;

static void
too_large(const char *what, unsigned limit)
{
	host_fail(HOST_LIMIT, "pattern is too large",
			  host_format("It needs more than %u %s.", limit, what),
			  "Repeat less often: write a+ instead of a{1,1000}, and shorter sets in any order.");
}

#define COUNT(buffer, type) ((uint32_t) ((buffer).size / sizeof(type)))

/* ----- classes ----- */

static uint32_t
add_string(Compiler *compiler, const char *data, uint32_t size)
{
	uint32_t	at = (uint32_t) compiler->strings.size;

	buffer_bytes(&compiler->strings, data, size);
	return at;
}

static uint32_t
add_class(Compiler *compiler, const PatternClass *class)
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
		too_large("instructions", MAX_INSTRUCTIONS);
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
		too_large("places for events", PATTERN_MAX_POSITIONS);
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

/* Members in any order: one place of instructions for each subset that was met. */
static void
emit_any_order(Compiler *compiler, const PatternNode *node)
{
	uint32_t	classes[PATTERN_MAX_ANY_ORDER];
	uint32_t	jumps[1 << PATTERN_MAX_ANY_ORDER];	/* of the subset: where its instructions begin */
	uint32_t	all = (1U << node->count) - 1;
	uint32_t	begin = compiler->count;

	for (uint32_t i = 0; i < node->count; i++)
		classes[i] = add_class(compiler, &node->children[i]->class);
	for (uint32_t subset = 0; subset < all; subset++)
	{
		uint32_t	left = all & ~subset;

		jumps[subset] = compiler->count;
		if (subset != 0)
			emit_arrow(compiler, 0, PATTERN_FOREVER, PATTERN_NONE);
		for (uint32_t i = 0; i < node->count; i++)
		{
			uint32_t	fork = 0;

			if ((left & (1U << i)) == 0)
				continue;
			left &= ~(1U << i);
			if (left != 0)
				fork = emit_fork(compiler);
			emit_event(compiler, classes[i], PATTERN_NONE);
			/* known when all subsets are; remembered as a subset until then */
			emit(compiler, OP_JUMP, subset | 1U << i, 1);
			if (left != 0)
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
					   arrow->excluded ? add_class(compiler, arrow->excluded) : PATTERN_NONE);
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
			emit_event(compiler, add_class(compiler, &node->class), capture_number(compiler, node));
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

/* ----- from instructions to links ----- */

typedef enum Walk
{
	WALK_FIRST,					/* from the beginning: arrows are open */
	WALK_EVENT,					/* from behind an event: arrows are links */
	WALK_ARROW					/* from behind an arrow: for events alone */
} Walk;

static void
add_link(ByteBuffer *out, uint32_t link)
{
	if (COUNT(*out, uint32_t) == PATTERN_MAX_LINKS)
		too_large("links between places for events", PATTERN_MAX_LINKS);
	buffer_bytes(out, &link, sizeof(link));
}

/*
 * Appends to `out` what can be reached from `from` without an event, in order
 * of preference; `level` becomes that of the last mark passed.
 *
 * An arrow is not the end of the way: where the step behind it is skipped, the
 * next arrow counts instead of it.  So on the stack stands an instruction and
 * whether an arrow was passed on the way to it.
 */
static void
walk(Compiler *compiler, Walk kind, uint32_t from, ByteBuffer *out, uint32_t *level)
{
	uint32_t	depth = 0;

	host_check_interrupts();
	compiler->walk++;
	compiler->stack[depth++] = from << 1 | (kind == WALK_ARROW);
	while (depth > 0)
	{
		uint32_t	way = compiler->stack[--depth];
		uint32_t	at = way >> 1;
		uint32_t	passed = way & 1;
		const Instruction *instruction = &compiler->instructions[at];

		if (compiler->seen[way] == compiler->walk)
			continue;
		compiler->seen[way] = compiler->walk;
		switch (instruction->code)
		{
			case OP_EVENT:
				if (kind != WALK_EVENT)
					add_link(out, instruction->a);
				else if (!passed)
					add_link(out, PATTERN_LINK_POSITION(instruction->a));
				break;
			case OP_ARROW:
				if (kind == WALK_EVENT)
					add_link(out, PATTERN_LINK_GATE(instruction->a));
				if (kind != WALK_ARROW)
					compiler->stack[depth++] = (at + 1) << 1 | (kind == WALK_EVENT);
				break;
			case OP_FORK:
				compiler->stack[depth++] = instruction->b << 1 | passed;
				compiler->stack[depth++] = instruction->a << 1 | passed;
				break;
			case OP_JUMP:
				compiler->stack[depth++] = instruction->a << 1 | passed;
				break;
			case OP_MARK:
				if (level && !passed && *level < instruction->a)
					*level = instruction->a;
				compiler->stack[depth++] = way + 2;
				break;
			case OP_NEED:
				if (!passed)
					compiler->stack[depth++] = way + 2;
				break;
			case OP_END:
				break;
		}
	}
}

static void
link_all(Compiler *compiler)
{
	PatternPosition *positions = (PatternPosition *) compiler->positions.data;
	PatternGate *gates = (PatternGate *) compiler->gates.data;

	compiler->seen = host_alloc_zero(((size_t) compiler->count * 2 + 2) * sizeof(uint32_t));
	/* each way seen puts at most two on the stack */
	compiler->stack = host_alloc_array((size_t) compiler->count * 4 + 4, sizeof(uint32_t));
	for (uint32_t at = 0; at < compiler->count; at++)
	{
		const Instruction *instruction = &compiler->instructions[at];

		if (instruction->code == OP_EVENT)
		{
			PatternPosition *position = &positions[instruction->a];

			position->links = COUNT(compiler->links, uint32_t);
			walk(compiler, WALK_EVENT, at + 1, &compiler->links, &position->level);
			position->links_end = COUNT(compiler->links, uint32_t);
		}
		else if (instruction->code == OP_ARROW)
		{
			PatternGate *gate = &gates[instruction->a];

			gate->targets = COUNT(compiler->targets, uint32_t);
			walk(compiler, WALK_ARROW, at + 1, &compiler->targets, NULL);
			gate->targets_end = COUNT(compiler->targets, uint32_t);
		}
	}
	walk(compiler, WALK_FIRST, 0, &compiler->first, NULL);
	for (uint32_t i = 0; i < COUNT(compiler->first, uint32_t); i++)
		positions[((uint32_t *) compiler->first.data)[i]].first = true;
}

/* ----- what every match must have ----- */

/* Could the set hold whatever touchpoint there is? */
static bool
is_open(const PatternClass *class)
{
	if (class->negated)
		return true;
	for (uint32_t i = 0; i < class->count; i++)
	{
		const TouchpointPattern *pattern = &class->atoms[i].touchpoint;

		if (class->atoms[i].negated ||
			(pattern->channel_part == TOUCHPOINT_ANY && pattern->event_part == TOUCHPOINT_ANY))
			return true;
	}
	return false;
}

static void
add_required(Compiler *compiler, const PatternNode *node)
{
	host_check_stack();
	if (node->kind == NODE_CLASS)
	{
		uint32_t	class;

		if (is_open(&node->class))
			return;
		class = add_class(compiler, &node->class);
		buffer_bytes(&compiler->required, &class, sizeof(class));
	}
	else if (node->kind == NODE_CHOICE || (node->kind == NODE_REPEAT && node->min == 0))
		return;
	for (uint32_t i = 0; i < node->count; i++)
		add_required(compiler, node->children[i]);
}

/* ----- the whole ----- */

static PatternSide
compile_side(Compiler *compiler, const PatternArrow *arrow)
{
	PatternSide side = {0, PATTERN_FOREVER, PATTERN_NONE, 0};

	if (arrow->excluded == NULL)
		return side;
	/* the event of the step itself is never excluded */
	side.least = arrow->least > 0 ? arrow->least : 1;
	side.most = arrow->most;
	side.excluded = add_class(compiler, arrow->excluded);
	return side;
}

static void
compile_text(Compiler *compiler, const PatternTree *tree)
{
	Pattern    *pattern = compiler->pattern;
	uint32_t	count = pattern_step_count(tree);
	PatternSpan *spans = host_alloc_array((size_t) count + 1, sizeof(PatternSpan));
	ByteBuffer	text;

	if (count > PATTERN_MAX_STEPS)
		host_fail(HOST_LIMIT, "pattern has too many steps", host_format("It has %u.", count),
				  host_format("Use at most %d.", PATTERN_MAX_STEPS));
	buffer_init(&text, 256);
	pattern_append_text(&text, tree, spans);
	pattern->text = (char *) text.data;
	pattern->header.text_size = (uint32_t) text.size;
	pattern->header.step_count = count;
	pattern->steps = host_alloc_zero(((size_t) count + 1) * sizeof(PatternStep));
	for (uint32_t i = 0; i < count; i++)
	{
		pattern->steps[i].text = spans[i].at;
		pattern->steps[i].text_size = spans[i].size;
	}
	host_free(spans);
}

static void
init_buffers(Compiler *compiler)
{
	ByteBuffer *buffers[] = {
		&compiler->sources, &compiler->gates, &compiler->predicates, &compiler->positions, &compiler->sets,
		&compiler->atoms, &compiler->captures, &compiler->first, &compiler->links,
		&compiler->targets, &compiler->required, &compiler->strings
	};

	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		buffer_init(buffers[i], 256);
}

void
pattern_compile(Pattern *pattern, const PatternTree *tree)
{
	Compiler	compiler = {.pattern = pattern};
	PatternHeader *header = &pattern->header;
	const PatternNode *root = tree->root;

	memset(pattern, 0, sizeof(*pattern));
	init_buffers(&compiler);
	compiler.capacity = 64;
	compiler.instructions = host_alloc_array(compiler.capacity, sizeof(Instruction));
	header->version = PATTERN_VERSION;
	header->flags = (uint8_t) ((pattern_is_chain(tree) ? PATTERN_CHAIN : 0) |
							   (tree->strictly ? PATTERN_STRICTLY : 0) |
							   (tree->anchored_start ? PATTERN_ANCHORED_START : 0) |
							   (tree->anchored_end ? PATTERN_ANCHORED_END : 0));
	header->within = tree->within;
	compile_text(&compiler, tree);
	header->before = compile_side(&compiler, &tree->before);
	header->after = compile_side(&compiler, &tree->after);
	if (root->kind == NODE_SEQUENCE)
		emit_sequence(&compiler, root, true);
	else
		emit_run(&compiler, root, true);
	emit(&compiler, OP_END, 0, 0);
	link_all(&compiler);
	add_required(&compiler, root);

	header->gate_count = COUNT(compiler.gates, PatternGate);
	header->predicate_count = COUNT(compiler.predicates, PatternFlatPredicate);
	header->position_count = COUNT(compiler.positions, PatternPosition);
	header->set_count = COUNT(compiler.sets, PatternSet);
	header->atom_count = COUNT(compiler.atoms, PatternFlatAtom);
	header->capture_count = COUNT(compiler.captures, PatternName);
	header->first_count = COUNT(compiler.first, uint32_t);
	header->link_count = COUNT(compiler.links, uint32_t);
	header->target_count = COUNT(compiler.targets, uint32_t);
	header->required_count = COUNT(compiler.required, uint32_t);
	header->string_size = (uint32_t) compiler.strings.size;
	pattern->gates = (PatternGate *) compiler.gates.data;
	pattern->predicates = (PatternFlatPredicate *) compiler.predicates.data;
	pattern->positions = (PatternPosition *) compiler.positions.data;
	pattern->sets = (PatternSet *) compiler.sets.data;
	pattern->atoms = (PatternFlatAtom *) compiler.atoms.data;
	pattern->captures = (PatternName *) compiler.captures.data;
	pattern->first = (uint32_t *) compiler.first.data;
	pattern->links = (uint32_t *) compiler.links.data;
	pattern->targets = (uint32_t *) compiler.targets.data;
	pattern->required = (uint32_t *) compiler.required.data;
	pattern->strings = (char *) compiler.strings.data;
	host_free(compiler.instructions);
	host_free(compiler.seen);
	host_free(compiler.stack);
}
