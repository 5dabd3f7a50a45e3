-- score reference: how evidence is distributed over many people, which is what percentiles are of

CREATE FUNCTION score_reference_add(partial, text, numeric) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_score_reference_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION score_reference_add(partial, text, numeric) IS 'Transition function of score_reference; not for direct use.';

CREATE FUNCTION score_reference_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_score_reference_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION score_reference_merge_add(partial, partial) IS 'Transition function of score_reference_merge; not for direct use.';

CREATE AGGREGATE score_reference(intent text, evidence numeric) (
	SFUNC = score_reference_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE score_reference(text, numeric) IS
'How evidence is distributed over people, by intent: what intents_of takes as reference and the registry keeps beside a model. Give it intent and evidence of the rows of scores(). Evidence is counted in bins of 1/32 of log-odds from -32 to 32, so that a state stays below a few kilobytes an intent, however many people there are. Rows with a NULL (people without events) count nowhere; NULL if there is no row at all. The same bytes whatever the order of the rows and the parts they came in. Evidence beyond 26 digits, or NaN, is error 22003. Example: SELECT intent.score_percentile(intent.score_reference(''purchase'', n * 0.1), ''purchase'', 0.6) FROM generate_series(1, 10) n;';

CREATE AGGREGATE score_reference_merge(state partial) (
	SFUNC = score_reference_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE score_reference_merge(partial) IS
'The reference of all people that several states of score_reference hold: the same bytes as score_reference over all of them. NULL states are ignored; another kind of partial is error 42804. Example: SELECT intent.score_percentile(intent.score_reference_merge(s), ''purchase'', 0.6) FROM (SELECT intent.score_reference(''purchase'', n * 0.1) AS s FROM generate_series(1, 10) n GROUP BY n % 3) t;';

CREATE FUNCTION score_percentile(reference partial, intent text, evidence numeric) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_score_percentile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION score_percentile(partial, text, numeric) IS
'The place of evidence among the people of a score_reference, from 0 to 100: the percentage of them with less, those in the same bin of 1/32 of log-odds counting half. It says who is ahead of whom, and nothing about how likely anything is. NULL if the reference does not have the intent, or for a NULL; another kind of partial is error 42804, evidence beyond 26 digits 22003. Example: SELECT intent.score_percentile((SELECT intent.score_reference(''purchase'', n * 0.1) FROM generate_series(1, 10) n), ''purchase'', 2);';
