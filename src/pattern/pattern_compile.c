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
#include "pattern/pattern_compiler.h"

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
		pattern_too_large("links between places for events", PATTERN_MAX_LINKS);
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
		class = pattern_add_class(compiler, &node->class);
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
	side.excluded = pattern_add_class(compiler, arrow->excluded);
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
	pattern_emit_root(&compiler, root);
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
