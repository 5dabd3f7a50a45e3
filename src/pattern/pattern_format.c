/*
 * pattern_format.c
 *		The flat bytes of a pattern: a PatternHeader and its arrays, one behind
 *		the other, each aligned, of this machine's byte order.
 *
 * Between machines a pattern travels as text (send and recv); the bytes are
 * for rows and for memory.  They are checked all the same: no index in them
 * leads outside.
 */
#include "pattern/pattern.h"

static void corrupt(const char *detail) HOST_NORETURN;

static void
corrupt(const char *detail)
{
	host_fail(HOST_CORRUPT, "pattern is not valid", detail, NULL);
}

/* An array of the value: where its pointer is, how long it is. */
typedef struct Section
{
	void	  **data;
	size_t		size;
} Section;

#define SECTIONS 13

static void
list_sections(Pattern *pattern, Section sections[SECTIONS])
{
	const PatternHeader *header = &pattern->header;
	const Section all[SECTIONS] = {
		/* those with 8-byte members first */
		{(void **) &pattern->gates, header->gate_count * sizeof(PatternGate)},
		{(void **) &pattern->predicates, header->predicate_count * sizeof(PatternFlatPredicate)},
		{(void **) &pattern->positions, header->position_count * sizeof(PatternPosition)},
		{(void **) &pattern->steps, header->step_count * sizeof(PatternStep)},
		{(void **) &pattern->sets, header->set_count * sizeof(PatternSet)},
		{(void **) &pattern->atoms, header->atom_count * sizeof(PatternFlatAtom)},
		{(void **) &pattern->captures, header->capture_count * sizeof(PatternName)},
		{(void **) &pattern->first, header->first_count * sizeof(uint32_t)},
		{(void **) &pattern->links, header->link_count * sizeof(uint32_t)},
		{(void **) &pattern->targets, header->target_count * sizeof(uint32_t)},
		{(void **) &pattern->required, header->required_count * sizeof(uint32_t)},
		{(void **) &pattern->text, header->text_size},
		{(void **) &pattern->strings, header->string_size}
	};

	memcpy(sections, all, sizeof(all));
}

void
pattern_append_flat(ByteBuffer *out, const Pattern *pattern)
{
	Pattern		copy = *pattern;
	Section		sections[SECTIONS];

	buffer_bytes(out, &pattern->header, sizeof(PatternHeader));
	list_sections(&copy, sections);
	for (int i = 0; i < SECTIONS; i++)
		buffer_bytes(out, *sections[i].data, sections[i].size);
}

void
pattern_from_text(ByteBuffer *out, const char *text, size_t size)
{
	PatternTree tree;
	Pattern		pattern;

	pattern_parse(&tree, text, size);
	pattern_compile(&pattern, &tree);
	pattern_append_flat(out, &pattern);
}

/* ----- checks ----- */

static void
check_span(uint64_t from, uint64_t size, uint64_t limit)
{
	if (from + size > limit)
		corrupt("A text of it leads outside.");
}

static void
check_range(uint32_t from, uint32_t end, uint32_t limit)
{
	if (from > end || end > limit)
		corrupt("A list of it leads outside.");
}

static void
check_index(uint32_t index, uint32_t count)
{
	if (index >= count)
		corrupt("A number of it leads outside.");
}

static void
check_classes(const Pattern *pattern)
{
	const PatternHeader *header = &pattern->header;

	for (uint32_t i = 0; i < header->set_count; i++)
		check_range(pattern->sets[i].atoms, pattern->sets[i].atoms_end, header->atom_count);
	for (uint32_t i = 0; i < header->atom_count; i++)
	{
		const PatternFlatAtom *atom = &pattern->atoms[i];

		check_span(atom->channel, atom->channel_size, header->string_size);
		check_span(atom->event, atom->event_size, header->string_size);
		check_range(atom->predicates, atom->predicates_end, header->predicate_count);
		check_index(atom->channel_part, TOUCHPOINT_EXACT + 1);
		check_index(atom->event_part, TOUCHPOINT_EXACT + 1);
	}
	for (uint32_t i = 0; i < header->predicate_count; i++)
		check_index(pattern->predicates[i].compare, COMPARE_GREATER + 1);
	for (uint32_t i = 0; i < header->required_count; i++)
		check_index(pattern->required[i], header->set_count);
	for (uint32_t i = 0; i < header->capture_count; i++)
		check_span(pattern->captures[i].at, pattern->captures[i].size, header->string_size);
}

static void
check_program(const Pattern *pattern)
{
	const PatternHeader *header = &pattern->header;

	for (uint32_t i = 0; i < header->position_count; i++)
	{
		const PatternPosition *position = &pattern->positions[i];

		check_index(position->class, header->set_count);
		check_index(position->step, header->step_count);
		check_index(position->level, header->levels + 1);
		if (position->capture != PATTERN_NONE)
			check_index(position->capture, header->capture_count);
		check_range(position->links, position->links_end, header->link_count);
	}
	for (uint32_t i = 0; i < header->gate_count; i++)
	{
		const PatternGate *gate = &pattern->gates[i];

		if (gate->excluded != PATTERN_NONE)
			check_index(gate->excluded, header->set_count);
		check_range(gate->targets, gate->targets_end, header->target_count);
		if (gate->least < 0 || gate->most < 0)
			corrupt("A limit of time is negative.");
	}
	for (uint32_t i = 0; i < header->link_count; i++)
		check_index(PATTERN_LINK_INDEX(pattern->links[i]),
					PATTERN_LINK_IS_GATE(pattern->links[i]) ? header->gate_count : header->position_count);
	for (uint32_t i = 0; i < header->target_count; i++)
		check_index(pattern->targets[i], header->position_count);
	for (uint32_t i = 0; i < header->first_count; i++)
		check_index(pattern->first[i], header->position_count);
	for (uint32_t i = 0; i < header->step_count; i++)
	{
		check_span(pattern->steps[i].text, pattern->steps[i].text_size, header->text_size);
		check_index(pattern->steps[i].level, header->levels + 1);
	}
	if (header->within < 0 || header->before.least < 0 || header->before.most < 0 ||
		header->after.least < 0 || header->after.most < 0)
		corrupt("A limit of time is negative.");
	if (header->before.excluded != PATTERN_NONE)
		check_index(header->before.excluded, header->set_count);
	if (header->after.excluded != PATTERN_NONE)
		check_index(header->after.excluded, header->set_count);
}

/* ----- opening ----- */

static size_t
open_header(Pattern *pattern, Section sections[SECTIONS], const void *data, size_t size)
{
	size_t		end = sizeof(PatternHeader);
	const PatternHeader *header = &pattern->header;

	if (size > 0 && ((const uint8_t *) data)[0] != PATTERN_VERSION)
		corrupt(host_format("Its format version is %d; this is version %d.",
							((const uint8_t *) data)[0], PATTERN_VERSION));
	if (size < sizeof(PatternHeader))
		corrupt("It is cut short.");
	memcpy(&pattern->header, data, sizeof(PatternHeader));
	if ((header->flags & ~PATTERN_FLAGS) != 0 || header->levels == 0 ||
		header->position_count > PATTERN_MAX_POSITIONS || header->link_count > PATTERN_MAX_LINKS ||
		header->step_count > PATTERN_MAX_STEPS || header->levels > header->step_count)
		corrupt("Its header is out of range.");
	list_sections(pattern, sections);
	for (int i = 0; i < SECTIONS; i++)
		end = checked_add_size(end, sections[i].size);
	if (end != size)
		corrupt("It is cut short or too long.");
	return end;
}

void
pattern_open(Pattern *pattern, const void *data, size_t size)
{
	Section		sections[SECTIONS];
	char	   *at = (char *) data + sizeof(PatternHeader);

	open_header(pattern, sections, data, size);
	for (int i = 0; i < SECTIONS; i++)
	{
		*sections[i].data = at;
		at += sections[i].size;
	}
	check_classes(pattern);
	check_program(pattern);
}

const char *
pattern_flat_text(const void *data, size_t size, uint32_t *text_size)
{
	Pattern		pattern;
	Section		sections[SECTIONS];
	size_t		end = open_header(&pattern, sections, data, size);

	*text_size = pattern.header.text_size;
	return (const char *) data + end - pattern.header.string_size - pattern.header.text_size;
}

TouchpointPattern
pattern_touchpoint(const Pattern *pattern, const PatternFlatAtom *atom)
{
	TouchpointPattern touchpoint = {0};

	touchpoint.channel_part = (TouchpointPart) atom->channel_part;
	touchpoint.event_part = (TouchpointPart) atom->event_part;
	touchpoint.touchpoint.channel = pattern->strings + atom->channel;
	touchpoint.touchpoint.channel_size = atom->channel_size;
	touchpoint.touchpoint.event = pattern->strings + atom->event;
	touchpoint.touchpoint.event_size = atom->event_size;
	return touchpoint;
}
