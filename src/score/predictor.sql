-- predictor: a learned model as a value, what it says of a row, and learning one from any table

-- ----- the type -----

CREATE TYPE predictor;

CREATE FUNCTION predictor_in(cstring) RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_predictor_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predictor_in(cstring) IS 'Text input of predictor.';

CREATE FUNCTION predictor_out(predictor) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_predictor_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predictor_out(predictor) IS 'Text output of predictor.';

CREATE FUNCTION predictor_recv(internal) RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_predictor_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predictor_recv(internal) IS 'Binary input of predictor: its text.';

CREATE FUNCTION predictor_send(predictor) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_predictor_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predictor_send(predictor) IS 'Binary output of predictor: its text, so that a client needs to know one form only.';

CREATE TYPE predictor (
	INPUT = predictor_in, OUTPUT = predictor_out,
	RECEIVE = predictor_recv, SEND = predictor_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE predictor IS
'A model as train() has learned it: the log-odds that it begins with, and what each feature and each pair of features adds. Written as JSON: numbers by bins (a value for each stretch between cuts, and perhaps a slope), categories by name, NULL with a value of its own. Keys may come in any order; one model has one text. What is wrong is error 22023 or 22003, text that is no JSON 22P02; each names the place. See docs/training.md. Example: SELECT ''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor;';

CREATE FUNCTION predictor_to_jsonb(model predictor) RETURNS jsonb
AS 'MODULE_PATHNAME', 'intent_predictor_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predictor_to_jsonb(predictor) IS
'The predictor as jsonb; predictor_from_jsonb gives the same predictor back. The named twin of the cast. Example: SELECT intent.predictor_to_jsonb(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor);';

CREATE FUNCTION predictor_from_jsonb(model jsonb) RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_predictor_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predictor_from_jsonb(jsonb) IS
'The predictor that jsonb describes, with the errors of its text form. The named twin of the cast. Example: SELECT intent.predictor_from_jsonb(''{"kind": "logistic", "base": -2, "features": []}'');';

CREATE CAST (predictor AS jsonb) WITH FUNCTION predictor_to_jsonb(predictor);
COMMENT ON CAST (predictor AS jsonb) IS 'the model as JSON';
CREATE CAST (jsonb AS predictor) WITH FUNCTION predictor_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS predictor) IS 'the model that is described';

-- ----- equality and hash: of content -----

CREATE FUNCTION same(a predictor, b predictor) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_predictor_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(predictor, predictor) IS
'Are both the same model? The named twin of =. Example: SELECT intent.same(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor, ''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor);';

CREATE FUNCTION not_same(a predictor, b predictor) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_predictor_not_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION not_same(predictor, predictor) IS
'Do the models differ in anything? The named twin of <>. Example: SELECT intent.not_same(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor, ''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor);';

CREATE OPERATOR = (
	LEFTARG = predictor, RIGHTARG = predictor, FUNCTION = same,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (predictor, predictor) IS 'same model';

CREATE OPERATOR <> (
	LEFTARG = predictor, RIGHTARG = predictor, FUNCTION = not_same,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (predictor, predictor) IS 'different models';

CREATE FUNCTION predictor_hash(model predictor) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_predictor_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION predictor_hash(predictor) IS
'Hash of a predictor, for hash joins, GROUP BY and DISTINCT. Example: SELECT intent.predictor_hash(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor);';

CREATE FUNCTION predictor_hash(model predictor, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_predictor_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION predictor_hash(predictor, bigint) IS
'Seeded 64-bit hash of a predictor, for hash partitioning. Example: SELECT intent.predictor_hash(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor, 1);';

CREATE OPERATOR CLASS predictor_hash_ops DEFAULT FOR TYPE predictor USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 predictor_hash(predictor),
	FUNCTION 2 predictor_hash(predictor, bigint);
COMMENT ON OPERATOR CLASS predictor_hash_ops USING hash IS 'equality of predictors';
COMMENT ON OPERATOR FAMILY predictor_hash_ops USING hash IS 'equality of predictors';

-- ----- what it says of a row -----

CREATE FUNCTION predict(model predictor, features jsonb) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION predict(predictor, jsonb) IS
'Probability of the label for a row: the logistic function of predict_evidence(). features is an object such as to_jsonb(row); a key that is missing is NULL, and one that is no feature of the model means nothing. NULL if either argument is NULL. A text where a number was learned from, an array or an object is error 22023, a number that is not finite 22003. Cost grows with the number of features; the model is read once a query. Example: SELECT intent.predict(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor, ''{"visits": 4, "channel": "web"}'');';

CREATE FUNCTION predict_array(model predictor, features text[]) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_predict_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predict_array(predictor, text[]) IS
'predict() of values in the order of predictor_features(model), NULL where one is missing: the fastest form for many rows. Another number of values is error 2202E, a text that should be a number 22P02. Example: SELECT intent.predict_array(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor, ARRAY[''web'', ''4'']);';

CREATE FUNCTION predict_evidence(model predictor, features jsonb) RETURNS numeric
AS 'MODULE_PATHNAME', 'intent_predict_evidence' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION predict_evidence(predictor, jsonb) IS
'Evidence for the label in log-odds, an exact decimal with 12 places: the base and what each feature and pair adds. NULL and errors as in predict(). Example: SELECT intent.predict_evidence(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor, ''{"visits": 4, "channel": "web"}'');';

CREATE FUNCTION explain_prediction(model predictor, features jsonb,
	OUT feature text, OUT value text, OUT contribution numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_explain_prediction' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500 ROWS 20;
COMMENT ON FUNCTION explain_prediction(predictor, jsonb) IS
'Evidence line by line: sum(contribution) = predict_evidence(), exactly. First the base, as feature (base), then the features by the bytes of their names, each with its value as the model read it, then the pairs as "a x b". What a feature adds is relative to its mean over the rows that a boosted model has learned from. No rows if either argument is NULL; errors as in predict(). Example: SELECT feature, value, contribution FROM intent.explain_prediction(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor, ''{"visits": 4}'');';

CREATE FUNCTION predictor_features(model predictor) RETURNS text[]
AS 'MODULE_PATHNAME', 'intent_predictor_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION predictor_features(predictor) IS
'The names of the features in order of their bytes, which predict_array follows. Example: SELECT intent.predictor_features(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor);';

CREATE FUNCTION predictor_training(model predictor,
	OUT kind text, OUT n bigint, OUT n_true bigint, OUT folds integer, OUT rounds integer,
	OUT auc float8, OUT log_loss float8, OUT calibration_error float8, OUT status text,
	OUT auc_low float8, OUT auc_high float8, OUT calibration text, OUT warnings text[])
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_predictor_training' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 1;
COMMENT ON FUNCTION predictor_training(predictor) IS
'How a model was learned: its kind, rows and rows labelled true, folds and rounds, and what it is worth on rows that were held back while it learned and while it was calibrated (auc with its 95 % interval, log_loss, calibration_error; NULL if none were). status: ok; no_rows, one_class or insufficient_data (fewer than 10 rows of a label: the model is the base alone); separated (a logistic model without l1 and l2 found no end). calibration: none, platt or isotonic. warnings: the status if it is not ok, few_rows (fewer than 30 of a label), wide_interval (wider than 0.1), and what predictor_report() notes of a feature, as "leak_suspect: name". No rows for NULL. Example: SELECT t.kind, t.auc, t.status, t.warnings FROM intent.predictor_training(''{"kind": "logistic", "base": -2, "features": [{"name": "visits", "type": "number", "cuts": [3], "values": [0, 1.5]}, {"name": "channel", "type": "category", "values": {"web": 0.25}}]}''::intent.predictor) t;';

CREATE FUNCTION predictor_report(model predictor,
	OUT feature text, OUT kind text, OUT importance float8, OUT auc_alone float8,
	OUT weight float8, OUT weight_low float8, OUT weight_high float8, OUT note text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_predictor_report' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 20;
COMMENT ON FUNCTION predictor_report(predictor) IS
'What is known of each feature of a model, of the rows that it was trained on. importance: the mean of |contribution|, in log-odds. auc_alone: how well the feature alone ranks rows, its bins and categories ordered by rows of other folds. weight with its 95 % interval (Wald): of numbers in a logistic model of straight lines. note: constant; collinear (others say the same; its weight is 0 or shared); separates (alone it parts the labels); leak_suspect (alone it ranks with an AUC of 0.95, or of 0.85 and 85 % of what the model has over chance: ask when it is written). What is not known is NULL. No rows for NULL. Example: SELECT r.* FROM intent.train(''SELECT n % 7 AS visits, n % 3 = 0 AS member, 1 AS one, n % 7 > n % 5 AS bought FROM generate_series(1, 500) n'', ''bought'') m, intent.predictor_report(m) r;';

-- ----- learning -----

CREATE FUNCTION train(query text, label text, options jsonb DEFAULT '{}') RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_train' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 1000000;
COMMENT ON FUNCTION train(text, text, jsonb) IS
'Learns from the rows of a query, run with the rights of the caller, how likely the column label (a boolean, or 0 and 1) is true. Every other column is a feature: numbers, booleans, texts, enums; NULL is a value of its own, rows without a label are left out. Options: model auto, logistic or boosted (auto: boosted from 100 rows of each label on); transforms auto or none (logistic: bins and logarithms if there are 60 rows for each column, or straight lines); l1 and l2 from 0 on (elastic net; 0 and 1 logistic, on standardised columns, 0 and 5 boosted); monotone ({"column": "rising" or "falling"}: what a number adds never turns back); weight (a column that says how many rows a row stands for; it is no feature); class_weight (of true rows, a number or balanced; probabilities are put right again) and base_rate (the share of true rows where the model will be used, if rows were sampled by label); calibration auto, none, platt or isotonic, on rows held back; seed; folds (5); and of a boosted model learning_rate (0.1), rounds (500 at most), bins (64), interactions (12 at most). The same predictor to the last bit whatever the order of rows and columns. Too few rows give a model that is the base alone, and predictor_training() says why. Unknown options and labels that are not 0 or 1 are error 22023, a column of another type 42804, a missing column 42703, one name twice 42701, numbers that are not finite and weights that are negative 22003. Cost grows with rows x columns x rounds, memory with rows x columns. SET intent."verbose" = on tells of each round. Example: SELECT t.kind, t.n, t.status FROM intent.predictor_training(intent.train(''SELECT n % 7 AS visits, n % 3 = 0 AS member, n % 7 > n % 5 AS bought FROM generate_series(1, 500) n'', ''bought'', ''{"model": "logistic"}'')) t;';
