/*
 * scorecard_reader.h
 *		What reads the JSON of scorecards and of lists of signals.
 *
 * Every refusal names the place as a path such as signals[1].weights.purchase
 * (elements count from 0, as in JSON paths) and says what to write instead.
 */
#ifndef INTENT_SCORECARD_READER_H
#define INTENT_SCORECARD_READER_H

#include "score/json_reader.h"
#include "score/scorecard.h"

/* Where in the document we are: joined to text only for an error. */
typedef struct Place
{
	const struct Place *outer;	/* NULL of the document itself, */
	const char *document;		/* which has a name */
	const char *key;			/* NULL for an element */
	uint32_t	key_size;
	uint32_t	element;
} Place;

static inline Place
place_of_document(const char *name)
{
	return (Place) {.document = name};
}

static inline Place
place_of_member(const Place *outer, const char *key, size_t size)
{
	return (Place) {.outer = outer, .key = key, .key_size = (uint32_t) size};
}

static inline Place
place_of_element(const Place *outer, uint32_t element)
{
	return (Place) {.outer = outer, .element = element};
}

extern void card_refuse(HostError code, const Place *place, const char *problem, const char *hint) HOST_NORETURN;
extern void card_expect(const JsonValue *value, JsonKind kind, const Place *place, const char *hint);

/* The member of an object, or NULL; or a refusal. */
extern const JsonValue *card_find(const JsonValue *object, const char *key);
extern const JsonValue *card_require(const JsonValue *object, const Place *place, const char *key, const char *hint);

/* Refuses members but those of the list, which ends with NULL. */
extern void card_check_keys(const JsonValue *object, const Place *place, const char *const *keys, const char *hint);

extern Fixed card_fixed(const JsonValue *value, const Place *place);
extern ScoreText card_name(const char *text, uint32_t size, const Place *place);
extern int64_t card_duration(const JsonValue *value, const Place *place, bool may_be_zero, const char *zero_hint);

extern bool card_find_intent(const Scorecard *card, const char *name, size_t size, uint32_t *intent);
extern const char *card_intent_names(const Scorecard *card);

/* The signals of a card whose intents are read, or of a list, where they have no weights (signal_parse.c). */
extern void card_read_signals(Scorecard *card, const JsonValue *value, const Place *place, bool weighted);

#endif							/* INTENT_SCORECARD_READER_H */
