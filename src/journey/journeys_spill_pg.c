/*
 * journeys_spill_pg.c
 *		Logs of people in temporary files, partitioned by the hash of the person.
 *
 * What was grouped in memory stays grouped: a file holds person after person,
 * the packed log of each piece by piece, so it has about as many bytes as the
 * memory had.  A piece is its size and its bytes; that of the first piece of a
 * person is marked, and the person's key stands between the two.
 * The files belong to the resource owner of the statement, which removes them
 * after an error or a cancel, too.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include "miscadmin.h"
#include "storage/buffile.h"

#include "journey/journeys_spill_pg.h"

#define NEW_PERSON UINT32_C(0x80000000)

/* A piece ends at the row that brings it so far. */
#define PIECE_SIZE ((size_t) 4096)

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
write_key(Spill *spill, BufFile *file, const PersonKey *key)
{
	put(spill, file, &key->number, sizeof(key->number));
	put(spill, file, &key->size, sizeof(key->size));
	if (key->size > 0)
		put(spill, file, key->bytes, key->size);
}

/* The rows of a person in pieces, each headed by its size; the first says whose they are. */
static void
write_person(Spill *spill, const GroupedPerson *person, ByteBuffer *piece)
{
	BufFile    *file = partition_of(spill, person->hash);
	int64		last = 0;

	for (size_t row = 0; row < person->count;)
	{
		uint32		size;
		bool		first = row == 0;

		piece->size = 0;
		for (; row < person->count && piece->size < PIECE_SIZE; row++)
		{
			buffer_reserve(piece, row_log_max(&person->rows[row]));
			piece->size = row_log_put(piece->data + piece->size, &person->rows[row], last) - piece->data;
			last = person->rows[row].at;
		}
		if (piece->size >= NEW_PERSON)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("ref is too long"),
					 errhint("Use a shorter ref.")));
		size = (uint32) piece->size | (first ? NEW_PERSON : 0);
		put(spill, file, &size, sizeof(size));
		if (first)
			write_key(spill, file, &person->key);
		put(spill, file, piece->data, piece->size);
	}
}

void
spill_write(Spill *spill, Grouping *grouping)
{
	GroupingReader reader;
	GroupedPerson person;
	ByteBuffer	piece;

	buffer_init(&piece, 2 * PIECE_SIZE);
	grouping_read_begin(&reader, grouping);
	while (grouping_read_next(&reader, &person))
	{
		CHECK_FOR_INTERRUPTS();
		write_person(spill, &person, &piece);
	}
	grouping_read_end(&reader);
	host_free(piece.data);
}

/* ----- reading ----- */

void
spill_reader_init(SpillReader *reader)
{
	memset(reader, 0, sizeof(*reader));
	buffer_init(&reader->key, 64);
	buffer_init(&reader->log, 4096);
	reader->rows = host_alloc_array(SPILL_ROWS, sizeof(JourneyRow));
}

void
spill_reader_free(SpillReader *reader)
{
	host_free(reader->key.data);
	host_free(reader->log.data);
	host_free(reader->rows);
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

static void
get_into(SpillReader *reader, ByteBuffer *buffer, size_t size)
{
	buffer->size = 0;
	buffer_reserve(buffer, checked_add_size(size, ROW_LOG_SLACK));
	get(reader, buffer->data, size);
	buffer->size = size;
}

/* The next piece; false at the end of the file. */
static bool
next_piece(SpillReader *reader)
{
	uint32		size;
	size_t		read = compat_buffile_read(reader->file, &size, sizeof(size));

	if (read == 0)
		return false;
	if (read < sizeof(size))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read temporary file of journeys()")));
	if (size & NEW_PERSON)
	{
		uint32		key_size;

		get(reader, &reader->number, sizeof(reader->number));
		get(reader, &key_size, sizeof(key_size));
		get_into(reader, &reader->key, key_size);
		reader->piece.last = 0;
	}
	get_into(reader, &reader->log, size & ~NEW_PERSON);
	reader->piece.bytes = reader_over(reader->log.data, reader->log.size);
	return true;
}

size_t
spill_read(SpillReader *reader, PersonKey *key, const JourneyRow **rows)
{
	while (reader_left(&reader->piece.bytes) == 0)
	{
		if (!next_piece(reader))
			return 0;
	}
	key->number = reader->number;
	key->size = (uint32) reader->key.size;
	key->bytes = key->size > 0 ? (const char *) reader->key.data : NULL;
	*rows = reader->rows;
	return row_log_next(&reader->piece, reader->rows, SPILL_ROWS);
}
