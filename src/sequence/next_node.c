/*
 * next_node.c
 *		The node that follows a chain of conditions, or comes before it.
 */
#include "sequence/next_node.h"

#define ROWS_PER_CHECK 65536

static int
position_of(const char *name, size_t size, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
			return i;
	}
	return -1;
}

static HOST_NORETURN void
unknown(const char *what, const char *name, size_t size, const char *hint)
{
	host_fail(HOST_BAD_PARAMETER,
			  host_format("unknown %s \"%.*s\"", what, (int) (size < 100 ? size : 100), name),
			  NULL, hint);
}

void
next_node_parameters(const char *direction, size_t direction_size,
					 const char *base, size_t base_size,
					 NodeDirection *direction_out, NodeBase *base_out)
{
	static const char *const directions[] = {"forward", "backward"};
	static const char *const bases[] = {"head", "tail", "first_match", "last_match"};
	int			found_direction = position_of(direction, direction_size, directions, 2);
	int			found_base = position_of(base, base_size, bases, 4);

	if (found_direction < 0)
		unknown("direction", direction, direction_size, "Write forward or backward.");
	if (found_base < 0)
		unknown("base", base, base_size, "Write head, tail, first_match or last_match.");
	*direction_out = (NodeDirection) found_direction;
	*base_out = (NodeBase) found_base;
	if ((*base_out == NODE_HEAD && *direction_out == NODE_BACKWARD) ||
		(*base_out == NODE_TAIL && *direction_out == NODE_FORWARD))
		host_fail(HOST_BAD_PARAMETER,
				  host_format("base %s has nothing in direction %s",
							  bases[found_base], directions[found_direction]), NULL,
				  "Write head with forward, tail with backward.");
}

int
next_node_compare(const NodeRow *a, const NodeRow *b)
{
	int			order;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	order = memcmp(a->node, b->node, a->size < b->size ? a->size : b->size);
	if (order != 0)
		return order;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	if (a->mask != b->mask)
		return a->mask < b->mask ? -1 : 1;
	return (int) a->base - (int) b->base;
}

static bool
may_begin(const NodeRow *row, NodeBase base)
{
	if (!row->base)
		return false;
	return base == NODE_HEAD || base == NODE_TAIL || (row->mask & 1) != 0;
}

/* The row where the chain begins; `count` if there is none. */
static size_t
find_base(const NodeRow *rows, size_t count, NodeBase base)
{
	bool		from_end = base == NODE_TAIL || base == NODE_LAST_MATCH;
	size_t		looked_at = base == NODE_HEAD || base == NODE_TAIL ? 1 : count;

	for (size_t i = 0; i < looked_at; i++)
	{
		size_t		row = from_end ? count - 1 - i : i;

		if (i % ROWS_PER_CHECK == 0)
			host_check_interrupts();
		if (may_begin(&rows[row], base))
			return row;
	}
	return count;
}

const NodeRow *
next_node(const NodeRow *rows, size_t count, NodeDirection direction, NodeBase base,
		  unsigned conditions)
{
	size_t		row;

	/* the chain and the node beside it are different rows */
	if (count <= conditions)
		return NULL;
	row = find_base(rows, count, base);
	if (row == count || (direction == NODE_FORWARD ? count - row : row + 1) <= conditions)
		return NULL;
	for (unsigned i = 0; i < conditions; i++)
	{
		if (!(rows[row].mask >> i & 1))
			return NULL;
		row = direction == NODE_FORWARD ? row + 1 : row - 1;
	}
	return &rows[row];
}

void
node_row_pack(ByteBuffer *out, const NodeRow *row)
{
	buffer_varint(out, bytes_zigzag(row->at));
	buffer_varint(out, row->mask << 1 | row->base);
	buffer_varint(out, row->size);
	buffer_bytes(out, row->node, row->size);
}

bool
node_row_unpack(ByteReader *reader, NodeRow *row)
{
	uint64_t	flags;
	uint64_t	size;

	row->at = bytes_unzigzag(reader_varint(reader));
	flags = reader_varint(reader);
	row->mask = flags >> 1;
	row->base = flags & 1;
	size = reader_varint(reader);
	row->node = (const char *) reader_bytes(reader, size);
	row->size = (uint32_t) size;
	return !reader->bad;
}
