/*
 * linkage_block.c
 *		Blocks of rows that have a key in common, and the pairs in them.
 *
 * Pairs are made row by row and never stored: a row's partners are the later
 * rows of all its blocks, each listed once, which a stamp on it tells.
 */
#include "identity/linkage_key.h"

/* Rows on either side with which a row of a large block is compared. */
#define REACH 25

/* ----- blocks ----- */

typedef struct Member
{
	uint64_t	hash;
	uint32_t	row;
} Member;

typedef struct Members
{
	Member	   *member;
	Member	   *room;			/* as much again, for sorting */
	size_t		count;
	size_t		capacity;
} Members;

/* The bits that tell blocks apart; two keys in a block only make it larger. */
#define BLOCK_BITS 40
#define SORT_BITS 10

/* Rows come in order, and each pass keeps it; an even number of them ends where it began. */
static void
sort_members(Members *members)
{
	Member	   *from = members->member;
	Member	   *to = members->room;

	for (int shift = 64 - BLOCK_BITS; shift < 64; shift += SORT_BITS)
	{
		size_t		start[(1 << SORT_BITS) + 1] = {0};
		Member	   *sorted = to;

		for (size_t i = 0; i < members->count; i++)
			start[((from[i].hash >> shift) & ((1 << SORT_BITS) - 1)) + 1]++;
		for (int i = 0; i < 1 << SORT_BITS; i++)
			start[i + 1] += start[i];
		for (size_t i = 0; i < members->count; i++)
			to[start[(from[i].hash >> shift) & ((1 << SORT_BITS) - 1)]++] = from[i];
		to = from;
		from = sorted;
	}
}

static void
gather_members(LinkageKeyRing *ring, const LinkageRule *rule, Members *members)
{
	LinkageRuleKeys keys;
	uint64_t	found[LINKAGE_ROW_KEYS_MAX];

	linkage_rule_keys(ring, rule, &keys);
	members->count = 0;
	for (uint32_t row = 0; row < ring->table->row_count; row++)
	{
		uint32_t	count = linkage_row_keys(ring->table, rule, &keys, row, found);

		host_check_interrupts();
		if (members->count + count > members->capacity)
		{
			members->capacity = checked_growth(members->capacity, members->count + count);
			members->member = host_realloc_array(members->member, members->capacity, sizeof(Member));
			host_free(members->room);
			members->room = host_alloc_array(members->capacity, sizeof(Member));
		}
		for (uint32_t k = 0; k < count; k++)
			members->member[members->count++] = (Member) {found[k], row};
	}
	sort_members(members);
}

/* ----- the order of rows in blocks that are too large ----- */

typedef struct Ranked
{
	const LinkageTable *table;
	uint32_t	row;
} Ranked;

/* Columns of many values first; values are numbered in order of their texts. */
static int
compare_ranked(const void *a, const void *b)
{
	const LinkageTable *table = ((const Ranked *) a)->table;
	uint32_t	x = ((const Ranked *) a)->row;
	uint32_t	y = ((const Ranked *) b)->row;

	for (uint32_t i = 0; i < table->column_count; i++)
	{
		const LinkageColumn *column = &table->columns[i];

		if (column->value[x] != column->value[y])
			return column->value[x] < column->value[y] ? -1 : 1;
	}
	return (x > y) - (x < y);
}

static void
order_block(const LinkageTable *table, uint32_t *rows, uint32_t count)
{
	Ranked	   *ranked = host_alloc_array(count, sizeof(Ranked));

	for (uint32_t i = 0; i < count; i++)
		ranked[i] = (Ranked) {table, rows[i]};
	host_sort(ranked, count, sizeof(Ranked), compare_ranked);
	for (uint32_t i = 0; i < count; i++)
		rows[i] = ranked[i].row;
	host_free(ranked);
}

/* ----- building ----- */

typedef struct Block
{
	uint32_t	begin;
	uint32_t	end;
} Block;

typedef struct Building
{
	LinkageBlocks *blocks;
	size_t		member_count;
	size_t		member_capacity;
	Block	   *block;
	uint32_t	block_count;
	size_t		block_capacity;
} Building;

static void
add_block(Building *building, const Member *members, size_t count)
{
	LinkageBlocks *blocks = building->blocks;
	size_t		begin = building->member_count;

	if (begin + count > NODES_MAX)
		host_fail(HOST_LIMIT, "blocking rules put records into too many blocks",
				  host_format("Together the blocks have more than %u records.", NODES_MAX),
				  "Give fewer blocking rules, or rules of more keys.");
	if (begin + count > building->member_capacity)
	{
		building->member_capacity = checked_growth(building->member_capacity, begin + count);
		blocks->members = host_realloc_array(blocks->members, building->member_capacity, sizeof(uint32_t));
	}
	if (building->block_count == building->block_capacity)
	{
		building->block_capacity = checked_growth(building->block_capacity, 0);
		building->block = host_realloc_array(building->block, building->block_capacity, sizeof(Block));
	}
	for (size_t i = 0; i < count; i++)
	{
		blocks->members[begin + i] = members[i].row;
		blocks->place_start[members[i].row + 1]++;
	}
	if (count > blocks->largest)
	{
		order_block(blocks->table, blocks->members + begin, (uint32_t) count);
		blocks->bounded++;
		blocks->bounded_rows += count;
	}
	building->block[building->block_count++] = (Block) {(uint32_t) begin, (uint32_t) (begin + count)};
	building->member_count += count;
}

static void
place_rows(Building *building)
{
	LinkageBlocks *blocks = building->blocks;
	uint32_t	rows = blocks->table->row_count;
	uint64_t   *next = host_alloc_array((size_t) rows + 1, sizeof(uint64_t));

	for (uint32_t row = 0; row < rows; row++)
	{
		blocks->place_start[row + 1] += blocks->place_start[row];
		next[row] = blocks->place_start[row];
	}
	blocks->places = host_alloc_array(building->member_count + 1, sizeof(LinkagePlace));
	for (uint32_t i = 0; i < building->block_count; i++)
	{
		Block	   *block = &building->block[i];

		for (uint32_t at = block->begin; at < block->end; at++)
			blocks->places[next[blocks->members[at]]++] = (LinkagePlace) {block->begin, block->end, at};
	}
	host_free(next);
}

void
linkage_blocks_build(LinkageBlocks *blocks, const LinkageTable *table,
					 const LinkageRule *rules, uint32_t rule_count, uint32_t largest)
{
	static const LinkageRule everybody = {0};
	Building	building = {.blocks = blocks, .member_capacity = 1024, .block_capacity = 1024};
	Members		members = {.capacity = 1024};
	LinkageKeyRing		ring;

	*blocks = (LinkageBlocks) {.table = table, .largest = largest, .reach = REACH};
	blocks->members = host_alloc_array(building.member_capacity, sizeof(uint32_t));
	blocks->place_start = host_alloc_zero(checked_mul_size((size_t) table->row_count + 1, sizeof(uint64_t)));
	blocks->stamp = host_alloc_zero(checked_mul_size((size_t) table->row_count + 1, sizeof(uint32_t)));
	building.block = host_alloc_array(building.block_capacity, sizeof(Block));
	members.member = host_alloc_array(members.capacity, sizeof(Member));
	members.room = host_alloc_array(members.capacity, sizeof(Member));
	linkage_ring_begin(&ring, table);
	if (rule_count == 0)
	{
		rules = &everybody;
		rule_count = 1;
	}
	for (uint32_t i = 0; i < rule_count; i++)
	{
		gather_members(&ring, &rules[i], &members);
		for (size_t from = 0, end; from < members.count; from = end)
		{
			uint64_t	key = members.member[from].hash >> (64 - BLOCK_BITS);

			for (end = from + 1; end < members.count && members.member[end].hash >> (64 - BLOCK_BITS) == key; end++)
				;
			if (end - from > 1)
				add_block(&building, members.member + from, end - from);
		}
	}
	place_rows(&building);
	linkage_ring_end(&ring);
	host_free(building.block);
	host_free(members.member);
	host_free(members.room);
}

void
linkage_blocks_free(LinkageBlocks *blocks)
{
	host_free(blocks->members);
	host_free(blocks->place_start);
	host_free(blocks->places);
	host_free(blocks->stamp);
}

void
linkage_blocks_rewind(LinkageBlocks *blocks)
{
	memset(blocks->stamp, 0, (size_t) blocks->table->row_count * sizeof(uint32_t));
}

uint32_t
linkage_partners(LinkageBlocks *blocks, uint32_t row, uint32_t *partners)
{
	const uint32_t *source = blocks->table->source;
	uint32_t	count = 0;

	for (uint64_t i = blocks->place_start[row]; i < blocks->place_start[row + 1]; i++)
	{
		const LinkagePlace *place = &blocks->places[i];
		uint32_t	from = place->at + 1;
		uint32_t	end = place->end;

		if (end - place->begin > blocks->largest)
		{
			from = place->at - place->begin > blocks->reach ? place->at - blocks->reach : place->begin;
			end = end - place->at > blocks->reach ? place->at + blocks->reach + 1 : end;
		}
		for (uint32_t at = from; at < end; at++)
		{
			uint32_t	other = blocks->members[at];

			if (other <= row || blocks->stamp[other] == row + 1)
				continue;
			blocks->stamp[other] = row + 1;
			if (source == NULL || source[other] != source[row] || source[row] == 0)
				partners[count++] = other;
		}
	}
	return count;
}
