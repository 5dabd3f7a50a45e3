-- linkage: records that describe one thing, found by how alike they are

-- ----- the type -----

CREATE TYPE linkage_model;

CREATE FUNCTION linkage_model_in(cstring) RETURNS linkage_model
AS 'MODULE_PATHNAME', 'intent_linkage_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linkage_model_in(cstring) IS 'Text input of linkage_model: JSON.';

CREATE FUNCTION linkage_model_out(linkage_model) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_linkage_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linkage_model_out(linkage_model) IS 'Text output of linkage_model: JSON.';

CREATE FUNCTION linkage_model_recv(internal) RETURNS linkage_model
AS 'MODULE_PATHNAME', 'intent_linkage_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linkage_model_recv(internal) IS 'Binary input of linkage_model.';

CREATE FUNCTION linkage_model_send(linkage_model) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_linkage_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linkage_model_send(linkage_model) IS 'Binary output of linkage_model: the bytes as they are stored.';

CREATE TYPE linkage_model (
	INPUT = linkage_model_in, OUTPUT = linkage_model_out,
	RECEIVE = linkage_model_recv, SEND = linkage_model_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE linkage_model IS
'What train_linkage learned about records that may be one: which columns are compared and how, how often each level of likeness is seen among pairs that are one (m) and among those that are not (u), the frequencies of common values, and which pairs are looked at (blocking). Written as JSON. The same records give the same bytes, in any order and on any machine. It holds no value of any record, only hashes of common ones. Example: SELECT ''{"records": 4, "pairs": 6, "seed": 1, "largest_block": 2000, "largest_cluster": 1000, "compare_all": 1001, "prior": 0.1, "comparisons": [{"column": "town", "kind": "category", "levels": {"different": {"m": 0.1, "u": 0.8}, "equal": {"m": 0.9, "u": 0.2}}, "values": {"total": 4, "other": 1, "frequent": {}}}], "blocking": []}''::intent.linkage_model;';

CREATE FUNCTION linkage_model_to_jsonb(model linkage_model) RETURNS jsonb
AS 'MODULE_PATHNAME', 'intent_linkage_model_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linkage_model_to_jsonb(linkage_model) IS
'The model as jsonb, for reading m, u and blocking rules. The named twin of the cast. Example: SELECT c ->> ''column'' AS column_name, c ->> ''kind'' AS kind FROM jsonb_array_elements(intent.linkage_model_to_jsonb(intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann leigh''''), (3, ''''bob ray'''')) r(id, name)'')) -> ''comparisons'') c;';

CREATE FUNCTION linkage_model_from_jsonb(model jsonb) RETURNS linkage_model
AS 'MODULE_PATHNAME', 'intent_linkage_model_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION linkage_model_from_jsonb(jsonb) IS
'The model that was written as this jsonb, m and u changed by hand or not. Anything else is error 22P02. The named twin of the cast. Example: SELECT intent.same(m, intent.linkage_model_from_jsonb(intent.linkage_model_to_jsonb(m))) FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann leigh''''), (3, ''''bob ray'''')) r(id, name)'') m;';

CREATE CAST (linkage_model AS jsonb) WITH FUNCTION linkage_model_to_jsonb(linkage_model);
COMMENT ON CAST (linkage_model AS jsonb) IS 'what was learned, to be read';
CREATE CAST (jsonb AS linkage_model) WITH FUNCTION linkage_model_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS linkage_model) IS 'a model that was written as jsonb';

-- ----- equality and hash -----

CREATE FUNCTION same(a linkage_model, b linkage_model) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_linkage_model_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(linkage_model, linkage_model) IS
'Are both models the same, to the last digit? The named twin of =. Example: SELECT intent.same(m, m) FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann leigh''''), (3, ''''bob ray'''')) r(id, name)'') m;';

CREATE FUNCTION not_same(a linkage_model, b linkage_model) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_linkage_model_not_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION not_same(linkage_model, linkage_model) IS
'Do the models differ in anything? The named twin of <>. Example: SELECT intent.not_same(m, m) FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann leigh''''), (3, ''''bob ray'''')) r(id, name)'') m;';

CREATE OPERATOR = (
	LEFTARG = linkage_model, RIGHTARG = linkage_model, FUNCTION = same,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (linkage_model, linkage_model) IS 'same model';

CREATE OPERATOR <> (
	LEFTARG = linkage_model, RIGHTARG = linkage_model, FUNCTION = not_same,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (linkage_model, linkage_model) IS 'different model';

CREATE FUNCTION linkage_model_hash(model linkage_model) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_linkage_model_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linkage_model_hash(linkage_model) IS
'Hash of a linkage_model, for hash joins, GROUP BY and DISTINCT. Example: SELECT intent.linkage_model_hash(m) = intent.linkage_model_hash(m) FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann leigh''''), (3, ''''bob ray'''')) r(id, name)'') m;';

CREATE FUNCTION linkage_model_hash(model linkage_model, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_linkage_model_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION linkage_model_hash(linkage_model, bigint) IS
'Seeded 64-bit hash of a linkage_model, for hash partitioning. Example: SELECT intent.linkage_model_hash(m, 1) <> intent.linkage_model_hash(m, 2) FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann leigh''''), (3, ''''bob ray'''')) r(id, name)'') m;';

CREATE OPERATOR CLASS linkage_model_hash_ops DEFAULT FOR TYPE linkage_model USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 linkage_model_hash(linkage_model),
	FUNCTION 2 linkage_model_hash(linkage_model, bigint);
COMMENT ON OPERATOR CLASS linkage_model_hash_ops USING hash IS 'equality of linkage models';
COMMENT ON OPERATOR FAMILY linkage_model_hash_ops USING hash IS 'equality of linkage models';

-- ----- training and linking -----

CREATE FUNCTION train_linkage(query text, spec jsonb DEFAULT NULL) RETURNS linkage_model
AS 'MODULE_PATHNAME', 'intent_train_linkage' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000;
COMMENT ON FUNCTION train_linkage(text, jsonb) IS
'Learns from records, without being told which are one, how to tell: m and u of Fellegi and Sunter (1969), u from pairs drawn by a seed, m by expectation maximisation over the patterns that candidate pairs show. The query gives a column id, which is unique and not NULL, and the columns to compare: texts, numbers, booleans, dates, enums, uuids. Without spec every column is compared by the look of its values (name, words, code, date, email, number, category), columns that only repeat others are left out, and blocking rules are chosen by what they cost. spec is an object of: comparisons, a list of columns, each a name or {"column": ..., "kind": ...}; blocking, a list of rules, each a list of one to three keys, each a column or {"column": ..., "part": whole, start, end, sound or words}; source, a column whose equal values mean different records; seed (1); largest_block (2000 records), beyond which records are compared with their neighbours in order only; largest_cluster (1000 records). NULL and what says nothing (empty, unknown, n/a, 0000) is neutral. The same records give the same bytes in any order. Errors: 42703 no column id or one that spec names, 22004 an id is NULL, 22023 an id comes twice, a wrong spec or too few records, 42804 a type that cannot be compared, 54000 more than 20 columns. The query must be one SELECT; it runs read-only with the rights of the caller. Cost grows with the records and about 200 pairs of each; memory with the records. Example: SELECT intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee'''', date ''''1990-02-03''''), (2, ''''ann leigh'''', ''''1990-02-03''''), (3, ''''bob ray'''', ''''1981-12-24'''')) r(id, name, dob)'', ''{"seed": 7}'');';

CREATE FUNCTION link_pairs(query text, model linkage_model, threshold float8 DEFAULT 0.5,
	OUT id_a text, OUT id_b text, OUT weight numeric, OUT probability float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_link_pairs' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION link_pairs(text, linkage_model, float8) IS
'Pairs of records that are one with at least the probability threshold, the likeliest first; of two ids the one with the lower bytes is id_a, and a pair comes once however many blocking rules propose it. weight is the log-odds, exact to 12 decimals: explain_linkage shows what it is made of, and the natural logistic function of it is probability. The query gives id and the columns that the model compares; others are ignored. If a block has more records than the model''s largest_block, a NOTICE says so. Errors: 42703 a column is missing, 22004 query, model, threshold or an id is NULL, 22023 an id comes twice or a threshold is not from 0 to 1. The query must be one SELECT; it runs read-only with the rights of the caller. Cost grows with the pairs that are compared. Example: SELECT id_a, id_b, round(probability::numeric, 3) FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'') m, intent.link_pairs(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'', m, threshold => 0.01);';

CREATE FUNCTION link_records(query text, model linkage_model, threshold float8 DEFAULT 0.9,
	OUT id text, OUT cluster text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_link_records' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION link_records(text, linkage_model, float8) IS
'Every record with the cluster it is in, named by its smallest id by bytes; records that are one with nobody are clusters of their own. Pairs of at least the probability threshold are taken by falling weight, and two clusters are joined only if the mean weight of all pairs between them is not negative and neither largest_cluster nor source forbids it: one wrong pair does not make one of two crowds. Pairs that a limit kept apart are counted in a NOTICE. Arguments, errors and cost are those of link_pairs. Example: SELECT id, cluster FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'') m, intent.link_records(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'', m, threshold => 0.2);';

CREATE FUNCTION link_joins(query text, model linkage_model, threshold float8 DEFAULT 0.9,
	OUT id_a text, OUT id_b text, OUT weight numeric, OUT probability float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_link_joins' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION link_joins(text, linkage_model, float8) IS
'The pairs by which link_records joins its clusters, the heaviest first: as many as there are records less clusters, and their components are the clusters. What link_graph makes links of. Arguments, errors and cost are those of link_records. Example: SELECT id_a, id_b, round(probability::numeric, 3) FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'') m, intent.link_joins(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'', m, threshold => 0.2);';

-- ----- why -----

CREATE FUNCTION explain_linkage(model linkage_model, a jsonb, b jsonb,
	OUT comparison text, OUT value_a text, OUT value_b text, OUT level text, OUT m float8, OUT u float8,
	OUT contribution numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_explain_linkage' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10;
COMMENT ON FUNCTION explain_linkage(linkage_model, jsonb, jsonb) IS
'What the weight of two records is made of: a row (base) for how seldom two records are one, then one for each column compared, with the level of likeness, how often pairs that are one (m) and pairs that are not (u) show it, and what that says, ln(m / u). u of equal values is the share of the other records that have this value, too. A value that is missing says 0. The contributions add up to the weight of link_pairs to the last digit. a and b are records as objects, as to_jsonb(r) gives; a column that is not there is NULL. No rows if an argument is NULL; what is no object is error 22023. Example: SELECT comparison, level, round(contribution, 3) FROM intent.explain_linkage(intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)''), ''{"name": "ann lee"}'', ''{"name": "ann leigh"}'');';

CREATE FUNCTION explain_linkage(query text, model linkage_model, id_a text, id_b text,
	OUT comparison text, OUT value_a text, OUT value_b text, OUT level text, OUT m float8, OUT u float8,
	OUT contribution numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_explain_linkage_query' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 100000 ROWS 10;
COMMENT ON FUNCTION explain_linkage(text, linkage_model, text, text) IS
'As explain_linkage(model, a, b), for two records of the query that was linked, by their ids; an id that the query does not give is error P0002. Example: SELECT comparison, value_a, value_b, level FROM intent.train_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'') m, intent.explain_linkage(''SELECT * FROM (VALUES (1, ''''ann lee''''), (2, ''''ann lee''''), (3, ''''bob ray'''')) r(id, name)'', m, ''1'', ''2'');';
