/*
 * model_pg.h
 *		Models as the server sees them: types whose aggregates grow in place.
 *
 * The state of the aggregate is the model itself, a concrete type, so that
 * partial results can be stored, sent to another server and merged there.
 * While it grows it is an expanded object; flat bytes are made when somebody
 * stores, sends or reads it.
 */
#ifndef INTENT_MODEL_PG_H
#define INTENT_MODEL_PG_H

#include "fmgr.h"

#include "sequence/model.h"

/* One type of model, told by its pure C core. */
typedef struct ModelKind
{
	const char *type;			/* its name in SQL */
	void	   *(*create) (void);
	void		(*absorb) (void *model, const void *data, size_t size, HostError error);
	void		(*pack) (ByteBuffer *out, void *model);
} ModelKind;

/* Flat bytes of an argument, whatever form it has. */
#define PG_GETARG_MODEL_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

typedef struct GrowingModel GrowingModel;

/*
 * Argument 0 as a model to add to, a new one if it is NULL.  Its memory is the
 * current one until model_grown(), which gives the value to return.
 */
extern GrowingModel *model_growing(FunctionCallInfo fcinfo, const ModelKind *kind, void **model);
extern Datum model_grown(GrowingModel *growing);

/* Argument 0 as it is, for a row that adds nothing. */
extern Datum model_unchanged(FunctionCallInfo fcinfo);

/* Argument 0 with argument 1 added, NULL adding nothing: combine and merge. */
extern Datum model_merge(FunctionCallInfo fcinfo, const ModelKind *kind);

/* The forms of the type. */
extern Datum model_in(FunctionCallInfo fcinfo, const ModelKind *kind);
extern Datum model_out(FunctionCallInfo fcinfo);
extern Datum model_recv(FunctionCallInfo fcinfo, const ModelKind *kind);
extern Datum model_send(FunctionCallInfo fcinfo);

/* A name of a model as text: of a touchpoint, or plain. */
extern Datum model_touchpoint_datum(const Touchpoint *name);
extern Datum model_name_datum(const Touchpoint *name);

/* Arguments of aggregates over counted rows; NULL is 0. */
extern uint64_t model_count_argument(FunctionCallInfo fcinfo, int argument, const char *name);
extern Fixed model_value_argument(FunctionCallInfo fcinfo, int argument, uint64_t conversions);

#endif							/* INTENT_MODEL_PG_H */
