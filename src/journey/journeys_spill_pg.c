/*
 * journeys_spill_pg.c
 *		Logs of people in temporary files, partitioned by the hash of the person.
 *
 * A record is the person's key and the packed log so far: what was grouped in
 * memory stays grouped, so a file holds about as many bytes as the memory did.
 * The files belong to the resource owner of the statement, which removes them
 * after an error or a cancel, too.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "miscadmin.h"
#include "storage/buffile.h"

#include "journey/journeys_spill_pg.h"

typedef struct RecordHead
{
	int64		number;
	uint64		log_size;
	uint32		rows;
	uint32		key_size;		/* 0: the key is the number */
} RecordHead;

Spill *
spill_new(int level)
{
	Spill	   *spill = palloc0(sizeof(Spill));

	spill->level = level;
	return spill;
}

static BufFile *
partition_of(Spill *spill, uint32 hash)
{
	BufFile   **file = &spill->file[(hash >> (32 - SPILL_BITS * (spill->level + 1))) & (SPILL_PARTITIONS - 1)];

	if (*file == NULL)
		*file = BufFileCreateTemp(false);
	return *file;
}

static void
put(Spill *spill, BufFile *file, const void *data, size_t size)
{
	BufFileWrite(file, (void *) data, size);
	spill->bytes += size;
}

static void
write_person(Spill *spill, const Person *person)
{
	BufFile    *file = partition_of(spill, person->hash);
	RecordHead	head;
	PersonKey	key = grouping_key(person);
	LogPiece	piece;

	memset(&head, 0, sizeof(head));
	head.number = key.number;
	head.rows = person->rows;
	head.key_size = key.size;
	for (bool more = grouping_first_piece(person, &piece); more; more = grouping_next_piece(&piece))
		head.log_size += piece.size;
	put(spill, file, &head, sizeof(head));
	if (key.bytes)
		put(spill, file, key.bytes, key.size);
	for (bool more = grouping_first_piece(person, &piece); more; more = grouping_next_piece(&piece))
		put(spill, file, piece.bytes, piece.size);
}

void
spill_write(Spill *spill, Grouping *grouping)
{
	for (uint32 i = 0; i < grouping_people(grouping); i++)
	{
		if (i % 256 == 0)
			CHECK_FOR_INTERRUPTS();
		write_person(spill, grouping_person(grouping, i));
	}
}

/* ----- reading ----- */

void
spill_reader_init(SpillReader *reader)
{
	memset(reader, 0, sizeof(*reader));
	buffer_init(&reader->key, 64);
	buffer_init(&reader->log, 4096);
	reader->capacity = 256;
	reader->rows = host_alloc_array(reader->capacity, sizeof(JourneyRow));
}

void
spill_read_begin(SpillReader *reader, BufFile *file)
{
	if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rewind temporary file of journeys()")));
	reader->file = file;
}

static void
get(SpillReader *reader, void *to, size_t size)
{
	if (size > 0 && compat_buffile_read(reader->file, to, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read temporary file of journeys()")));
}

static void *
get_into(SpillReader *reader, ByteBuffer *buffer, size_t size)
{
	buffer->size = 0;
	buffer_reserve(buffer, checked_add_size(size, ROW_LOG_SLACK));
	get(reader, buffer->data, size);
	return buffer->data;
}

bool
spill_read(SpillReader *reader, SpilledPerson *person)
{
	RecordHead	head;
	size_t		read = compat_buffile_read(reader->file, &head, sizeof(head));
	int64		last = 0;

	if (read == 0)
		return false;
	if (read != sizeof(head))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read temporary file of journeys()")));
	person->key.number = head.number;
	person->key.size = head.key_size;
	person->key.bytes = head.key_size > 0 ? get_into(reader, &reader->key, head.key_size) : NULL;
	person->rows = head.rows;
	if (head.rows > reader->capacity)
	{
		reader->capacity = checked_growth(reader->capacity, head.rows);
		reader->rows = host_realloc_array(reader->rows, reader->capacity, sizeof(JourneyRow));
	}
	person->row = reader->rows;
	row_log_read(get_into(reader, &reader->log, head.log_size), head.log_size, person->row, &last);
	return true;
}
