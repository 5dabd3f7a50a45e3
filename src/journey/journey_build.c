/*
 * journey_build.c
 *		From rows to the packed bytes of a journey.
 */
#include "journey/journey_format.h"
#include "journey/packed.h"

/* Rows encoded between two looks at interrupts. */
#define ROWS_PER_CHECK 65536

const int64_t journey_units[JOURNEY_UNITS] = {
	1, 1000, 1000000, INT64_C(60000000), INT64_C(3600000000), INT64_C(86400000000)
};

const double journey_powers_of_ten[VALUES_DIGITS_MAX + 1] = {1, 10, 100, 1000, 10000};

/* The largest unit, not above `unit`, that divides a time: constants divide fast. */
static inline int
common_unit(int unit, int64_t time)
{
	switch (unit)
	{
		case 5:
			if (time % INT64_C(86400000000) == 0)
				return 5;
			/* FALLTHROUGH */
		case 4:
			if (time % INT64_C(3600000000) == 0)
				return 4;
			/* FALLTHROUGH */
		case 3:
			if (time % INT64_C(60000000) == 0)
				return 3;
			/* FALLTHROUGH */
		case 2:
			if (time % 1000000 == 0)
				return 2;
			/* FALLTHROUGH */
		case 1:
			if (time % 1000 == 0)
				return 1;
	}
	return 0;
}

/* ----- sections ----- */

/* Steps in units of `divisor`, which is a constant where this is called: that divides fast. */
static inline void
put_steps(ByteBuffer *out, const JourneyRow *rows, size_t count, uint64_t divisor)
{
	PackedWriter writer = packed_begin(out, count - 1);

	for (size_t i = 1; i < count; i++)
		packed_put(out, &writer, ((uint64_t) rows[i].at - (uint64_t) rows[i - 1].at) / divisor);
}

static void
put_times(ByteBuffer *out, const JourneyRow *rows, size_t count, int unit)
{
	switch (unit)
	{
		case 0:
			put_steps(out, rows, count, 1);
			break;
		case 1:
			put_steps(out, rows, count, 1000);
			break;
		case 2:
			put_steps(out, rows, count, 1000000);
			break;
		default:
			put_steps(out, rows, count, (uint64_t) journey_units[unit]);
			break;
	}
}

static void
put_codes(ByteBuffer *out, const JourneyRow *rows, size_t count,
		  uint32_t touchpoints, const uint32_t *local)
{
	size_t		size = journey_codes_size(count, touchpoints);
	uint8_t    *codes;

	if (size == 0)
		return;
	buffer_reserve(out, size);
	codes = out->data + out->size;
	out->size += size;
	if (touchpoints <= 16)
	{
		for (size_t i = 0; i + 1 < count; i += 2)
			*codes++ = (uint8_t) (local[rows[i].code] | local[rows[i + 1].code] << 4);
		if (count % 2 == 1)
			*codes = (uint8_t) local[rows[count - 1].code];
		return;
	}
	for (size_t i = 0, width = size / count; i < count; i++)
	{
		uint32_t	code = local[rows[i].code];

		for (size_t byte = 0; byte < width; byte++, code >>= 8)
			*codes++ = (uint8_t) code;
	}
}

/* The header byte of an optional column, and its bitmap if some rows lack it. */
static void
put_presence(ByteBuffer *out, const JourneyRow *rows, size_t count,
			 size_t present, uint16_t flag, int kind)
{
	bool		bitmap = present < count;

	buffer_byte(out, (uint8_t) (kind << COLUMN_KIND_SHIFT | (bitmap ? COLUMN_BITMAP : 0)));
	if (bitmap)
	{
		size_t		size = (count + 7) / 8;
		uint8_t    *bits;

		buffer_reserve(out, size);
		bits = out->data + out->size;
		memset(bits, 0, size);
		for (size_t i = 0; i < count; i++)
			bits[i / 8] |= (uint8_t) (((rows[i].flags & flag) != 0) << (i % 8));
		out->size += size;
	}
}

/* value * 10^digits if it is a whole number that gives exactly `value` back. */
static inline bool
scaled_value(double value, int digits, int64_t *whole)
{
	double		scaled = value * journey_powers_of_ten[digits];

	/* beyond 2^53 doubles cannot tell neighbours apart */
	if (!(scaled > -9007199254740992.0 && scaled < 9007199254740992.0))
		return false;
	*whole = (int64_t) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
	return (double) *whole / journey_powers_of_ten[digits] == value;
}

/* The fewest decimal digits in which every value is exact, or VALUES_DOUBLE. */
static int
digits_of_values(const double *values, size_t count)
{
	int			digits = 0;
	int64_t		whole;

	for (size_t i = 0; i < count; i++)
	{
		while (!scaled_value(values[i], digits, &whole))
		{
			if (++digits > VALUES_DIGITS_MAX)
				return VALUES_DOUBLE;
		}
	}
	/* a value exact in few digits may be too large for more of them */
	for (size_t i = 0; i < count && digits > 0; i++)
	{
		if (!scaled_value(values[i], digits, &whole))
			return VALUES_DOUBLE;
	}
	return digits;
}

static void
put_values(ByteBuffer *out, const JourneyRow *rows, size_t count, size_t present)
{
	double	   *values = host_alloc_array(present + 1, sizeof(double));
	size_t		n = 0;
	int			digits;
	int64_t		whole = 0;

	/* without a branch, for which rows have one is hard to guess */
	for (size_t i = 0; i < count; i++)
	{
		values[n] = rows[i].value;
		n += (rows[i].flags & JOURNEY_ROW_VALUE) != 0;
	}
	digits = digits_of_values(values, present);
	put_presence(out, rows, count, present, JOURNEY_ROW_VALUE, digits);
	if (digits == VALUES_DOUBLE)
	{
		buffer_reserve(out, checked_mul_size(present, 8));
		for (size_t i = 0; i < present; i++)
		{
			uint64_t	bits;

			memcpy(&bits, &values[i], 8);
			bytes_store_u64(out->data + out->size, bits);
			out->size += 8;
		}
	}
	else
	{
		PackedWriter writer = packed_begin(out, present);

		for (size_t i = 0; i < present; i++)
		{
			scaled_value(values[i], digits, &whole);
			packed_put(out, &writer, bytes_zigzag(whole));
		}
	}
	host_free(values);
}

static inline int64_t
recorded_lag(const JourneyRow *row)
{
	return bytes_wrapping_sub(row->recorded, row->at);
}

static void
put_recorded(ByteBuffer *out, const JourneyRow *rows, size_t count, size_t present)
{
	int			unit = JOURNEY_UNITS - 1;
	PackedWriter writer;

	for (size_t i = 0; i < count && unit > 0; i++)
	{
		if (rows[i].flags & JOURNEY_ROW_RECORDED)
			unit = common_unit(unit, recorded_lag(&rows[i]));
	}
	put_presence(out, rows, count, present, JOURNEY_ROW_RECORDED, unit);
	writer = packed_begin(out, present);
	for (size_t i = 0; i < count; i++)
	{
		if (rows[i].flags & JOURNEY_ROW_RECORDED)
			packed_put(out, &writer, bytes_zigzag(recorded_lag(&rows[i]) / journey_units[unit]));
	}
}

/* The first kind that holds every ref exactly. */
static JourneyRefKind
kind_of_refs(const JourneyRow *rows, size_t count)
{
	bool		integers = true;
	bool		uuids = true;
	int64_t		integer;
	uint8_t		uuid[16];

	for (size_t i = 0; i < count && (integers || uuids); i++)
	{
		if (!(rows[i].flags & JOURNEY_ROW_REF))
			continue;
		integers = integers && journey_ref_is_integer(rows[i].ref, rows[i].ref_size, &integer);
		uuids = uuids && journey_ref_is_uuid(rows[i].ref, rows[i].ref_size, uuid);
	}
	if (integers)
		return JOURNEY_REF_INTEGER;
	return uuids ? JOURNEY_REF_UUID : JOURNEY_REF_TEXT;
}

static void
put_refs(ByteBuffer *out, const JourneyRow *rows, size_t count, size_t present)
{
	JourneyRefKind kind = kind_of_refs(rows, count);
	PackedWriter writer = {0, 0};
	int64_t		last = 0;

	put_presence(out, rows, count, present, JOURNEY_ROW_REF, kind);
	if (kind == JOURNEY_REF_INTEGER)
		writer = packed_begin(out, present);
	for (size_t i = 0; i < count; i++)
	{
		const JourneyRow *row = &rows[i];
		int64_t		integer = 0;
		uint8_t		uuid[16];

		if (!(row->flags & JOURNEY_ROW_REF))
			continue;
		switch (kind)
		{
			case JOURNEY_REF_INTEGER:
				journey_ref_is_integer(row->ref, row->ref_size, &integer);
				packed_put(out, &writer, bytes_zigzag(bytes_wrapping_sub(integer, last)));
				last = integer;
				break;
			case JOURNEY_REF_UUID:
				journey_ref_is_uuid(row->ref, row->ref_size, uuid);
				buffer_bytes(out, uuid, sizeof(uuid));
				break;
			default:
				buffer_varint(out, row->ref_size);
				buffer_bytes(out, row->ref, row->ref_size);
				break;
		}
	}
}

static void
put_versions(ByteBuffer *out, const JourneyVersions *versions)
{
	uint32_t	event = 0;

	buffer_varint(out, versions->count);
	for (size_t i = 0; i < versions->count; i++)
	{
		const JourneyRow *row = &versions->rows[i];

		buffer_varint(out, versions->event[i] - event);
		event = versions->event[i];
		buffer_byte(out, (uint8_t) (row->flags & (JOURNEY_ROW_VALUE | JOURNEY_ROW_RECORDED)));
		if (row->flags & JOURNEY_ROW_VALUE)
		{
			uint64_t	bits;

			memcpy(&bits, &row->value, 8);
			buffer_reserve(out, 8);
			bytes_store_u64(out->data + out->size, bits);
			out->size += 8;
		}
		if (row->flags & JOURNEY_ROW_RECORDED)
			buffer_varint(out, bytes_zigzag(recorded_lag(row)));
	}
}

/* ----- dictionary ----- */

typedef struct RankedCode
{
	uint32_t	rank;
	uint32_t	code;
} RankedCode;

static int
compare_ranked(const void *a, const void *b)
{
	uint32_t	rank_a = ((const RankedCode *) a)->rank;
	uint32_t	rank_b = ((const RankedCode *) b)->rank;

	return (rank_a > rank_b) - (rank_a < rank_b);
}

static void
sort_ranked(RankedCode *codes, uint32_t count)
{
	if (count > 32)
	{
		host_sort(codes, count, sizeof(RankedCode), compare_ranked);
		return;
	}
	for (uint32_t i = 1; i < count; i++)
	{
		RankedCode	code = codes[i];
		uint32_t	hole = i;

		for (; hole > 0 && codes[hole - 1].rank > code.rank; hole--)
			codes[hole] = codes[hole - 1];
		codes[hole] = code;
	}
}

/* Collects the codes that occur; local[code] becomes the index in the dictionary. */
static uint32_t
collect_codes(const JourneyRow *rows, size_t count, const TouchpointSet *set,
			  uint32_t *local, RankedCode **used)
{
	uint32_t	capacity = 16;
	uint32_t	n = 0;
	RankedCode *codes = host_alloc_array(capacity, sizeof(RankedCode));

	for (size_t i = 0; i < count; i++)
	{
		uint32_t	code = rows[i].code;

		if (local[code] != UINT32_MAX)
			continue;
		if (n == capacity)
		{
			capacity *= 2;
			codes = host_realloc_array(codes, capacity, sizeof(RankedCode));
		}
		local[code] = 0;
		codes[n].rank = set->rank ? set->rank[code] : code;
		codes[n++].code = code;
	}
	sort_ranked(codes, n);
	for (uint32_t i = 0; i < n; i++)
		local[codes[i].code] = i;
	*used = codes;
	return n;
}

static void
put_dictionary(ByteBuffer *out, const TouchpointSet *set, const RankedCode *codes, uint32_t count)
{
	const Touchpoint *before = NULL;

	for (uint32_t i = 0; i < count; i++)
	{
		const Touchpoint *touchpoint = &set->touchpoints[codes[i].code];

		if (touchpoint->channel_size == 0)
			buffer_varint(out, 0);
		else if (before && before->channel_size == touchpoint->channel_size &&
				 memcmp(before->channel, touchpoint->channel, touchpoint->channel_size) == 0)
			buffer_varint(out, 1);
		else
		{
			buffer_varint(out, (uint64_t) touchpoint->channel_size + 1);
			buffer_bytes(out, touchpoint->channel, touchpoint->channel_size);
		}
		buffer_varint(out, touchpoint->event_size);
		buffer_bytes(out, touchpoint->event, touchpoint->event_size);
		before = touchpoint;
	}
}

/* ----- the whole ----- */

typedef struct Directory
{
	int			count;
	struct
	{
		JourneySection kind;
		size_t		size;
	}			entry[JOURNEY_SECTIONS];
	size_t		end;			/* of the sections so far */
} Directory;

static void
end_section(Directory *directory, JourneySection kind, const ByteBuffer *body)
{
	if (body->size == directory->end)
		return;
	directory->entry[directory->count].kind = kind;
	directory->entry[directory->count++].size = body->size - directory->end;
	directory->end = body->size;
}

static void
put_sections(ByteBuffer *body, Directory *directory, const JourneyRow *rows, size_t events,
			 uint16_t flags, int unit, uint32_t touchpoints, const uint32_t *local, const JourneyVersions *versions)
{
	size_t		values = 0;
	size_t		recorded = 0;
	size_t		refs = 0;

	if (events > 1)
		put_times(body, rows, events, unit);
	end_section(directory, JOURNEY_TIMES, body);
	put_codes(body, rows, events, touchpoints, local);
	end_section(directory, JOURNEY_CODES, body);

	for (size_t i = 0; i < events && flags != 0; i++)
	{
		values += (rows[i].flags & JOURNEY_ROW_VALUE) != 0;
		recorded += (rows[i].flags & JOURNEY_ROW_RECORDED) != 0;
		refs += (rows[i].flags & JOURNEY_ROW_REF) != 0;
	}
	host_check_interrupts();
	if (values > 0)
		put_values(body, rows, events, values);
	end_section(directory, JOURNEY_VALUES, body);
	if (recorded > 0)
		put_recorded(body, rows, events, recorded);
	end_section(directory, JOURNEY_RECORDED, body);
	host_check_interrupts();
	if (refs > 0)
		put_refs(body, rows, events, refs);
	end_section(directory, JOURNEY_REFS, body);
	if (versions->count > 0)
		put_versions(body, versions);
	end_section(directory, JOURNEY_VERSIONS, body);
}

static void
put_header(ByteBuffer *out, const JourneyRow *rows, size_t events, int unit,
		   uint32_t touchpoints, const Directory *directory)
{
	buffer_byte(out, JOURNEY_VERSION);
	buffer_byte(out, (uint8_t) unit);
	buffer_varint(out, events);
	buffer_varint(out, touchpoints);
	if (events > 0)
	{
		uint64_t	span = (uint64_t) rows[events - 1].at - (uint64_t) rows[0].at;

		buffer_varint(out, bytes_zigzag(rows[0].at / journey_units[unit]));
		buffer_varint(out, span / (uint64_t) journey_units[unit]);
	}
	buffer_byte(out, (uint8_t) directory->count);
	for (int i = 0; i < directory->count; i++)
	{
		buffer_byte(out, (uint8_t) directory->entry[i].kind);
		buffer_varint(out, directory->entry[i].size);
	}
}

void
journey_build(ByteBuffer *out, JourneyRow *rows, size_t count, const TouchpointSet *set)
{
	JourneyVersions versions = {NULL, NULL, 0, 0};
	Directory	directory = {0};
	ByteBuffer	body;
	RankedCode *used = NULL;
	uint32_t   *local = set->local;
	uint32_t	touchpoints;
	size_t		events;
	uint16_t	flags = 0;
	int64_t		last = INT64_MIN;
	bool		falls = false;
	bool		ties = false;
	int			unit = count > 0 ? JOURNEY_UNITS - 1 : 0;

	if (count > JOURNEY_MAX_EVENTS)
		host_fail(HOST_LIMIT, "too many events for one journey",
				  host_format("There are %zu events; a journey holds at most %u.",
							  count, JOURNEY_MAX_EVENTS),
				  "Build journeys of parts, by year for example.");

	for (size_t i = 0; i < count; i++)
	{
		if (i % ROWS_PER_CHECK == ROWS_PER_CHECK - 1)
			host_check_interrupts();
		rows[i].value += 0.0;	/* minus zero becomes zero */
		unit = common_unit(unit, rows[i].at);
		flags |= rows[i].flags;
		falls |= rows[i].at < last;
		ties |= rows[i].at == last;
		last = rows[i].at;
	}
	/* most journeys come in order: there is little to compare */
	if (falls)
		journey_sort_rows(rows, count, set->rank);
	else if (ties)
		journey_sort_ties(rows, count, set->rank);
	events = (flags & JOURNEY_ROW_REF) ? journey_unite_rows(rows, count, &versions) : count;

	if (local == NULL)
	{
		local = host_alloc_array(set->count ? set->count : 1, sizeof(uint32_t));
		memset(local, 0xff, set->count * sizeof(uint32_t));
	}
	touchpoints = collect_codes(rows, events, set, local, &used);

	/* no growing for most journeys, and no waste for the largest */
	buffer_init(&body, events < 4096 ? 512 + events * 16 : checked_mul_size(events, 9));
	put_dictionary(&body, set, used, touchpoints);
	end_section(&directory, JOURNEY_DICTIONARY, &body);
	put_sections(&body, &directory, rows, events, flags, unit, touchpoints, local, &versions);

	buffer_reserve(out, checked_add_size(body.size, 128));
	put_header(out, rows, events, unit, touchpoints, &directory);
	buffer_bytes(out, body.data, body.size);
	if (out->size > INTENT_MAX_VALUE_SIZE)
		host_fail(HOST_LIMIT, "journey is too large",
				  host_format("%zu events need %zu bytes; a value holds at most %zu.",
							  events, out->size, INTENT_MAX_VALUE_SIZE),
				  "Build journeys of parts, by year for example.");

	for (uint32_t i = 0; i < touchpoints; i++)
		local[used[i].code] = UINT32_MAX;
	if (set->local == NULL)
		host_free(local);
	host_free(used);
	host_free(body.data);
	if (versions.rows)
	{
		host_free(versions.rows);
		host_free(versions.event);
	}
}
