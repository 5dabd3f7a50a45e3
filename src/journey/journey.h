/*
 * journey.h
 *		The journey value: reading it, and building it from rows.
 *
 * A journey is all touchpoints of one person in canonical order, packed (the
 * bytes are described in journey_format.h).  Rooms above read a journey
 * through a JourneyView and a JourneyCursor, which decode blocks of events
 * straight from the packed columns, and make new ones with journey_build().
 *
 * Times are microseconds since 2000-01-01 00:00 UTC, PostgreSQL's own
 * timestamptz.  Texts are bytes of the database encoding.
 */
#ifndef INTENT_JOURNEY_H
#define INTENT_JOURNEY_H

#include "base/bytes.h"

#define JOURNEY_VERSION 1

/* 2^31 - 1 events need more than the 1 GB that any value can have */
#define JOURNEY_MAX_EVENTS 0x7fffffffU

/* (channel, event); a channel of length 0 is no channel. */
typedef struct Touchpoint
{
	const char *channel;
	const char *event;
	uint32_t	channel_size;
	uint32_t	event_size;
} Touchpoint;

/* Channel by bytes, no channel last; then event by bytes. */
extern int	touchpoint_compare(const Touchpoint *a, const Touchpoint *b);

/* ----- reading ----- */

typedef enum JourneySection
{
	JOURNEY_DICTIONARY = 1,		/* touchpoints that occur, sorted */
	JOURNEY_TIMES = 2,			/* steps from event to event */
	JOURNEY_CODES = 3,			/* index into the dictionary */
	JOURNEY_VALUES = 4,
	JOURNEY_RECORDED = 5,		/* recorded_at less occurred_at */
	JOURNEY_REFS = 6,
	JOURNEY_VERSIONS = 7,		/* corrected values of events with a ref */
	JOURNEY_EVENT_FLAGS = 8,	/* reserved: solicited, grain */
	JOURNEY_ATTRIBUTES = 9		/* reserved: dictionary-coded attributes */
} JourneySection;

#define JOURNEY_SECTIONS 10		/* kinds above, and the unused 0 */

typedef struct JourneyView
{
	uint32_t	events;			/* how many events */
	uint32_t	touchpoints;	/* how many different touchpoints */
	int64_t		first;			/* times of the first and the last event; */
	int64_t		last;			/* 0 if there is none */
	int64_t		unit;			/* microseconds per step of the time column, */
	uint64_t	span;			/* and steps from the first time to the last */
	HostError	blame;			/* of bytes that are no journey */
	const uint8_t *limit;		/* end of the value's memory */
	struct
	{
		const uint8_t *data;	/* NULL if absent */
		size_t		size;
	}			section[JOURNEY_SECTIONS];
} JourneyView;

/*
 * Looks at the header and the directory only: O(sections).  Fails with
 * HOST_CORRUPT on bytes that cannot be a journey, and so does what reads on.
 */
extern void journey_open(JourneyView *view, const void *data, size_t size);

/* The same for bytes from a client: HOST_BAD_BINARY. */
extern void journey_open_received(JourneyView *view, const void *data, size_t size);

/*
 * Decodes everything and checks that the bytes are the one encoding of their
 * content; fails with HOST_BAD_BINARY, saying what is wrong.
 */
extern void journey_validate(const void *data, size_t size);

/* Fills touchpoints[0 .. view->touchpoints), pointing into the journey. */
extern void journey_dictionary(const JourneyView *view, Touchpoint *touchpoints);

/* Corrected values are kept beside their event: rows a known_at cut may need. */
static inline bool
journey_has_versions(const JourneyView *view)
{
	return view->section[JOURNEY_VERSIONS].data != NULL;
}

static inline bool
journey_has_recorded(const JourneyView *view)
{
	return view->section[JOURNEY_RECORDED].data != NULL;
}

/* A ref is text; those that look like a bigint or a uuid are packed. */
typedef enum JourneyRefKind
{
	JOURNEY_REF_NONE = 0,
	JOURNEY_REF_INTEGER = 1,
	JOURNEY_REF_UUID = 2,
	JOURNEY_REF_TEXT = 3
} JourneyRefKind;

typedef struct JourneyRef
{
	JourneyRefKind kind;
	uint32_t	size;			/* of text; uuids are 16 bytes */
	int64_t		integer;
	const uint8_t *bytes;		/* of a uuid or text, in the journey */
} JourneyRef;

/* Longest text of an integer or uuid ref. */
#define JOURNEY_REF_PACKED_MAX 36

/* The text of a ref: in place, or written to buffer[JOURNEY_REF_PACKED_MAX]. */
extern const char *journey_ref_text(const JourneyRef *ref, char *buffer, uint32_t *size);

/* Columns a cursor decodes; times always, codes unless they are not wanted. */
#define JOURNEY_WANT_VALUE 1
#define JOURNEY_WANT_RECORDED 2
#define JOURNEY_WANT_REF 4
#define JOURNEY_WITHOUT_CODES 8

#define JOURNEY_BLOCK 64

typedef struct JourneyBlock
{
	uint32_t	count;			/* events in this block */
	uint32_t	first;			/* number of the first, from 0 */
	int64_t		at[JOURNEY_BLOCK];
	uint32_t	code[JOURNEY_BLOCK];
	double		value[JOURNEY_BLOCK];	/* 0 where there is none */
	bool		has_value[JOURNEY_BLOCK];
	uint64_t	valued;			/* the same as bits */
	int64_t		recorded[JOURNEY_BLOCK];	/* at, where there is none */
	bool		has_recorded[JOURNEY_BLOCK];
	JourneyRef	ref[JOURNEY_BLOCK];
} JourneyBlock;

/* A column being read. */
typedef struct JourneyColumn
{
	const uint8_t *bitmap;		/* events that have a value; NULL if all do */
	const uint8_t *lengths;		/* nibbles of packed integers */
	const uint8_t *data;		/* of the next value; NULL if there is no column */
	const uint8_t *end;
	uint32_t	present;		/* values in all, */
	uint32_t	given;			/* and given already */
	int			kind;
} JourneyColumn;

typedef struct JourneyCursor
{
	const JourneyView *view;
	int			want;
	uint32_t	next;			/* events given already */
	int64_t		at;				/* time of the last one, */
	uint64_t	steps_left;		/* and steps from it to the journey's last */
	int64_t		last_ref;
	JourneyColumn times;
	JourneyColumn values;
	JourneyColumn recorded;
	JourneyColumn refs;
} JourneyCursor;

extern void journey_cursor(JourneyCursor *cursor, const JourneyView *view, int want);

/*
 * The next events, up to JOURNEY_BLOCK; false at the end.  Codes are checked
 * to be below view->touchpoints, times to be finite and in order.  Checks for
 * interrupts.
 */
extern bool journey_next(JourneyCursor *cursor, JourneyBlock *block);

/* How often more than `gap` passes from one event to the next, without a look at anything else. */
extern uint32_t journey_count_gaps(const JourneyView *view, int64_t gap);

/* ----- building ----- */

#define JOURNEY_ROW_VALUE 1
#define JOURNEY_ROW_RECORDED 2
#define JOURNEY_ROW_REF 4

/* One event on its way into a journey. */
typedef struct JourneyRow
{
	int64_t		at;
	uint32_t	code;			/* index into the touchpoints beside it */
	uint16_t	flags;			/* which of the following there are */
	uint32_t	ref_size;
	double		value;
	int64_t		recorded;
	const char *ref;
} JourneyRow;

/* The touchpoints that the codes of rows stand for. */
typedef struct TouchpointSet
{
	uint32_t	count;
	const Touchpoint *touchpoints;
	const uint32_t *rank;		/* place in canonical order; NULL if sorted so */
	uint32_t   *local;			/* scratch, all UINT32_MAX; NULL if there is none */
} TouchpointSet;

/*
 * Appends the journey of the rows to `out`.  Sorts `rows`, unites the rows
 * that are the same event, and encodes: the bytes depend on the set of rows
 * alone.  Touchpoints that no row has are left out.
 */
extern void journey_build(ByteBuffer *out, JourneyRow *rows, size_t count,
						  const TouchpointSet *touchpoints);

/*
 * All rows of a journey, corrected ones included: what journey_build() would
 * make the same journey of.  Codes are those of the view's own dictionary;
 * refs point into the journey or into memory of the current call.
 */
extern size_t journey_row_count(const JourneyView *view);
extern void journey_rows(const JourneyView *view, JourneyRow *rows);

/* Refuses what no journey may hold: infinite times, values that are no numbers. */
extern void journey_check_row(const JourneyRow *row);

#endif							/* INTENT_JOURNEY_H */
