-- train_state: rows to learn from, gathered by workers and on shards, merged, and learned from at last

CREATE FUNCTION train_state_add(partial, record, text) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_train_state_add_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION train_state_add(partial, record, text) IS
'Transition function of train_state, of rows of a table; not for direct use.';

CREATE FUNCTION train_state_add(partial, record, text, text) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_train_state_add_row' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION train_state_add(partial, record, text, text) IS
'Transition function of train_state, of weighted rows of a table; not for direct use.';

CREATE FUNCTION train_state_add(partial, jsonb, boolean) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_train_state_add_object' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION train_state_add(partial, jsonb, boolean) IS
'Transition function of train_state, of objects; not for direct use.';

CREATE FUNCTION train_state_add(partial, jsonb, boolean, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_train_state_add_object' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION train_state_add(partial, jsonb, boolean, float8) IS
'Transition function of train_state, of weighted objects; not for direct use.';

CREATE FUNCTION train_state_add(partial, text[], float8[], boolean) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_train_state_add_numbers' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION train_state_add(partial, text[], float8[], boolean) IS
'Transition function of train_state, of numbers that have names; not for direct use.';

CREATE FUNCTION train_state_add(partial, text[], float8[], boolean, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_train_state_add_numbers' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION train_state_add(partial, text[], float8[], boolean, float8) IS
'Transition function of train_state, of weighted numbers that have names; not for direct use.';

CREATE FUNCTION train_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_train_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION train_merge_add(partial, partial) IS
'Transition function of train_merge; not for direct use.';

-- ----- the state -----

CREATE AGGREGATE train_state(source record, label text) (
	SFUNC = train_state_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE train_state(record, text) IS
'Rows to learn from as a value, for rows that are read by workers, come day by day or lie on shards: train(train_merge(state)) of the parts is the predictor that train(query, label) learns from all rows, to the last byte. source is a row of a table or subquery, by its alias; label names its column that says whether it happened, a boolean or 0 and 1. Every other column is a feature: numbers, booleans, texts, enums; NULL is a value of its own, and rows without a label are left out; NULL if no row is left. The same bytes whatever the order of the rows and the parts they came in. A number takes 1 to 8 bytes, a text 1 to 4 and once itself; a state is at most 1 GB when it is stored or sent, beyond that error 54000, and has at most 1600 columns. Labels that are not 0 or 1 are error 22023, a column of another type 42804, a missing column 42703, a NULL name 22004, numbers that are not finite 22003; a column that is a number in some rows and a text in others 22023. Cost grows with rows x columns. Example: SELECT intent.partial_kind(intent.train_state(t, ''bought'')) FROM (SELECT n % 7 AS visits, n % 7 > n % 5 AS bought FROM generate_series(1, 500) n) t;';

CREATE AGGREGATE train_state(source record, label text, weight text) (
	SFUNC = train_state_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE train_state(record, text, text) IS
'As train_state(source, label), with weight the name of the column that says how many rows a row stands for, which is no feature: from 0, which leaves a row out, to 10^9, or error 22003. A row whose weight is NULL is left out. Example: SELECT intent.partial_kind(intent.train_state(t, ''bought'', ''times'')) FROM (SELECT n % 7 AS visits, n % 3 AS times, n % 7 > n % 5 AS bought FROM generate_series(1, 500) n) t;';

CREATE AGGREGATE train_state(features jsonb, label boolean) (
	SFUNC = train_state_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE train_state(jsonb, boolean) IS
'As train_state(source, label), of rows as objects whose keys are the features: to_jsonb(row) without the label, or objects that have different keys. A key that is missing is NULL, and one that is NULL in all rows is taken for a number. Rows with a NULL argument are left out. What is no object, and an array or object inside, is error 22023. Some ten times as dear as rows of a table, most of it for to_jsonb and decimals, which workers share. Example: SELECT intent.partial_kind(intent.train_state(jsonb_build_object(''visits'', n % 7), n % 7 > n % 5)) FROM generate_series(1, 500) n;';

CREATE AGGREGATE train_state(features jsonb, label boolean, weight float8) (
	SFUNC = train_state_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE train_state(jsonb, boolean, float8) IS
'As train_state(features, label), a row standing for weight rows: from 0, which leaves it out, to 10^9, or error 22003. Example: SELECT intent.partial_kind(intent.train_state(jsonb_build_object(''visits'', n % 7), n % 7 > n % 5, n % 3)) FROM generate_series(1, 500) n;';

CREATE AGGREGATE train_state(names text[], features float8[], label boolean) (
	SFUNC = train_state_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE train_state(text[], float8[], boolean) IS
'As train_state(source, label), of numbers in an array and their names in another, such as features(journey, signals, as_of) and signal_names(signals): so what is dear, reading journeys, is done by workers and on shards. A NULL number is NULL, rows with a NULL argument are left out; more numbers than names, or fewer, and NULL names are error 2202E, numbers that are not finite 22003. Of two numbers with one name the last counts. Example: SELECT intent.partial_kind(intent.train_state(ARRAY[''visits'', ''spent''], ARRAY[n % 7, n / 3.0], n % 7 > n % 5)) FROM generate_series(1, 500) n;';

CREATE AGGREGATE train_state(names text[], features float8[], label boolean, weight float8) (
	SFUNC = train_state_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE train_state(text[], float8[], boolean, float8) IS
'As train_state(names, features, label), a row standing for weight rows: from 0, which leaves it out, to 10^9, or error 22003. Example: SELECT intent.partial_kind(intent.train_state(ARRAY[''visits''], ARRAY[n % 7]::float8[], n % 7 > n % 5, 0.5)) FROM generate_series(1, 500) n;';

CREATE AGGREGATE train_merge(state partial) (
	SFUNC = train_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE train_merge(partial) IS
'The state of all rows that several states hold: the same bytes as train_state over all of them. A column that one of them does not have is NULL in its rows. NULL states are ignored; states of another kind are error 42804, columns that are numbers in one and texts in another 22023. Beyond 1 GB it is error 54000. Cost grows with rows x columns. Example: SELECT t.n, t.status FROM (SELECT intent.train_merge(state) AS s FROM (SELECT intent.train_state(t, ''bought'') AS state FROM (SELECT n % 3 AS shard, n % 7 AS visits, n % 7 > n % 5 AS bought FROM generate_series(1, 500) n) t GROUP BY shard) parts) m, intent.predictor_training(intent.train(s)) t;';

-- ----- the model -----

CREATE FUNCTION train(state partial, options jsonb DEFAULT '{}') RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_train_from_state' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000000;
COMMENT ON FUNCTION train(partial, jsonb) IS
'train(query, label, options) of the rows that a state of train_state holds: the same predictor to the last byte. Options are those of train(query, label, options) but for weight, which is an argument of train_state; that and unknown options are error 22023, a monotone feature that there is not 42703, one that is no number 42804, a state of another kind 42804. NULL if either argument is NULL. Cost grows with rows x columns x rounds, memory with rows x columns. SET intent."verbose" = on tells of each round. Example: SELECT t.kind, t.n, t.status FROM (SELECT intent.train(intent.train_state(t, ''bought''), ''{"model": "logistic"}'') AS m FROM (SELECT n % 7 AS visits, n % 3 = 0 AS member, n % 7 > n % 5 AS bought FROM generate_series(1, 500) n) t) l, intent.predictor_training(m) t;';
