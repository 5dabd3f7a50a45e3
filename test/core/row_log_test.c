/*
 * row_log_test.c
 *		Rows packed one behind another, and read again.
 */
#include "tap.h"

#include "journey/row_log.h"

#define MOST_ROWS 300

static JourneyRow
random_row(uint64_t *random, int64_t last, char *ref)
{
	JourneyRow	row = {0};

	switch (random_below(random, 5))
	{
		case 0:
			row.at = last;
			break;
		case 1:
			row.at = bytes_wrapping_add(last, (int64_t) random_below(random, 100000) * 1000);
			break;
		case 2:
			row.at = bytes_wrapping_sub(last, (int64_t) random_below(random, 100000));
			break;
		default:
			row.at = (int64_t) random_bits(random);
			break;
	}
	row.code = (uint32_t) random_bits(random);
	if (random_below(random, 2))
	{
		row.flags |= JOURNEY_ROW_VALUE;
		row.value = (double) (int64_t) random_bits(random) / 7;
	}
	if (random_below(random, 3) == 0)
	{
		row.flags |= JOURNEY_ROW_RECORDED;
		row.recorded = (int64_t) next_random(random);
	}
	if (random_below(random, 3) == 0)
	{
		row.flags |= JOURNEY_ROW_REF;
		row.ref_size = 1 + (uint32_t) random_below(random, 200);
		row.ref = ref;
		for (uint32_t i = 0; i < row.ref_size; i++)
			ref[i] = (char) next_random(random);
	}
	return row;
}

static bool
same_row(const JourneyRow *a, const JourneyRow *b)
{
	return a->at == b->at && a->code == b->code && a->flags == b->flags &&
		a->value == b->value && a->recorded == b->recorded && a->ref_size == b->ref_size &&
		(a->ref_size == 0 || memcmp(a->ref, b->ref, a->ref_size) == 0);
}

/* Whatever rows; read at once, and a few at a time. */
static void
test_round_trip(uint64_t seed)
{
	uint64_t	random = seed;

	hold(HOST_CALL(
	{
		size_t		count = random_below(&random, MOST_ROWS);
		JourneyRow *rows = host_alloc_array(count + 1, sizeof(JourneyRow));
		JourneyRow *read = host_alloc_array(count + 1, sizeof(JourneyRow));
		ByteBuffer	log;
		int64_t		last = 0;
		RowLogReader reader;
		size_t		total = 0;

		buffer_init(&log, 16);
		for (size_t i = 0; i < count; i++)
		{
			size_t		most;
			uint8_t    *end;

			rows[i] = random_row(&random, last, host_alloc(200));
			most = row_log_max(&rows[i]);
			buffer_reserve(&log, most);
			end = row_log_put(log.data + log.size, &rows[i], last);
			hold((size_t) (end - (log.data + log.size)) <= most);
			log.size = (size_t) (end - log.data);
			last = rows[i].at;
		}
		/* of its exact size, so that reading too far is noticed */
		log.data = host_realloc(log.data, log.size + ROW_LOG_SLACK);

		last = 0;
		hold(row_log_read(log.data, log.size, read, &last) == read + count);
		hold(last == (count > 0 ? rows[count - 1].at : 0));
		for (size_t i = 0; i < count; i++)
			hold(same_row(&read[i], &rows[i]));

		reader.bytes = reader_over(log.data, log.size);
		reader.last = 0;
		for (size_t got; (got = row_log_next(&reader, read, 1 + random_below(&random, 20))) > 0; total += got)
		{
			for (size_t i = 0; i < got; i++)
				hold(same_row(&read[i], &rows[total + i]));
		}
		hold(total == count && !reader.bytes.bad);
	}));
}

/* What web logs look like takes no more than it should. */
static void
test_size(void)
{
	JourneyRow	row = {.at = 40123000, .code = 13};
	uint8_t		bytes[ROW_LOG_MAX];

	ok(row_log_put(bytes, &row, 0) - bytes == 5, "a row 40 seconds after the last takes five bytes");
	row.at = 0;
	ok(row_log_put(bytes, &row, 0) - bytes == 2, "at the same time two");
	row.flags = JOURNEY_ROW_VALUE;
	ok(row_log_put(bytes, &row, 0) - bytes == 10, "and a value eight");
}

int
main(void)
{
	for (uint64_t seed = 0; seed < 2000; seed++)
		test_round_trip(seed);
	held("rows come back as they were, at once and a few at a time");
	test_size();
	return done_testing();
}
