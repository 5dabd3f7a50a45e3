-- naive Bayes: a predictor that is learned row by row, from counts that merge and decay

CREATE FUNCTION naive_bayes_add(partial, jsonb, boolean) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_naive_bayes_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION naive_bayes_add(partial, jsonb, boolean) IS
'Transition function of naive_bayes and naive_bayes_state; not for direct use.';

CREATE FUNCTION naive_bayes_add(partial, jsonb, boolean, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_naive_bayes_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION naive_bayes_add(partial, jsonb, boolean, float8) IS
'Transition function of naive_bayes and naive_bayes_state, of weighted rows; not for direct use.';

CREATE FUNCTION naive_bayes_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_naive_bayes_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION naive_bayes_merge_add(partial, partial) IS
'Transition function of naive_bayes_merge; not for direct use.';

-- ----- the state -----

CREATE AGGREGATE naive_bayes_state(features jsonb, label boolean) (
	SFUNC = naive_bayes_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE naive_bayes_state(jsonb, boolean) IS
'What naive_bayes() learns from, as a value to keep, merge and decay: for each key of features (an object such as to_jsonb(row)) how many rows of either label had each value. Texts and booleans count as they are, numbers by bins of a quarter of an octave, whatever the rows; null and missing keys as a value of its own. Rows with a NULL argument are ignored; NULL if no row is left. An array or object inside, or a key that is a number in some rows and a text in others, is error 22023, a number out of the range of float8 22003, more than a million different values 54000. The same bytes whatever the order of the rows and the parts they came in. Cost grows with rows x keys. Example: SELECT intent.partial_kind(intent.naive_bayes_state(features, label)) FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20);';

CREATE AGGREGATE naive_bayes_state(features jsonb, label boolean, weight float8) (
	SFUNC = naive_bayes_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE naive_bayes_state(jsonb, boolean, float8) IS
'As naive_bayes_state(features, label), a row standing for weight rows. Weights are kept to 12 decimals; negative ones and those that are not finite are error 22003. Example: SELECT intent.partial_kind(intent.naive_bayes_state(features, label, 0.5)) FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20);';

CREATE AGGREGATE naive_bayes_merge(state partial) (
	SFUNC = naive_bayes_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE naive_bayes_merge(partial) IS
'The state of all rows that several states hold: the same bytes as naive_bayes_state over all of them. NULL states are ignored; states of another kind are error 42804. Example: SELECT intent.predict(intent.naive_bayes(intent.naive_bayes_merge(s)), ''{"visits": 9}'') FROM (SELECT intent.naive_bayes_state(features, label) AS s FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20) GROUP BY label) parts;';

CREATE FUNCTION naive_bayes_decay(state partial, factor float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_naive_bayes_decay' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION naive_bayes_decay(partial, float8) IS
'What is left of a state when all its rows weigh factor times as much, so that a model forgets: naive_bayes_merge of yesterday''s state decayed by 0.5 ^ (1 / 30.0) and of today''s rows has a half-life of 30 days. Weights are rounded down to 12 decimals, and values with less than 10^-9 rows of either label are dropped. A factor that is not from 0 to 1 is error 22023, a state of another kind 42804. Example: SELECT intent.partial_kind(intent.naive_bayes_decay(intent.naive_bayes_state(features, label), 0.5 ^ (1 / 30.0))) FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20);';

-- ----- the model -----

CREATE FUNCTION naive_bayes(state partial) RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_naive_bayes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION naive_bayes(partial) IS
'naive_bayes(features, label) of the rows that a state of naive_bayes_state holds; a state of another kind is error 42804. Example: SELECT intent.predict(intent.naive_bayes(intent.naive_bayes_state(features, label)), ''{"visits": 9}'') FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20);';

CREATE FUNCTION naive_bayes(state partial, smoothing float8) RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_naive_bayes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION naive_bayes(partial, float8) IS
'naive_bayes(state) with rare values drawn towards 0 by another number of rows than 5: above 0 and at most 1000000, or error 22023. Example: SELECT intent.predict(intent.naive_bayes(intent.naive_bayes_state(features, label), 1), ''{"visits": 9}'') FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20);';

CREATE AGGREGATE naive_bayes(features jsonb, label boolean) (
	SFUNC = naive_bayes_add, STYPE = partial, FINALFUNC = naive_bayes, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE naive_bayes(jsonb, boolean) IS
'A predictor learned in one pass, from counts: each value of each feature adds the logarithm of how many times as likely it is among rows labelled true, rare ones drawn towards 0 by five rows and unseen ones adding nothing. Features are taken as independent, so where they say the same its probabilities are too sure: train() is better where rows can be read again. Rows and errors as in naive_bayes_state; fewer than 10 rows of a label give the base alone, and predictor_training() says so. NULL without rows. Example: SELECT e.* FROM (SELECT intent.naive_bayes(features, label) AS m FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20)) l, intent.explain_prediction(m, ''{"visits": 9}'') e;';

CREATE AGGREGATE naive_bayes(features jsonb, label boolean, weight float8) (
	SFUNC = naive_bayes_add, STYPE = partial, FINALFUNC = naive_bayes, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE naive_bayes(jsonb, boolean, float8) IS
'naive_bayes(features, label) of rows that stand for weight rows each; weights as in naive_bayes_state. Example: SELECT intent.predict(intent.naive_bayes(features, label, 2), ''{"visits": 9}'') FROM (VALUES (''{"visits": 1, "channel": "web"}''::jsonb, false), (''{"visits": 9, "channel": "app"}'', true)) t(features, label), generate_series(1, 20);';
