-- comparison: two scores of the same rows

CREATE FUNCTION comparison_add(partial, float8, float8, boolean) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_comparison_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION comparison_add(partial, float8, float8, boolean) IS
'Transition function of comparison_state; not for direct use.';

CREATE FUNCTION comparison_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_comparison_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION comparison_merge_add(partial, partial) IS
'Transition function of comparison_merge; not for direct use.';

CREATE AGGREGATE comparison_state(score_a float8, score_b float8, label boolean) (
	SFUNC = comparison_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE comparison_state(float8, float8, boolean) IS
'What compare_models() needs, as a value to keep and merge: how many rows of either label had each pair of scores. Rows with a NULL are ignored; NULL if no row is left. A score that is NaN is error 22003. The same bytes whatever the order of the rows and the parts they came in. Cost of sorting; 24 bytes a row in memory. Example: SELECT c.measure, round(c.difference::numeric, 6) AS difference, round(c.low::numeric, 6) AS low, round(c.high::numeric, 6) AS high, c.n, c.better, c.status FROM (SELECT intent.comparison_state(score_a, score_b, label) AS s FROM (VALUES (0.9, 0.6, true), (0.2, 0.5, false), (0.7, 0.8, true), (0.4, 0.1, false)) t(score_a, score_b, label), generate_series(1, 10)) e, intent.compare_models(s) c;';

CREATE AGGREGATE comparison_merge(state partial) (
	SFUNC = comparison_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE comparison_merge(partial) IS
'The state of all rows that several states hold: the same bytes as comparison_state over all of them. NULL states are ignored; states of another kind are error 42804. Example: SELECT c.measure, round(c.difference::numeric, 6) AS difference, round(c.low::numeric, 6) AS low, round(c.high::numeric, 6) AS high, c.n, c.better, c.status FROM (SELECT intent.comparison_merge(s) AS s FROM (SELECT intent.comparison_state(score_a, score_b, label) AS s FROM (VALUES (0.9, 0.6, true), (0.2, 0.5, false), (0.7, 0.8, true), (0.4, 0.1, false)) t(score_a, score_b, label), generate_series(1, 10) GROUP BY label) p) e, intent.compare_models(s) c;';

CREATE FUNCTION compare_models(state partial,
	OUT measure text, OUT model_a float8, OUT model_b float8, OUT difference float8, OUT low float8, OUT high float8,
	OUT p_value float8, OUT n bigint, OUT better text, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_compare_models' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000 ROWS 3;
COMMENT ON FUNCTION compare_models(partial) IS
'Which of two scores of the same rows is better, by auc, log_loss and brier (the last two only if all scores are from 0 to 1, log_loss only if nothing happened that one of them called impossible): both values, the difference of a less b with its 95 % interval, and how likely a difference as great is by chance (two-sided). The interval is paired, since both err on the same rows: of auc that of DeLong, DeLong and Clarke-Pearson (1988) for correlated curves, of the losses that of their mean difference row by row. better: a or b if the interval leaves 0 out, else open; NULL unless status is ok. Comparing many models finds better ones by chance; judge the winner on other rows. status: ok; insufficient_data (fewer than 30 rows of a label); one_class; no_rows (also for NULL). What cannot be said is NULL. Cost of sorting. Example: SELECT c.measure, round(c.difference::numeric, 6) AS difference, round(c.low::numeric, 6) AS low, round(c.high::numeric, 6) AS high, c.n, c.better, c.status FROM (SELECT intent.comparison_state(score_a, score_b, label) AS s FROM (VALUES (0.9, 0.6, true), (0.2, 0.5, false), (0.7, 0.8, true), (0.4, 0.1, false)) t(score_a, score_b, label), generate_series(1, 10)) e, intent.compare_models(s) c;';
