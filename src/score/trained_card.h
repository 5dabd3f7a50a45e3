/*
 * trained_card.h
 *		What was learned of signals, as a scorecard.
 */
#ifndef INTENT_TRAINED_CARD_H
#define INTENT_TRAINED_CARD_H

#include "score/predictor.h"
#include "score/scorecard.h"

/*
 * A card with the signals of a list, in their order, and intents of these
 * names, which rise; nothing weighs yet.
 */
extern void trained_card_begin(Scorecard *card, const Scorecard *signals, const ScoreText *intents, uint32_t count);

/*
 * Adds what a model has learned for an intent.  Its features are signals of the
 * list by their names; a weight is one of the signal, and a shape of bins a
 * signal of its own, whose points take the place of the transform.
 */
extern void trained_card_add(Scorecard *card, uint32_t intent, const Predictor *model);

/* Removes what weighs nothing. */
extern void trained_card_finish(Scorecard *card);

#endif							/* INTENT_TRAINED_CARD_H */
