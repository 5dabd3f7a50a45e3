/*
 * pattern_compiler.h
 *		What the files of the pattern compiler share: instructions, and the
 *		growing arrays of the program.
 */
#ifndef INTENT_PATTERN_COMPILER_H
#define INTENT_PATTERN_COMPILER_H

#include "pattern/pattern.h"

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

#define COUNT(buffer, type) ((uint32_t) ((buffer).size / sizeof(type)))

/* The number of a class of the tree in the program. */
extern uint32_t pattern_add_class(Compiler *compiler, const PatternClass *class);

/* The instructions of a whole pattern (pattern_emit.c); counts its mandatory steps. */
extern void pattern_emit_root(Compiler *compiler, const PatternNode *root);

extern void pattern_too_large(const char *what, unsigned limit) HOST_NORETURN;

#endif							/* INTENT_PATTERN_COMPILER_H */
