/*
 * retention.c
 *		Who came back: the counts, and their packing.
 *
 *	byte	period; 0 if there is nobody, and then nothing more
 *	byte	size of the name of the time zone, and the name
 *	varint	number of cohorts
 *	for each cohort: zigzag varint of its number less the one before, varint of cells
 *	for each cell: varint of `since` less the one before, less 1 but for the
 *			first; varints of people, last and values; if there are values, the
 *			16 bytes of their sum
 */
#include "sequence/retention.h"

#include <math.h>

#define COHORTS_PER_CHECK 1024

/* ----- the calendar ----- */

static const char *const period_names[] = {"", "day", "week", "month"};

RetentionPeriod
retention_period(const char *name, size_t size)
{
	for (int period = RETENTION_DAY; period <= RETENTION_MONTH; period++)
	{
		if (strlen(period_names[period]) == size && memcmp(period_names[period], name, size) == 0)
			return (RetentionPeriod) period;
	}
	host_fail(HOST_BAD_PARAMETER,
			  host_format("unknown period \"%.*s\"", (int) (size < 100 ? size : 100), name),
			  NULL, "Write day, week or month.");
}

const char *
retention_period_name(RetentionPeriod period)
{
	return period_names[period];
}

static int64_t
floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days of 400 years, the whole period of the calendar, and of its parts. */
#define ERA_DAYS 146097
#define DAYS_TO_MARCH 60		/* from 2000-01-01 to 2000-03-01, where an era begins */

/* The month, numbered from January 2000, that a day is in: years begin in March. */
static int64_t
month_of_day(int64_t day)
{
	int64_t		era = floor_divide(day - DAYS_TO_MARCH, ERA_DAYS);
	int64_t		of_era = day - DAYS_TO_MARCH - era * ERA_DAYS;
	int64_t		year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t		of_year = of_era - (year * 365 + year / 4 - year / 100);

	return (era * 400 + year) * 12 + (of_year * 5 + 2) / 153 + 2;
}

static int64_t
first_day_of_month(int64_t month)
{
	int64_t		from_march = month - 2;
	int64_t		years = floor_divide(from_march, 12);
	int64_t		era = floor_divide(years, 400);
	int64_t		year = years - era * 400;

	return era * ERA_DAYS + year * 365 + year / 4 - year / 100 +
		((from_march - years * 12) * 153 + 2) / 5 + DAYS_TO_MARCH;
}

int64_t
retention_period_of_day(RetentionPeriod period, int64_t day)
{
	/* 2000-01-03 was a Monday */
	return period == RETENTION_DAY ? day :
		period == RETENTION_WEEK ? floor_divide(day - 2, 7) : month_of_day(day);
}

int64_t
retention_first_day(RetentionPeriod period, int64_t number)
{
	return period == RETENTION_DAY ? number :
		period == RETENTION_WEEK ? number * 7 + 2 : first_day_of_month(number);
}

/* ----- counting ----- */

void
retention_set_calendar(RetentionState *state, RetentionPeriod period, const char *zone)
{
	if (state->period == 0)
	{
		state->period = period;
		if (strlen(zone) > RETENTION_ZONE_MAX)
			host_fail(HOST_BAD_PARAMETER, host_format("name of a time zone is too long: \"%s\"", zone), NULL,
					  "Use the shorter name of the same zone.");
		memcpy(state->zone, zone, strlen(zone) + 1);
	}
	else if (state->period != period || strcmp(state->zone, zone) != 0)
		host_fail(HOST_BAD_PARAMETER,
				  host_format("retention by %s in %s cannot be counted together with %s in %s",
							  period_names[state->period], state->zone,
							  period_names[period], zone), NULL,
				  "Use one period and one time_zone, or add them to GROUP BY.");
}

/* The place of a number in an array of structs that begin with it, or where it belongs. */
static uint32_t
place_of(const void *array, uint32_t count, size_t size, int64_t number)
{
	uint32_t	low = 0;
	uint32_t	high = count;

	while (low < high)
	{
		uint32_t	middle = low + (high - low) / 2;
		int64_t		found;

		memcpy(&found, (const char *) array + middle * size, sizeof(found));
		if (found < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room for one more at a place of an array, which may move. */
static void *
make_room(void *array, uint32_t *count, uint32_t *capacity, size_t size, uint32_t place)
{
	if (*count == *capacity)
	{
		size_t		grown = checked_growth(*capacity, (size_t) *count + 1);

		if (grown > UINT32_MAX)
			host_fail(HOST_LIMIT, "retention has too many periods", NULL,
					  "Count by a longer period, such as month.");
		*capacity = (uint32_t) grown;
		array = array == NULL ? host_alloc_array(grown, size) :
			host_realloc_array(array, grown, size);
	}
	memmove((char *) array + (place + 1) * size, (char *) array + place * size,
			(*count - place) * size);
	memset((char *) array + place * size, 0, size);
	(*count)++;
	return array;
}

static RetentionCell *
find_cell(RetentionCohort *cohort, int64_t since)
{
	uint32_t	place = place_of(cohort->cells, cohort->count, sizeof(RetentionCell), since);

	if (place == cohort->count || cohort->cells[place].since != since)
	{
		cohort->cells = make_room(cohort->cells, &cohort->count, &cohort->capacity,
								  sizeof(RetentionCell), place);
		cohort->cells[place].since = since;
	}
	return &cohort->cells[place];
}

static RetentionCohort *
find_cohort(RetentionState *state, int64_t number)
{
	uint32_t	place = place_of(state->cohorts, state->count, sizeof(RetentionCohort), number);

	if (place == state->count || state->cohorts[place].number != number)
	{
		state->cohorts = make_room(state->cohorts, &state->count, &state->capacity,
								   sizeof(RetentionCohort), place);
		state->cohorts[place].number = number;
	}
	return &state->cohorts[place];
}

void
retention_begin(RetentionState *state, RetentionPerson *person, int64_t cohort)
{
	person->cohort = find_cohort(state, cohort);
	person->cell = find_cell(person->cohort, 0);
	person->cell->people++;
}

void
retention_event(RetentionPerson *person, int64_t period)
{
	int64_t		since = period - person->cohort->number;

	/* clocks that were put back may show an earlier day again */
	if (since <= person->cell->since)
		return;
	person->cell = find_cell(person->cohort, since);
	person->cell->people++;
}

void
retention_value(RetentionPerson *person, double value)
{
	Fixed		fixed;

	if (!fixed_from_double(value, &fixed))
		host_fail(HOST_OUT_OF_RANGE, host_format("value %g is out of range for a sum", value),
				  "Sums are kept with 12 decimals and at most 26 digits before the point.",
				  "Leave out impossible values.");
	person->cell->revenue = fixed_add(person->cell->revenue, fixed);
	person->cell->values++;
}

void
retention_end(RetentionPerson *person)
{
	person->cell->last++;
}

int64_t
retention_last_period(const RetentionState *state)
{
	int64_t		last = INT64_MIN;

	for (uint32_t i = 0; i < state->count; i++)
	{
		const RetentionCohort *cohort = &state->cohorts[i];
		int64_t		period = cohort->number + cohort->cells[cohort->count - 1].since;

		if (period > last)
			last = period;
	}
	return last;
}

void
retention_interval(uint64_t part, uint64_t whole, double *low, double *high)
{
	const double z = 1.959963984540054;
	double		n = (double) whole;
	double		rate = (double) part / n;
	double		scale = 1 + z * z / n;
	double		centre = (rate + z * z / (2 * n)) / scale;
	double		half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / scale;

	*low = part == 0 || centre < half ? 0 : centre - half;
	*high = part == whole || centre + half > 1 ? 1 : centre + half;
}

/* ----- as a partial ----- */

/* Days of all of PostgreSQL's time are far fewer, so that sums of numbers fit. */
#define NUMBER_MAX INT64_C(1000000000)

static void
pack(const void *packed, ByteBuffer *out)
{
	const RetentionState *state = packed;
	int64_t		cohort_before = 0;

	buffer_byte(out, state->count == 0 ? 0 : (uint8_t) state->period);
	if (state->count == 0)
		return;
	buffer_byte(out, (uint8_t) strlen(state->zone));
	buffer_text(out, state->zone);
	buffer_varint(out, state->count);
	for (uint32_t i = 0; i < state->count; i++)
	{
		const RetentionCohort *cohort = &state->cohorts[i];
		int64_t		since_before = -1;

		if (i % COHORTS_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, bytes_zigzag(cohort->number - cohort_before));
		cohort_before = cohort->number;
		buffer_varint(out, cohort->count);
		for (uint32_t j = 0; j < cohort->count; j++)
		{
			const RetentionCell *cell = &cohort->cells[j];

			buffer_varint(out, (uint64_t) (cell->since - since_before - 1));
			since_before = cell->since;
			buffer_varint(out, cell->people);
			buffer_varint(out, cell->last);
			buffer_varint(out, cell->values);
			if (cell->values > 0)
			{
				buffer_reserve(out, 16);
				bytes_store_u64(out->data + out->size, (uint64_t) cell->revenue);
				bytes_store_u64(out->data + out->size + 8,
								(uint64_t) ((FixedMagnitude) cell->revenue >> 64));
				out->size += 16;
			}
		}
	}
}

static bool
add_count(uint64_t *sum, uint64_t more)
{
	return !__builtin_add_overflow(*sum, more, sum);
}

static const char *
absorb_cell(RetentionCohort *cohort, int64_t since, ByteReader *reader)
{
	RetentionCell *cell = find_cell(cohort, since);
	uint64_t	people = reader_varint(reader);
	uint64_t	last = reader_varint(reader);
	uint64_t	values = reader_varint(reader);

	if (reader->bad || people == 0 || last > people)
		return "its counts contradict each other";
	if (!add_count(&cell->people, people) || !add_count(&cell->last, last) ||
		!add_count(&cell->values, values))
		return "its counts are out of range";
	if (values > 0)
	{
		const uint8_t *bytes = reader_bytes(reader, 16);

		if (bytes == NULL)
			return "its values are cut off";
		cell->revenue = fixed_add(cell->revenue,
								  (Fixed) ((FixedMagnitude) bytes_load_u64(bytes + 8) << 64 |
										   bytes_load_u64(bytes)));
	}
	return NULL;
}

/* Everybody of a cohort was there in its first period, and at some time for the last time. */
static const char *
absorb_cells(RetentionCohort *cohort, ByteReader *reader)
{
	uint64_t	cells = reader_varint(reader);
	int64_t		since = -1;
	uint64_t	people_before = cohort->count > 0 ? cohort->cells[0].people : 0;
	uint64_t	last = 0;
	uint64_t	last_before = 0;

	for (uint32_t i = 0; i < cohort->count; i++)
		last_before += cohort->cells[i].last;
	if (cells == 0)
		return "a cohort has nobody in it";
	for (uint64_t i = 0; i < cells; i++)
	{
		uint64_t	step = reader_varint(reader);
		const char *problem;

		if (reader->bad || step > (uint64_t) NUMBER_MAX || since + 1 + (int64_t) step > NUMBER_MAX)
			return "a period is out of range";
		since += 1 + (int64_t) step;
		if (i == 0 && since != 0)
			return "the first period of a cohort is missing";
		problem = absorb_cell(cohort, since, reader);
		if (problem != NULL)
			return problem;
	}
	for (uint32_t i = 0; i < cohort->count; i++)
		last += cohort->cells[i].last;
	if (last - last_before != cohort->cells[0].people - people_before)
		return "its counts contradict each other";
	return NULL;
}

static const char *
absorb(void *absorbed, unsigned version, ByteReader *reader)
{
	RetentionState *state = absorbed;
	uint8_t		period = reader_byte(reader);
	uint8_t		zone_size;
	const uint8_t *zone_bytes;
	char		zone[RETENTION_ZONE_MAX + 1];
	uint64_t	cohorts;
	int64_t		number = 0;

	(void) version;				/* there is only one */
	if (period == 0)
		return NULL;
	zone_size = reader_byte(reader);
	zone_bytes = reader_bytes(reader, zone_size);
	if (period > RETENTION_MONTH)
		return "its period is unknown";
	if (reader->bad || zone_size == 0 || zone_size > RETENTION_ZONE_MAX)
		return "its time zone has no name";
	for (uint8_t i = 0; i < zone_size; i++)
	{
		if (zone_bytes[i] <= ' ' || zone_bytes[i] > '~')
			return "its time zone has no name";
	}
	memcpy(zone, zone_bytes, zone_size);
	zone[zone_size] = '\0';
	retention_set_calendar(state, (RetentionPeriod) period, zone);

	cohorts = reader_varint(reader);
	for (uint64_t i = 0; i < cohorts; i++)
	{
		int64_t		step = bytes_unzigzag(reader_varint(reader));
		const char *problem;

		if (i % COHORTS_PER_CHECK == 0)
			host_check_interrupts();
		if (reader->bad)
			return "its cohorts are cut off";
		if (step > NUMBER_MAX || step < -NUMBER_MAX || (i > 0 && step <= 0))
			return "its cohorts are not in order";
		number += step;
		if (number > NUMBER_MAX || number < -NUMBER_MAX)
			return "a cohort is out of range";
		problem = absorb_cells(find_cohort(state, number), reader);
		if (problem != NULL)
			return problem;
	}
	return NULL;
}

PartialKind retention_kind = {"retention", 1, sizeof(RetentionState), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(retention_kind);
