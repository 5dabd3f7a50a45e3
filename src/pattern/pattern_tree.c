/*
 * pattern_tree.c
 *		What the tree of a pattern is: can it match nothing, is it a chain?
 */
#include "pattern/pattern_tree.h"

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
