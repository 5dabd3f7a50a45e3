/*
 * evaluation_pg.c
 *		auc, log_loss and the other measures of how good scores are.
 *
 * All aggregates have one transition function, so a query that asks for many
 * measures of the same rows gathers and sorts them once.
 */
#include "postgres.h"
#include "base/compat_pg.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "score/evaluation.h"
#include "sequence/partial_pg.h"

/* ----- rows in ----- */

static Datum
unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* Score and label are arguments 1 and 2, the weight is `weight` if there are so many. */
static Datum
add_row(FunctionCallInfo fcinfo, int weight, const double *parameter)
{
	PartialObject *object;
	MemoryContext before;
	bool		weighted = PG_NARGS() > weight;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || (weighted && PG_ARGISNULL(weight)))
		return unchanged(fcinfo);
	object = partial_object_argument(fcinfo, 0, &evaluation_kind);
	before = MemoryContextSwitchTo(partial_context(object));
	if (parameter)
		evaluation_set_parameter(object->state, *parameter);
	if (weighted)
		evaluation_add_weighted(object->state, PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2),
								PG_GETARG_FLOAT8(weight));
	else
		evaluation_add(object->state, PG_GETARG_FLOAT8(1), PG_GETARG_BOOL(2));
	MemoryContextSwitchTo(before);
	PARTIAL_RETURN_OBJECT(object);
}

PG_FUNCTION_INFO_V1(intent_evaluation_add);
Datum
intent_evaluation_add(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, 3, NULL);
}

static double
fraction_argument(FunctionCallInfo fcinfo, int argument)
{
	double		fraction;

	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("fraction must not be null"),
				 errhint("Write 0.1 for the best tenth.")));
	fraction = PG_GETARG_FLOAT8(argument);
	if (!(fraction > 0 && fraction <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fraction must be above 0 and at most 1, not %g", fraction),
				 errhint("Write 0.1 for the best tenth.")));
	return fraction;
}

PG_FUNCTION_INFO_V1(intent_evaluation_add_at);
Datum
intent_evaluation_add_at(PG_FUNCTION_ARGS)
{
	double		fraction = fraction_argument(fcinfo, 3);

	return add_row(fcinfo, 4, &fraction);
}

PG_FUNCTION_INFO_V1(intent_evaluation_merge_add);
Datum
intent_evaluation_merge_add(PG_FUNCTION_ARGS)
{
	return partial_merge_argument(fcinfo, &evaluation_kind);
}

/* ----- one number ----- */

static const EvaluationState *
state_argument(FunctionCallInfo fcinfo)
{
	return partial_state_argument(fcinfo, 0, &evaluation_kind);
}

static Datum
number(FunctionCallInfo fcinfo, bool (*measure) (const EvaluationState *state, double *value))
{
	double		value;

	if (!measure(state_argument(fcinfo), &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

PG_FUNCTION_INFO_V1(intent_auc);
Datum
intent_auc(PG_FUNCTION_ARGS)
{
	return number(fcinfo, evaluation_auc);
}

PG_FUNCTION_INFO_V1(intent_auc_pr);
Datum
intent_auc_pr(PG_FUNCTION_ARGS)
{
	return number(fcinfo, evaluation_auc_pr);
}

PG_FUNCTION_INFO_V1(intent_ks);
Datum
intent_ks(PG_FUNCTION_ARGS)
{
	return number(fcinfo, evaluation_ks);
}

PG_FUNCTION_INFO_V1(intent_log_loss);
Datum
intent_log_loss(PG_FUNCTION_ARGS)
{
	return number(fcinfo, evaluation_log_loss);
}

PG_FUNCTION_INFO_V1(intent_brier);
Datum
intent_brier(PG_FUNCTION_ARGS)
{
	return number(fcinfo, evaluation_brier);
}

/* How many times as many positives the best fraction holds as it would by chance. */
static Datum
lift(const EvaluationState *state, double fraction)
{
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationGain gain = {.part = fraction};

	if (totals.weight[1] == 0)
		return (Datum) 0;
	evaluation_gains(state, &totals, &gain, 1);
	return Float8GetDatum(gain.found / totals.size[1] / fraction);
}

PG_FUNCTION_INFO_V1(intent_lift_at);
Datum
intent_lift_at(PG_FUNCTION_ARGS)
{
	const EvaluationState *state = state_argument(fcinfo);
	double		fraction = fraction_argument(fcinfo, 1);

	fcinfo->isnull = state->side[1].count == 0;
	return lift(state, fraction);
}

PG_FUNCTION_INFO_V1(intent_lift_at_final);
Datum
intent_lift_at_final(PG_FUNCTION_ARGS)
{
	const EvaluationState *state = state_argument(fcinfo);

	fcinfo->isnull = state->side[1].count == 0 || !state->has_parameter;
	return fcinfo->isnull ? (Datum) 0 : lift(state, state->parameter);
}

static uint32
bins_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	int32		bins;

	if (PG_NARGS() <= argument)
		return EVALUATION_BINS;
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("Write how many there shall be, for example %d.", EVALUATION_BINS)));
	bins = PG_GETARG_INT32(argument);
	if (bins < 1 || bins > EVALUATION_BINS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be from 1 to %d, not %d", name, EVALUATION_BINS_MAX, bins),
				 errhint("Write how many there shall be, for example %d.", EVALUATION_BINS)));
	return (uint32) bins;
}

/* Are bins to hold equal weights? */
static bool
method_argument(FunctionCallInfo fcinfo, int argument)
{
	char	   *method = PG_NARGS() <= argument ? pstrdup("width") :
		PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));

	if (method == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("method must not be null"),
				 errhint("Write width or quantile.")));
	if (strcmp(method, "width") != 0 && strcmp(method, "quantile") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown method of binning \"%s\"", method),
				 errhint("Write width or quantile.")));
	return strcmp(method, "quantile") == 0;
}

static Datum
calibration_number(FunctionCallInfo fcinfo,
				   bool (*measure) (const EvaluationState *state, uint32_t bins, bool equal_weight, double *value))
{
	uint32		bins = bins_argument(fcinfo, 1, "bins");
	bool		equal_weight = method_argument(fcinfo, 2);
	double		value;

	if (!measure(state_argument(fcinfo), bins, equal_weight, &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

PG_FUNCTION_INFO_V1(intent_calibration_error);
Datum
intent_calibration_error(PG_FUNCTION_ARGS)
{
	return calibration_number(fcinfo, evaluation_calibration_error);
}

PG_FUNCTION_INFO_V1(intent_calibration_noise);
Datum
intent_calibration_noise(PG_FUNCTION_ARGS)
{
	return calibration_number(fcinfo, evaluation_calibration_noise);
}

static const double no_nulls[2] = {0, 0};

PG_FUNCTION_INFO_V1(intent_psi);
Datum
intent_psi(PG_FUNCTION_ARGS)
{
	EvaluationDrift drift = evaluation_drift(state_argument(fcinfo), bins_argument(fcinfo, 1, "bins"), no_nulls);

	if (drift.status == EVALUATION_NO_ROWS || drift.status == EVALUATION_ONE_CLASS)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(drift.psi);
}

/* ----- rows ----- */

#define COLUMNS_MAX 16

/* One row being put together, column by column; a number that is not there is NULL. */
typedef struct Row
{
	ReturnSetInfo *result;
	int			count;
	Datum		values[COLUMNS_MAX];
	bool		nulls[COLUMNS_MAX];
} Row;

static Row
begin_rows(FunctionCallInfo fcinfo)
{
	Row			row = {NULL};

	InitMaterializedSRF(fcinfo, 0);
	row.result = (ReturnSetInfo *) fcinfo->resultinfo;
	return row;
}

static void
put_float(Row *row, bool known, double value)
{
	row->nulls[row->count] = !known;
	row->values[row->count++] = known ? Float8GetDatum(value) : (Datum) 0;
}

static void
put_integer(Row *row, int64 value)
{
	row->nulls[row->count] = false;
	row->values[row->count++] = Int64GetDatum(value);
}

static void
put_text(Row *row, const char *value)
{
	row->nulls[row->count] = false;
	row->values[row->count++] = CStringGetTextDatum(value);
}

static void
end_row(Row *row)
{
	Assert(row->count == row->result->setDesc->natts);
	tuplestore_putvalues(row->result->setResult, row->result->setDesc, row->values, row->nulls);
	row->count = 0;
}

/* What a NULL state stands for. */
static const EvaluationState *
state_or_empty(FunctionCallInfo fcinfo)
{
	const EvaluationState *state = state_argument(fcinfo);

	return state ? state : palloc0(sizeof(EvaluationState));
}

static EvaluationStatus
status_of(const EvaluationTotals *totals)
{
	return totals->count[0] == 0 && totals->count[1] == 0 ? EVALUATION_NO_ROWS :
		totals->count[0] == 0 || totals->count[1] == 0 ? EVALUATION_ONE_CLASS : EVALUATION_OK;
}

static bool
has_auc(const EvaluationInterval *interval)
{
	return interval->status != EVALUATION_NO_ROWS && interval->status != EVALUATION_ONE_CLASS;
}

PG_FUNCTION_INFO_V1(intent_auc_interval);
Datum
intent_auc_interval(PG_FUNCTION_ARGS)
{
	Row			row = begin_rows(fcinfo);
	const EvaluationState *state = state_or_empty(fcinfo);
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationInterval interval = evaluation_interval(state, &totals);
	bool		ok = interval.status == EVALUATION_OK;

	put_float(&row, has_auc(&interval), interval.auc);
	put_float(&row, ok, interval.low);
	put_float(&row, ok, interval.high);
	put_float(&row, ok, interval.error);
	put_integer(&row, (int64) totals.count[1]);
	put_integer(&row, (int64) totals.count[0]);
	put_text(&row, evaluation_status_names[interval.status]);
	end_row(&row);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_calibration_table);
Datum
intent_calibration_table(PG_FUNCTION_ARGS)
{
	uint32		bins = bins_argument(fcinfo, 1, "bins");
	bool		equal_weight = method_argument(fcinfo, 2);
	Row			row = begin_rows(fcinfo);
	const EvaluationState *state = state_or_empty(fcinfo);
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationBin *bin;
	size_t		count = evaluation_bins(state, &totals, bins, equal_weight, &bin);

	for (size_t i = 0; i < count; i++)
	{
		put_float(&row, true, bin[i].low);
		put_float(&row, true, bin[i].high);
		put_integer(&row, (int64) (bin[i].count[0] + bin[i].count[1]));
		put_float(&row, true, fixed_to_double(bin[i].weight[0] + bin[i].weight[1]));
		put_float(&row, true, bin[i].mean);
		put_float(&row, true, bin[i].observed);
		put_float(&row, true, bin[i].observed_low);
		put_float(&row, true, bin[i].observed_high);
		end_row(&row);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_gains);
Datum
intent_gains(PG_FUNCTION_ARGS)
{
	uint32		steps = bins_argument(fcinfo, 1, "steps");
	Row			row = begin_rows(fcinfo);
	const EvaluationState *state = state_or_empty(fcinfo);
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationGain *gains;

	if (status_of(&totals) == EVALUATION_NO_ROWS)
		return (Datum) 0;
	gains = palloc0(sizeof(EvaluationGain) * steps);
	for (uint32 i = 0; i < steps; i++)
		gains[i].part = (double) (i + 1) / steps;
	evaluation_gains(state, &totals, gains, steps);
	for (uint32 i = 0; i < steps; i++)
	{
		bool		positives = totals.weight[1] > 0;
		double		captured = positives ? gains[i].found / totals.size[1] : 0;

		put_float(&row, true, gains[i].part);
		put_float(&row, true, gains[i].rows);
		put_float(&row, true, gains[i].found);
		put_float(&row, positives, captured);
		put_float(&row, positives, captured / gains[i].part);
		put_float(&row, true, gains[i].threshold);
		end_row(&row);
	}
	return (Datum) 0;
}

/* A quotient that is unknown without anything to divide by. */
static void
put_rate(Row *row, double part, double rest)
{
	put_float(row, part + rest > 0, part / (part + rest));
}

PG_FUNCTION_INFO_V1(intent_confusion);
Datum
intent_confusion(PG_FUNCTION_ARGS)
{
	Row			row = begin_rows(fcinfo);
	const EvaluationState *state = state_or_empty(fcinfo);
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationConfusion c;
	bool		any;

	if (PG_ARGISNULL(1) || isnan(PG_GETARG_FLOAT8(1)))
		ereport(ERROR,
				(errcode(PG_ARGISNULL(1) ? ERRCODE_NULL_VALUE_NOT_ALLOWED : ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("threshold must not be %s", PG_ARGISNULL(1) ? "null" : "NaN"),
				 errhint("Write the least score that means yes, for example 0.5.")));
	c = evaluation_confusion(state, PG_GETARG_FLOAT8(1));
	any = status_of(&totals) != EVALUATION_NO_ROWS;
	put_float(&row, true, c.true_positives);
	put_float(&row, true, c.false_positives);
	put_float(&row, true, c.true_negatives);
	put_float(&row, true, c.false_negatives);
	put_rate(&row, c.true_positives, c.false_positives);
	put_rate(&row, c.true_positives, c.false_negatives);
	put_rate(&row, c.true_negatives, c.false_positives);
	put_rate(&row, c.true_positives + c.true_negatives, c.false_positives + c.false_negatives);
	put_float(&row, totals.weight[1] > 0 || c.false_positives > 0, evaluation_f1(&c));
	put_text(&row, evaluation_status_names[any ? status_of(&totals) : EVALUATION_NO_ROWS]);
	end_row(&row);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_best_threshold);
Datum
intent_best_threshold(PG_FUNCTION_ARGS)
{
	Row			row = begin_rows(fcinfo);
	const EvaluationState *state = state_or_empty(fcinfo);
	EvaluationTotals totals = evaluation_totals(state);
	bool		by_cost = !PG_ARGISNULL(1) || !PG_ARGISNULL(2);
	double		costs[2] = {0};
	double		threshold = 0;
	double		value = 0;
	EvaluationConfusion c;
	bool		found;

	for (int i = 0; by_cost && i < 2; i++)
	{
		costs[i] = PG_ARGISNULL(1 + i) ? -1 : PG_GETARG_FLOAT8(1 + i);
		if (!(costs[i] >= 0) || isinf(costs[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be a number from 0 on", i == 0 ? "false_positive_cost" : "false_negative_cost"),
					 errhint("Give both costs in one currency, or none for the greatest F1.")));
	}
	found = evaluation_best_threshold(state, by_cost ? costs : NULL, &threshold, &value);
	c = evaluation_confusion(state, threshold);
	put_float(&row, found, threshold);
	put_text(&row, by_cost ? "cost" : "f1");
	put_float(&row, found, value);
	put_rate(&row, found ? c.true_positives : 0, found ? c.false_positives : 0);
	put_rate(&row, found ? c.true_positives : 0, found ? c.false_negatives : 0);
	put_text(&row, evaluation_status_names[status_of(&totals)]);
	end_row(&row);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(intent_stability);
Datum
intent_stability(PG_FUNCTION_ARGS)
{
	uint32		bins = bins_argument(fcinfo, 1, "bins");
	Row			row = begin_rows(fcinfo);
	const EvaluationState *state = state_or_empty(fcinfo);
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationDrift drift = evaluation_drift(state, bins, no_nulls);
	bool		known = drift.status == EVALUATION_OK || drift.status == EVALUATION_FEW;

	put_float(&row, known, drift.psi);
	put_float(&row, known && !isnan(drift.ks), drift.ks);
	put_integer(&row, (int64) totals.count[0]);
	put_integer(&row, (int64) totals.count[1]);
	row.nulls[row.count] = drift.status != EVALUATION_OK;
	row.values[row.count++] = CStringGetTextDatum(evaluation_drift_verdict(drift.psi));
	put_text(&row, evaluation_status_names[drift.status]);
	end_row(&row);
	return (Datum) 0;
}

/* Fewer rows of a class, or a wider interval, do not carry a decision. */
#define FEW_OF_A_CLASS 30
#define WIDE_INTERVAL 0.1

static const char *
report_status(const EvaluationInterval *interval, const EvaluationTotals *totals)
{
	if (interval->status == EVALUATION_OK &&
		(totals->count[0] < FEW_OF_A_CLASS || totals->count[1] < FEW_OF_A_CLASS))
		return "insufficient_data";
	if (interval->status == EVALUATION_OK && interval->high - interval->low > WIDE_INTERVAL)
		return "wide_interval";
	return evaluation_status_names[interval->status];
}

static void
put_measure(Row *row, bool wanted, const EvaluationState *state,
			bool (*measure) (const EvaluationState *state, double *value))
{
	double		value = 0;
	bool		known = wanted && measure(state, &value);

	put_float(row, known, value);
}

PG_FUNCTION_INFO_V1(intent_evaluation_report);
Datum
intent_evaluation_report(PG_FUNCTION_ARGS)
{
	Row			row = begin_rows(fcinfo);
	const EvaluationState *state = state_or_empty(fcinfo);
	EvaluationTotals totals = evaluation_totals(state);
	EvaluationInterval interval = evaluation_interval(state, &totals);
	EvaluationGain gain = {.part = 0.1};
	bool		ok = interval.status == EVALUATION_OK;
	double		error = 0;
	bool		known;

	put_integer(&row, (int64) (totals.count[0] + totals.count[1]));
	put_integer(&row, (int64) totals.count[1]);
	put_rate(&row, totals.size[1], totals.size[0]);
	put_float(&row, has_auc(&interval), interval.auc);
	put_float(&row, ok, interval.low);
	put_float(&row, ok, interval.high);
	put_measure(&row, true, state, evaluation_auc_pr);
	put_measure(&row, true, state, evaluation_ks);
	if (totals.weight[1] > 0)
		evaluation_gains(state, &totals, &gain, 1);
	put_float(&row, totals.weight[1] > 0, gain.found / totals.size[1] / gain.part);
	put_measure(&row, totals.probabilities, state, evaluation_log_loss);
	put_measure(&row, totals.probabilities, state, evaluation_brier);
	known = totals.probabilities &&
		evaluation_calibration_error(state, EVALUATION_BINS, false, &error);
	put_float(&row, known, error);
	put_text(&row, report_status(&interval, &totals));
	end_row(&row);
	return (Datum) 0;
}
