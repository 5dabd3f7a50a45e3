-- markov: attribution by a Markov chain of paths

CREATE TYPE markov_model;

CREATE FUNCTION markov_model_in(cstring) RETURNS markov_model
AS 'MODULE_PATHNAME', 'intent_markov_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION markov_model_in(cstring) IS 'Text input of markov_model.';

CREATE FUNCTION markov_model_out(markov_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION markov_model_out(markov_model) IS 'Text output of markov_model: its bytes as hexadecimal digits.';

CREATE FUNCTION markov_model_recv(internal) RETURNS markov_model
AS 'MODULE_PATHNAME', 'intent_markov_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION markov_model_recv(internal) IS 'Binary input of markov_model.';

CREATE FUNCTION markov_model_send(markov_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION markov_model_send(markov_model) IS 'Binary output of markov_model: the bytes as they are stored.';

CREATE TYPE markov_model (
	INPUT = markov_model_in, OUTPUT = markov_model_out,
	RECEIVE = markov_model_recv, SEND = markov_model_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE markov_model IS
'Paths counted as a Markov chain: which channel followed which last k ones how often, and where paths ended. What markov_agg gives; the same paths give the same bytes, whatever their order, split and merging. Its text form is \x and hexadecimal digits; markov_steps shows it as rows. Example: SELECT channel, removal_effect, conversions, value FROM intent.removal_effects(''\x0100010003776562010200020102000106005039278c04''::intent.markov_model);';

CREATE FUNCTION markov_add(model markov_model, path text[], conversions bigint, non_conversions bigint, value float8, k integer)
RETURNS markov_model
AS 'MODULE_PATHNAME', 'intent_markov_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION markov_add(markov_model, text[], bigint, bigint, float8, integer) IS
'The model with one more path counted; model NULL is an empty one. The transition function of markov_agg, where the rules are. Example: SELECT intent.removal_effects(intent.markov_add(NULL, ARRAY[''web'', ''mail''], 3, 1, 60, 1));';

CREATE FUNCTION unite(a markov_model, b markov_model) RETURNS markov_model
AS 'MODULE_PATHNAME', 'intent_markov_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION unite(markov_model, markov_model) IS
'The paths of both models counted together; NULL adds nothing. Commutative and associative. Models of different k are error 22023. Example: SELECT intent.unite(intent.markov_add(NULL, ARRAY[''web''], 3, 1, NULL, 1), NULL)::text;';

CREATE AGGREGATE markov_agg(path text[], conversions bigint, non_conversions bigint, value float8, k integer) (
	SFUNC = markov_add, STYPE = markov_model, SSPACE = 20000,
	COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_agg(text[], bigint, bigint, float8, integer) IS
'Counts paths of channels as a Markov chain of order k (1 to 4): where a path goes next depends on its last k channels, or on all there were while it is shorter. A row is a path, how many journeys took it and converted, how many took it and did not, and what the conversions brought together. NULL counts and values are 0; a row with a NULL path or without any journey adds nothing; NULL channels are left out of the path; '''' is a channel. An empty path leads from the start to its end. A negative count, k outside 1 to 4, different k, and a value without conversions are error 22023. NULL if there is no row. Cost grows with the lengths of the paths. Example: SELECT channel, round(removal_effect::numeric, 4), conversions FROM intent.removal_effects((SELECT intent.markov_agg(path, conversions, non_conversions, value, 1) FROM (VALUES (ARRAY[''web'', ''mail''], 3::bigint, 2::bigint, 60.0::float8), (ARRAY[''web''], 1, 4, 15), (ARRAY[''ads'', ''web''], 0, 6, NULL)) p(path, conversions, non_conversions, value)));';

CREATE AGGREGATE markov_merge(model markov_model) (
	SFUNC = unite, STYPE = markov_model, SSPACE = 20000,
	COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_merge(markov_model) IS
'The paths of all models counted together: the same bytes as markov_agg over all of them. NULL models are ignored; NULL if there is no other. Models of different k are error 22023. Example: SELECT intent.markov_merge(m)::text FROM (VALUES (intent.markov_add(NULL, ARRAY[''web''], 3, 1, NULL, 1)), (intent.markov_add(NULL, ARRAY[''mail''], 0, 2, NULL, 1))) t(m);';

CREATE FUNCTION removal_effects(model markov_model,
	OUT channel text, OUT removal_effect float8, OUT conversions numeric, OUT value numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_removal_effects' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 20;
COMMENT ON FUNCTION removal_effects(markov_model) IS
'Of each channel, in order of its bytes, which part of all conversions the chain loses when whoever comes to the channel is lost (0 to 1), and the conversions and the value divided in proportion to what is lost of each; they sum to the totals to the last of 12 decimals, what rounding leaves going to the largest. The chain is solved, not simulated: by elimination without subtraction, where many states lead to many others by iteration until no digit changes, all in a fixed order, so the result is the same each time to the last bit. A channel from which no conversion can be reached has effect 0; one that stands in non-converting paths alone may have one, if its next channels convert elsewhere. Where negative values make the effect on value negative, value is divided as conversions are. Conversions of empty paths stand in a last row with a NULL channel. Cost grows with the number of channels times that of different runs of k of them: 10,000 paths take milliseconds with k = 1 or 2, a quarter of a second with k = 4; 20,000 runs that all lead to each other some ten seconds. After Anderl, Becker, von Wangenheim and Schumann (2016), Mapping the customer journey; the elimination is that of Grassmann, Taksar and Heyman (1985). Example: SELECT channel, removal_effect, conversions FROM intent.removal_effects(intent.markov_add(NULL, ARRAY[''web'', ''mail''], 3, 1, 60, 1));';

CREATE FUNCTION markov_steps(model markov_model,
	OUT state text[], OUT next text, OUT n bigint, OUT value numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_markov_steps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION markov_steps(markov_model) IS
'What the model has counted: after which last channels, oldest first (none at the start), how many paths went on to which channel or ended in (conversion) or (nothing), and the value that conversions from there brought. Example: SELECT state, next, n FROM intent.markov_steps(intent.markov_add(NULL, ARRAY[''web'', ''mail''], 3, 1, 60, 2));';
