-- shapley: attribution by what each channel adds to the others

CREATE TYPE shapley_model;

CREATE FUNCTION shapley_model_in(cstring) RETURNS shapley_model
AS 'MODULE_PATHNAME', 'intent_shapley_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION shapley_model_in(cstring) IS 'Text input of shapley_model.';

CREATE FUNCTION shapley_model_out(shapley_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION shapley_model_out(shapley_model) IS 'Text output of shapley_model: its bytes as hexadecimal digits.';

CREATE FUNCTION shapley_model_recv(internal) RETURNS shapley_model
AS 'MODULE_PATHNAME', 'intent_shapley_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION shapley_model_recv(internal) IS 'Binary input of shapley_model.';

CREATE FUNCTION shapley_model_send(shapley_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION shapley_model_send(shapley_model) IS 'Binary output of shapley_model: the bytes as they are stored.';

CREATE TYPE shapley_model (
	INPUT = shapley_model_in, OUTPUT = shapley_model_out,
	RECEIVE = shapley_model_recv, SEND = shapley_model_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE shapley_model IS
'Journeys counted by the set of channels they touched, with their conversions and values: what shapley_agg gives. The same journeys give the same bytes, whatever their order, split and merging. Its text form is \x and hexadecimal digits; shapley_shares shows it as rows. Example: SELECT channel, conversions, value FROM intent.shapley_values(''\x0100010003776562010100010006005039278c04''::intent.shapley_model);';

CREATE FUNCTION shapley_add(model shapley_model, channels text[], conversions bigint, non_conversions bigint, value float8)
RETURNS shapley_model
AS 'MODULE_PATHNAME', 'intent_shapley_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION shapley_add(shapley_model, text[], bigint, bigint, float8) IS
'The model with one more set of channels counted; model NULL is an empty one. The transition function of shapley_agg, where the rules are. Example: SELECT intent.shapley_values(intent.shapley_add(NULL, ARRAY[''web'', ''mail''], 3, 1, 60));';

CREATE FUNCTION unite(a shapley_model, b shapley_model) RETURNS shapley_model
AS 'MODULE_PATHNAME', 'intent_shapley_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION unite(shapley_model, shapley_model) IS
'The journeys of both models counted together; NULL adds nothing. Commutative and associative. Example: SELECT intent.unite(intent.shapley_add(NULL, ARRAY[''web''], 3, 1, NULL), NULL)::text;';

CREATE AGGREGATE shapley_agg(channels text[], conversions bigint, non_conversions bigint, value float8) (
	SFUNC = shapley_add, STYPE = shapley_model, SSPACE = 20000,
	COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_agg(text[], bigint, bigint, float8) IS
'Counts journeys by the set of channels they touched: the order and number of touches do not matter. A row is the channels, how many journeys touched them and converted, how many did and did not convert, and what the conversions brought together. NULL counts and values are 0; a row with NULL channels or without any journey adds nothing; NULL elements are left out; '''' is a channel. A negative count and a value without conversions are error 22023. NULL if there is no row. Example: SELECT channel, conversions FROM intent.shapley_values((SELECT intent.shapley_agg(channels, conversions, non_conversions, value) FROM (VALUES (ARRAY[''web'', ''mail''], 3::bigint, 2::bigint, 60.0::float8), (ARRAY[''web''], 1, 4, 15)) p(channels, conversions, non_conversions, value)));';

CREATE AGGREGATE shapley_merge(model shapley_model) (
	SFUNC = unite, STYPE = shapley_model, SSPACE = 20000,
	COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_merge(shapley_model) IS
'The journeys of all models counted together: the same bytes as shapley_agg over all of them. NULL models are ignored; NULL if there is no other. Example: SELECT intent.shapley_merge(m)::text FROM (VALUES (intent.shapley_add(NULL, ARRAY[''web''], 3, 1, NULL)), (intent.shapley_add(NULL, ARRAY[''mail''], 0, 2, NULL))) t(m);';

CREATE FUNCTION shapley_values(model shapley_model, worth text DEFAULT 'conversions',
	samples integer DEFAULT 10000, seed bigint DEFAULT 0,
	OUT channel text, OUT conversions numeric, OUT value numeric, OUT standard_error float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_shapley_values' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 20;
COMMENT ON FUNCTION shapley_values(shapley_model, text, integer, bigint) IS
'Of each channel, in order of its bytes, the conversions and the value it contributed; they sum to the totals to the last of 12 decimals. worth says what a set of channels is worth. conversions: those of all journeys that touched no other channel; then the channels of each journey share equally, exact for any number of channels (Zhao, Mahboobi and Bagheri 2018, Shapley value methods for attribution modeling in online advertising). rate: their rate of conversion, times all journeys; non-converting journeys count, and a channel may contribute less than nothing; exact up to 20 channels, beyond that the average over samples orders of the channels drawn from seed (the same each time), whose standard error (of conversions) is given, else it is 0. counterfactual: no game, but of each set how much its rate exceeds that of the set without the channel, never below 0, equal shares where nothing does: what the fractribution packages call Shapley. An unknown worth and samples below 2 are error 22023. Conversions of journeys without any channel stand in a last row with a NULL channel. Cost of rate: 2^n for n channels up to 20 (n = 20: under a second), then samples times the number of sets. Example: SELECT channel, conversions, standard_error FROM intent.shapley_values(intent.shapley_add(NULL, ARRAY[''web'', ''mail''], 3, 1, 60), worth => ''rate'');';

CREATE FUNCTION shapley_shares(model shapley_model, worth text DEFAULT 'conversions',
	OUT channels text[], OUT conversions bigint, OUT non_conversions bigint, OUT value numeric,
	OUT channel text, OUT share numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_shapley_shares' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION shapley_shares(shapley_model, text) IS
'What the model has counted: of each set of channels its conversions, its journeys without and its value, once for each channel with the share that it has in them; the shares of a set sum to 1. worth is conversions or counterfactual, as in shapley_values; rate does not divide set by set and is error 22023, as is an unknown one. The empty set has one row with channel and share NULL. Example: SELECT channels, channel, share FROM intent.shapley_shares(intent.shapley_add(NULL, ARRAY[''web'', ''mail''], 3, 1, 60));';
