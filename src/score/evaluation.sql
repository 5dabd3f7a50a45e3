-- evaluation: how good scores are, from rows of score and label

CREATE FUNCTION evaluation_add(partial, float8, boolean) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_evaluation_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION evaluation_add(partial, float8, boolean) IS
'Transition function of evaluation_state and all measures; not for direct use.';

CREATE FUNCTION evaluation_add(partial, float8, boolean, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_evaluation_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION evaluation_add(partial, float8, boolean, float8) IS
'Transition function of evaluation_state and all measures, of weighted rows; not for direct use.';

CREATE FUNCTION evaluation_add_at(partial, float8, boolean, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_evaluation_add_at' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION evaluation_add_at(partial, float8, boolean, float8) IS
'Transition function of lift_at(score, label, fraction); not for direct use.';

CREATE FUNCTION evaluation_add_at(partial, float8, boolean, float8, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_evaluation_add_at' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION evaluation_add_at(partial, float8, boolean, float8, float8) IS
'Transition function of lift_at(score, label, fraction, weight); not for direct use.';

CREATE FUNCTION evaluation_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_evaluation_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION evaluation_merge_add(partial, partial) IS
'Transition function of evaluation_merge; not for direct use.';

-- ----- the state -----

CREATE AGGREGATE evaluation_state(score float8, label boolean) (
	SFUNC = evaluation_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE evaluation_state(float8, boolean) IS
'All that the measures of scores need, as a value to keep, send and merge: how many rows with label true and false had each score. score is any number that is greater the likelier the label; the measures that want probabilities say so. Rows with a NULL are ignored; NULL if no row is left. A score that is NaN is error 22003. The same bytes whatever the order of the rows and the parts they came in. Cost of sorting; a state takes 16 bytes a different score in memory and about 9 as a value. Example: SELECT r.* FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label)) e, intent.evaluation_report(s) r;';

CREATE AGGREGATE evaluation_state(score float8, label boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE evaluation_state(float8, boolean, float8) IS
'As evaluation_state(score, label), a row standing for weight rows: the inverse of the share that was sampled, for example. Weights are kept to 12 decimals; a row of weight 0 counts nowhere, and one of weight 1 as without a weight. Weights that are negative or not finite are error 22003. Example: SELECT intent.auc(intent.evaluation_state(score, label, weight)) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

CREATE AGGREGATE evaluation_merge(state partial) (
	SFUNC = evaluation_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE evaluation_merge(partial) IS
'The state of all rows that several states hold: the same bytes as evaluation_state over all of them. NULL states are ignored; states of another kind are error 42804. Example: SELECT intent.auc(intent.evaluation_merge(s)) FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label) GROUP BY score > 0.5) parts;';

-- ----- one number -----

CREATE FUNCTION auc(state partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_auc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION auc(partial) IS
'auc(score, label) of the rows that a state of evaluation_state holds; a state of another kind is error 42804. Example: SELECT intent.auc(intent.evaluation_state(score, label)) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE auc(score float8, label boolean) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = auc, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE auc(float8, boolean) IS
'Area under the ROC curve: the share of pairs of a row labelled true and one labelled false in which the true one has the greater score, equal scores counting half. Pairs are counted, so ties are exact and nothing is binned. NULL unless both labels occur. Rows with a NULL are ignored, NaN is error 22003. The same to the last bit whatever the order and the plan; cost of sorting, shared by all measures of the same columns in a query. Example: SELECT intent.auc(score, label) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE auc(score float8, label boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = auc, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE auc(float8, boolean, float8) IS
'auc(score, label) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.auc(score, label, weight) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

CREATE FUNCTION auc_pr(state partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_auc_pr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION auc_pr(partial) IS
'auc_pr(score, label) of the rows that a state of evaluation_state holds; a state of another kind is error 42804. Example: SELECT intent.auc_pr(intent.evaluation_state(score, label)) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE auc_pr(score float8, label boolean) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = auc_pr, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE auc_pr(float8, boolean) IS
'Area under the precision-recall curve as average precision: the precision at each different score, weighted by the recall that it adds, without interpolation. A score without any information has the share of true labels. NULL unless both labels occur. Rows with a NULL are ignored, NaN is error 22003. The same to the last bit whatever the order and the plan; cost of sorting, shared by all measures of the same columns in a query. Example: SELECT intent.auc_pr(score, label) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE auc_pr(score float8, label boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = auc_pr, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE auc_pr(float8, boolean, float8) IS
'auc_pr(score, label) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.auc_pr(score, label, weight) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

CREATE FUNCTION ks(state partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_ks' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION ks(partial) IS
'ks(score, label) of the rows that a state of evaluation_state holds; a state of another kind is error 42804. Example: SELECT intent.ks(intent.evaluation_state(score, label)) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE ks(score float8, label boolean) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = ks, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ks(float8, boolean) IS
'Kolmogorov-Smirnov distance: the greatest difference between the shares of true and of false rows that lie at or below a score. 0 is no separation, 1 a perfect one. NULL unless both labels occur. Rows with a NULL are ignored, NaN is error 22003. The same to the last bit whatever the order and the plan; cost of sorting, shared by all measures of the same columns in a query. Example: SELECT intent.ks(score, label) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE ks(score float8, label boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = ks, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ks(float8, boolean, float8) IS
'ks(score, label) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.ks(score, label, weight) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

CREATE FUNCTION log_loss(state partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_log_loss' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION log_loss(partial) IS
'log_loss(score, label) of the rows that a state of evaluation_state holds; a state of another kind is error 42804. Example: SELECT intent.log_loss(intent.evaluation_state(score, label)) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE log_loss(score float8, label boolean) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = log_loss, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE log_loss(float8, boolean) IS
'Mean of -ln(p) for rows labelled true and -ln(1 - p) for rows labelled false, computed in fixed point with 12 decimals and so the same on every platform. Infinity if something happened that had probability 0, or did not that had 1. Scores outside of 0 to 1 are error 22003; NULL without rows. Rows with a NULL are ignored, NaN is error 22003. The same to the last bit whatever the order and the plan; cost of sorting, shared by all measures of the same columns in a query. Example: SELECT intent.log_loss(score, label) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE log_loss(score float8, label boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = log_loss, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE log_loss(float8, boolean, float8) IS
'log_loss(score, label) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.log_loss(score, label, weight) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

CREATE FUNCTION brier(state partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_brier' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION brier(partial) IS
'brier(score, label) of the rows that a state of evaluation_state holds; a state of another kind is error 42804. Example: SELECT intent.brier(intent.evaluation_state(score, label)) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE brier(score float8, label boolean) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = brier, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE brier(float8, boolean) IS
'Brier score: the mean squared difference of probability and outcome (1 for true, 0 for false). Scores outside of 0 to 1 are error 22003; NULL without rows. Rows with a NULL are ignored, NaN is error 22003. The same to the last bit whatever the order and the plan; cost of sorting, shared by all measures of the same columns in a query. Example: SELECT intent.brier(score, label) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE brier(score float8, label boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = brier, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE brier(float8, boolean, float8) IS
'brier(score, label) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.brier(score, label, weight) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

CREATE FUNCTION calibration_error(state partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_calibration_error' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION calibration_error(partial) IS
'calibration_error(score, label) of the rows that a state of evaluation_state holds; a state of another kind is error 42804. Example: SELECT intent.calibration_error(intent.evaluation_state(score, label)) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE calibration_error(score float8, label boolean) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = calibration_error, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE calibration_error(float8, boolean) IS
'Expected calibration error: over ten bins of equal width, the mean of |mean probability - share of true labels|, weighted by the rows of each bin. With few rows in a bin it is above 0 for perfect probabilities, too. Scores outside of 0 to 1 are error 22003; NULL without rows. Rows with a NULL are ignored, NaN is error 22003. The same to the last bit whatever the order and the plan; cost of sorting, shared by all measures of the same columns in a query. Example: SELECT intent.calibration_error(score, label) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE calibration_error(score float8, label boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = calibration_error, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE calibration_error(float8, boolean, float8) IS
'calibration_error(score, label) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.calibration_error(score, label, weight) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

CREATE FUNCTION calibration_error(state partial, bins integer, method text DEFAULT 'width') RETURNS float8
AS 'MODULE_PATHNAME', 'intent_calibration_error' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION calibration_error(partial, integer, text) IS
'calibration_error(score, label) with another number of bins, 1 to 10000, of equal width or, by method quantile, of about equal weight: rows of one score stay together. Other numbers and methods are error 22023. Example: SELECT intent.calibration_error(intent.evaluation_state(score, label), 5, ''quantile'') FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE FUNCTION calibration_noise(state partial, bins integer DEFAULT 10, method text DEFAULT 'width') RETURNS float8
AS 'MODULE_PATHNAME', 'intent_calibration_noise' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION calibration_noise(partial, integer, text) IS
'What calibration_error(state, bins, method) would be by chance, were all probabilities exactly right: over the bins, the weighted mean of sqrt(2 / pi) times the standard deviation of the share of true labels. Fewer rows and more bins make it greater; an error that is not above it is no fault of the model. NULL without rows; errors as in calibration_error(). Example: SELECT intent.calibration_error(s), intent.calibration_noise(s) FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label)) e;';

CREATE FUNCTION lift_at(state partial, fraction float8) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_lift_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION lift_at(partial, float8) IS
'lift_at(score, label, fraction) of the rows that a state holds. Example: SELECT intent.lift_at(intent.evaluation_state(score, label), 0.5) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE FUNCTION lift_at_final(partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_lift_at_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION lift_at_final(partial) IS 'Final function of lift_at; not for direct use.';

CREATE AGGREGATE lift_at(score float8, label boolean, fraction float8) (
	SFUNC = evaluation_add_at, STYPE = partial, FINALFUNC = lift_at_final, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lift_at(float8, boolean, float8) IS
'How many times as many true labels the fraction of rows with the greatest scores holds as that many rows drawn at random: 1 is no better than chance. Of rows with one score that pass the fraction, a part is taken in proportion, so that the order of ties means nothing. NULL without true labels; a fraction that is not above 0 and at most 1, or that changes from row to row, is error 22023, a NULL one 22004. Example: SELECT intent.lift_at(score, label, 0.5) FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label);';

CREATE AGGREGATE lift_at(score float8, label boolean, fraction float8, weight float8) (
	SFUNC = evaluation_add_at, STYPE = partial, FINALFUNC = lift_at_final, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE lift_at(float8, boolean, float8, float8) IS
'lift_at(score, label, fraction) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.lift_at(score, label, 0.5, weight) FROM (VALUES (0.9, true, 2.5), (0.8, false, 1), (0.7, true, 1), (0.2, false, 4)) t(score, label, weight);';

-- ----- rows -----

CREATE FUNCTION evaluation_report(state partial,
	OUT n bigint, OUT n_true bigint, OUT rate float8, OUT auc float8, OUT auc_low float8, OUT auc_high float8,
	OUT auc_pr float8, OUT ks float8, OUT lift_10 float8, OUT log_loss float8, OUT brier float8,
	OUT calibration_error float8, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_evaluation_report' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 1;
COMMENT ON FUNCTION evaluation_report(partial) IS
'All measures in one row: how many rows, how many of them true and their (weighted) share; auc with its 95 % interval as in auc_interval; auc_pr, ks, the lift of the best tenth; and, if all scores are from 0 to 1, log_loss, brier and calibration_error. status: ok; no_rows (also for NULL); one_class; insufficient_data (fewer than 30 rows of a label); separated (auc is 0 or 1: look for a leak); wide_interval (the interval of auc is wider than 0.1). What cannot be said is NULL. Example: SELECT segment, r.n, r.auc, r.status FROM (SELECT segment, intent.evaluation_state(score, label) AS s FROM (VALUES (''new'', 0.9, true), (''new'', 0.2, false), (''old'', 0.7, true)) t(segment, score, label) GROUP BY segment) e, intent.evaluation_report(s) r;';

CREATE FUNCTION auc_interval(state partial,
	OUT auc float8, OUT low float8, OUT high float8, OUT standard_error float8,
	OUT n_true bigint, OUT n_false bigint, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_auc_interval' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 1;
COMMENT ON FUNCTION auc_interval(partial) IS
'The area under the ROC curve with its standard error and 95 % interval after DeLong, DeLong and Clarke-Pearson (1988), cut at 0 and 1; with weights, variances are of as many rows of equal weight as say the same (Kish). One row: status ok, no_rows (also for NULL), one_class, insufficient_data (fewer than two rows of a label) or separated (auc is 0 or 1, where the method has no variance to go by). What cannot be said is NULL. Example: SELECT i.* FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label)) e, intent.auc_interval(s) i;';

CREATE FUNCTION calibration_table(state partial, bins integer DEFAULT 10, method text DEFAULT 'width',
	OUT score_low float8, OUT score_high float8, OUT n bigint, OUT weight float8, OUT mean_score float8,
	OUT rate float8, OUT rate_low float8, OUT rate_high float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_calibration_table' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 10;
COMMENT ON FUNCTION calibration_table(partial, integer, text) IS
'What probabilities said and what happened, bin by bin: bins of equal width (each from its lower end on, the last with 1) or, by method quantile, of about equal weight; empty ones are left out. weight is the sum of weights, n without any; rate is the share of true labels, with its 95 % interval after Wilson. A probability means what it says if mean_score lies inside. No rows for NULL; scores outside of 0 to 1 are error 22003, other bins than 1 to 10000 and other methods 22023. Example: SELECT c.* FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label)) e, intent.calibration_table(s, 4) c;';

CREATE FUNCTION gains(state partial, steps integer DEFAULT 10,
	OUT fraction float8, OUT n float8, OUT n_true float8, OUT captured float8, OUT lift float8, OUT threshold float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_gains' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 10;
COMMENT ON FUNCTION gains(partial, integer) IS
'The gains curve: for the best fraction of rows, in so many equal steps, how many rows (or what weight) that is and how many of them are true, the share of all true rows that they are, the lift over chance, and the least score among them. Rows of one score are taken in proportion, so numbers need not be whole. No rows for NULL; other steps than 1 to 10000 are error 22023. Example: SELECT g.* FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label)) e, intent.gains(s, 4) g;';

CREATE FUNCTION confusion(state partial, threshold float8,
	OUT true_positives float8, OUT false_positives float8, OUT true_negatives float8, OUT false_negatives float8,
	OUT ppv float8, OUT recall float8, OUT specificity float8, OUT accuracy float8, OUT f1 float8, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_confusion' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1;
COMMENT ON FUNCTION confusion(partial, float8) IS
'Who is right if score >= threshold means true: sums of weights (numbers of rows without any) and the rates that follow, ppv (the positive predictive value) being what is also called precision. A rate of nothing is NULL. status: ok, one_class, no_rows (also for NULL). A NULL threshold is error 22004, NaN 22003. Example: SELECT c.* FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label)) e, intent.confusion(s, 0.5) c;';

CREATE FUNCTION best_threshold(state partial, false_positive_cost float8 DEFAULT NULL, false_negative_cost float8 DEFAULT NULL,
	OUT threshold float8, OUT objective text, OUT value float8, OUT ppv float8, OUT recall float8, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_best_threshold' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1;
COMMENT ON FUNCTION best_threshold(partial, float8, float8) IS
'The threshold (score >= threshold means true) with the greatest F1 or, if both costs are given, the least cost a row; of equal ones the greatest. It is a score that occurs, or Infinity: nobody. value is the F1 or the cost there, ppv and recall what it finds. Chosen and judged on the same rows it flatters: choose on one part and look at confusion() of another. status: ok, one_class, no_rows (also for NULL), the last two without a threshold. One cost alone, or one that is negative or not finite, is error 22023. Example: SELECT b.* FROM (SELECT intent.evaluation_state(score, label) AS s FROM (VALUES (0.9, true), (0.8, false), (0.7, true), (0.2, false)) t(score, label)) e, intent.best_threshold(s, false_positive_cost => 1, false_negative_cost => 20) b;';

-- ----- drift -----

CREATE FUNCTION psi(state partial) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_psi' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION psi(partial) IS
'psi(score, recent) of the rows that a state of evaluation_state(score, recent) holds. Example: SELECT intent.psi(intent.evaluation_state(score, recent)) FROM (VALUES (0.1, false), (0.2, false), (0.1, true), (0.3, true)) t(score, recent);';

CREATE AGGREGATE psi(score float8, recent boolean) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = psi, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE psi(float8, boolean) IS
'Population stability index of any number, a score or a signal: how far its distribution among the recent rows has moved from that among the others. Ten bins that hold about equal numbers of the others (rows of one value stay together); the sum over bins of (a - e) ln(a / e), a being the share of recent rows in a bin and e that of the others, an empty one counting as half a row. Below 0.1 little has moved, from 0.25 on much: stability() says so. NULL unless there are rows of both kinds. Rows with a NULL are ignored, NaN is error 22003. Example: SELECT intent.psi(score, recent) FROM (VALUES (0.1, false), (0.2, false), (0.1, true), (0.3, true)) t(score, recent);';

CREATE AGGREGATE psi(score float8, recent boolean, weight float8) (
	SFUNC = evaluation_add, STYPE = partial, FINALFUNC = psi, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE psi(float8, boolean, float8) IS
'psi(score, recent) of rows that stand for weight rows each; weights as in evaluation_state. Example: SELECT intent.psi(score, recent, 2) FROM (VALUES (0.1, false), (0.2, false), (0.1, true), (0.3, true)) t(score, recent);';

CREATE FUNCTION stability(state partial, bins integer DEFAULT 10,
	OUT psi float8, OUT ks float8, OUT n_before bigint, OUT n_recent bigint, OUT verdict text, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_stability' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 1;
COMMENT ON FUNCTION stability(partial, integer) IS
'Has a number drifted? From evaluation_state(score, recent): the population stability index as in psi(), the Kolmogorov-Smirnov distance, how many rows there are of each kind, and a verdict: stable (psi below 0.1), shifting, or shifted (from 0.25 on). status: ok; insufficient_data (fewer rows of a kind than bins; no verdict then); one_class (rows of one kind only); no_rows (also for NULL). Other bins than 1 to 10000 are error 22023. Example: SELECT d.* FROM (SELECT intent.evaluation_state(n % 50 * 0.02, n > 100) AS s FROM generate_series(1, 200) n) e, intent.stability(s) d;';

CREATE FUNCTION drift_report(query text, recent text,
	OUT signal text, OUT kind text, OUT psi float8, OUT ks float8, OUT n_before bigint, OUT n_recent bigint,
	OUT null_before float8, OUT null_recent float8, OUT verdict text, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_drift_report' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 100000 ROWS 20;
COMMENT ON FUNCTION drift_report(text, text) IS
'Which signals have drifted, scores among them: for each column of a query, run with the rights of the caller, the population stability index of the rows for which the column recent is true against the others. Numbers as in stability(), over ten bins of the earlier rows; texts, booleans and enums by value, beyond the 50 most frequent ones together; NULL as a value of its own, whose share before and recently is shown, too. ks is of numbers that are not NULL. verdict: stable (psi below 0.1), shifting, or shifted (from 0.25 on). status: ok; insufficient_data (fewer than 10 rows of a kind; no verdict then); one_class; no_rows. Columns in the order of their names, rows where recent is NULL are left out; errors as in train(). Cost of sorting each column, memory with rows x columns. Example: SELECT d.signal, d.verdict FROM intent.drift_report(''SELECT n % 50 + CASE WHEN n > 100 THEN 30 ELSE 0 END AS visits, n % 3 = 0 AS member, n > 100 AS recent FROM generate_series(1, 200) n'', ''recent'') d;';
