/*
 * linkage_model_pg.h
 *		The linkage_model type as the server sees it.
 */
#ifndef INTENT_LINKAGE_MODEL_PG_H
#define INTENT_LINKAGE_MODEL_PG_H

#include "fmgr.h"
#include "utils/jsonb.h"

#include "identity/linkage_train.h"

#define PG_GETARG_LINKAGE_MODEL_P(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))

extern struct varlena *linkage_model_value(const LinkageModel *model);
extern LinkageModel *linkage_model_from_varlena(const struct varlena *value);

/* ----- linkage_json_pg.c ----- */

/* What the caller asks for; NULL is nothing in particular.  Errors say how to write it. */
extern void linkage_spec_from_jsonb(LinkageSpec *spec, Jsonb *json);

/* A model as linkage_model_to_text writes it. */
extern void linkage_model_from_jsonb(LinkageModel *model, Jsonb *json);

#endif							/* INTENT_LINKAGE_MODEL_PG_H */
