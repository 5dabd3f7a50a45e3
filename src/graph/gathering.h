/*
 * gathering.h
 *		Observations taken in at once: who was seen with whom, and when.
 *
 * Each different identifier is kept once, and an observation is a time and the
 * numbers of its identifiers.  When all are there, whoever knows the graph says
 * of each identifier which number it has in there and whether it names anybody;
 * then the pairs to link and the sightings on shared identifiers follow.
 */
#ifndef INTENT_GATHERING_H
#define INTENT_GATHERING_H

#include "base/bytes.h"
#include "identity/node_index.h"

/* A kind of identifiers; kinds are numbered from the strongest on. */
typedef struct GatheredKind
{
	const char *name;
	size_t		name_size;
	int32_t		priority;		/* of two kinds with the same one the smaller identifier decides */
	bool		shared;
} GatheredKind;

typedef struct GatheredValue
{
	uint64_t	start;			/* of its text */
	uint32_t	size;
	uint32_t	kind;
	int64_t		first_seen;
	int64_t		id;				/* in the graph; 0: it is not taken in */
	bool		nobody;
} GatheredValue;

typedef struct Gathering
{
	const GatheredKind *kinds;
	uint32_t	kind_count;
	NodeIndex	index;
	ByteBuffer	texts;
	GatheredValue *values;
	uint32_t	value_count;
	uint32_t	value_capacity;
	/* observations one behind the other: times, how many identifiers, which */
	int64_t    *times;
	uint32_t   *sizes;
	size_t		count;
	size_t		capacity;
	uint32_t   *items;
	size_t		item_count;
	size_t		item_capacity;
} Gathering;

/* Kinds stay the caller's. */
extern void gathering_init(Gathering *gathering, const GatheredKind *kinds, uint32_t kind_count);

/* The number of a kind, or kind_count if there is none of this name. */
extern uint32_t gathering_kind(const Gathering *gathering, const char *name, size_t size);

/* An observation begins; its identifiers follow, at most one of a kind. */
extern void gathering_observe(Gathering *gathering, int64_t at);
extern void gathering_add(Gathering *gathering, uint32_t kind, const char *text, size_t size);

/* Observations with identifiers. */
extern size_t gathering_observations(const Gathering *gathering);

/* Numbers of all values, in the order in which persons get their age: seen first, stronger, by text. */
extern uint32_t *gathering_by_age(const Gathering *gathering);

static inline const char *
gathered_text(const Gathering *gathering, const GatheredValue *value)
{
	return (const char *) gathering->texts.data + value->start;
}

/* The strongest identifier of an observation with another one that is not shared; a < b. */
typedef struct GatheredPair
{
	int64_t		a;
	int64_t		b;
	int64_t		at;				/* first */
	int64_t		count;
} GatheredPair;

/* The strongest identifier of an observation with a shared one. */
typedef struct GatheredSighting
{
	int64_t		carrier;
	int64_t		at;
	int64_t		identifier;
} GatheredSighting;

/* All of them, each once and in order, into memory of the caller; gives their number. */
extern size_t gathering_pairs(const Gathering *gathering, GatheredPair **pairs);
extern size_t gathering_sightings(const Gathering *gathering, GatheredSighting **sightings);

/* Brings sightings into the order (carrier, identifier) and keeps the first of each. */
extern size_t gathering_carried(GatheredSighting *sightings, size_t count);

#endif							/* INTENT_GATHERING_H */
