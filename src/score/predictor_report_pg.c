/*
 * predictor_report_pg.c
 *		predictor_training() and predictor_report(): what a predictor knows of itself.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "score/predictor_pg.h"

/* What is said of fewer rows of a label, or with a wider interval, does not carry a decision. */
#define FEW_OF_A_LABEL 30
#define WIDE_INTERVAL 0.1

#define COLUMNS_MAX 13

/* One row, column by column. */
typedef struct Row
{
	int			count;
	Datum		values[COLUMNS_MAX];
	bool		nulls[COLUMNS_MAX];
} Row;

static void
put(Row *row, bool known, Datum value)
{
	row->nulls[row->count] = !known;
	row->values[row->count++] = known ? value : (Datum) 0;
}

static void
put_number(Row *row, double value)
{
	put(row, isfinite(value), Float8GetDatum(value));
}

static void
end_row(FunctionCallInfo fcinfo, Row *row)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	Assert(row->count == result->setDesc->natts);
	tuplestore_putvalues(result->setResult, result->setDesc, row->values, row->nulls);
	row->count = 0;
}

static Datum
text_datum(const ScoreText *text)
{
	return PointerGetDatum(cstring_to_text_with_len(text->data, text->size));
}

/* ----- the model ----- */

static Datum
warnings_of(const Predictor *predictor)
{
	const PredictorTraining *training = &predictor->training;
	Datum	   *warnings = palloc(sizeof(Datum) * (predictor->feature_count + 3));
	int			count = 0;

	if (predictor->status.size != 2 || memcmp(predictor->status.data, "ok", 2) != 0)
		warnings[count++] = text_datum(&predictor->status);
	else if (training->known && (training->positives < FEW_OF_A_LABEL ||
								 training->rows - training->positives < FEW_OF_A_LABEL))
		warnings[count++] = CStringGetTextDatum("few_rows");
	if (training->known && training->auc_high - training->auc_low > WIDE_INTERVAL)
		warnings[count++] = CStringGetTextDatum("wide_interval");
	for (uint32 i = 0; i < predictor->feature_count; i++)
	{
		const PredictorFeature *feature = &predictor->features[i];

		if (feature->note.size > 0)
			warnings[count++] = CStringGetTextDatum(psprintf("%.*s: %.*s", (int) feature->note.size, feature->note.data,
															 (int) feature->name.size, feature->name.data));
	}
	return PointerGetDatum(construct_array(warnings, count, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(intent_predictor_training);
Datum
intent_predictor_training(PG_FUNCTION_ARGS)
{
	Predictor	predictor;
	const PredictorTraining *training = &predictor.training;
	Row			row = {0};

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	predictor_argument(fcinfo, &predictor);
	if (!training->known)
		predictor.training.auc = predictor.training.auc_low = predictor.training.auc_high =
			predictor.training.log_loss = predictor.training.calibration_error = NAN;
	put(&row, true, CStringGetTextDatum(predictor_kind_names[predictor.kind]));
	put(&row, training->known, Int64GetDatum((int64) training->rows));
	put(&row, training->known, Int64GetDatum((int64) training->positives));
	put(&row, training->known, Int32GetDatum((int32) training->folds));
	put(&row, training->known, Int32GetDatum((int32) training->rounds));
	put_number(&row, training->auc);
	put_number(&row, training->log_loss);
	put_number(&row, training->calibration_error);
	put(&row, true, text_datum(&predictor.status));
	put_number(&row, training->auc_low);
	put_number(&row, training->auc_high);
	put(&row, training->known, CStringGetTextDatum(predictor_calibration_names[training->calibration]));
	put(&row, true, warnings_of(&predictor));
	end_row(fcinfo, &row);
	return (Datum) 0;
}

/* ----- its features ----- */

PG_FUNCTION_INFO_V1(intent_predictor_report);
Datum
intent_predictor_report(PG_FUNCTION_ARGS)
{
	const double z = 1.959963984540054;
	Predictor	predictor;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	predictor_argument(fcinfo, &predictor);
	for (uint32 i = 0; i < predictor.feature_count; i++)
	{
		const PredictorFeature *feature = &predictor.features[i];
		bool		line = !feature->category && feature->count == 0 && feature->log1p == 0 &&
			predictor.kind == PREDICTOR_LOGISTIC;
		double		weight = line ? fixed_to_double(feature->linear) : NAN;
		Row			row = {0};

		put(&row, true, text_datum(&feature->name));
		put(&row, true, CStringGetTextDatum(feature->category ? "category" : "number"));
		put_number(&row, feature->importance);
		put_number(&row, feature->auc);
		put_number(&row, weight);
		put_number(&row, weight - z * feature->linear_error);
		put_number(&row, weight + z * feature->linear_error);
		put(&row, feature->note.size > 0, text_datum(&feature->note));
		end_row(fcinfo, &row);
	}
	return (Datum) 0;
}
