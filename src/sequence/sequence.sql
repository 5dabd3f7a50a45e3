-- sequence: the type that states of aggregates over many people share

CREATE TYPE partial;

CREATE FUNCTION partial_in(cstring) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_partial_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION partial_in(cstring) IS 'Text input of partial.';

CREATE FUNCTION partial_out(partial) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_partial_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION partial_out(partial) IS 'Text output of partial.';

CREATE FUNCTION partial_recv(internal) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_partial_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION partial_recv(internal) IS 'Binary input of partial.';

CREATE FUNCTION partial_send(partial) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_partial_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION partial_send(partial) IS 'Binary output of partial: the bytes as they are stored.';

CREATE TYPE partial (
	INPUT = partial_in, OUTPUT = partial_out,
	RECEIVE = partial_recv, SEND = partial_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE partial IS
'What an aggregate over many people has counted so far, as a value to store, send and merge later: roll-up tables, shards, partitions. Written as kind/version:payload, the kind being the aggregate it belongs to and the payload base64. Equal counts are equal bytes, whatever the order and the parts they came in. Functions of one kind refuse those of another with error 42804. Example: SELECT ''retention/1:AA==''::intent.partial;';

CREATE FUNCTION partial_kind(state partial) RETURNS text
AS 'MODULE_PATHNAME', 'intent_partial_kind' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION partial_kind(partial) IS
'The kind of a state: the name of the aggregate it belongs to. Example: SELECT intent.partial_kind(''retention/1:AA=='');';

CREATE FUNCTION unite(a partial, b partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_partial_unite' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION unite(partial, partial) IS
'The state of all that either state has counted. Commutative and associative. States of two kinds are error 42804; NULL if either is NULL. The named twin of ||, and the combine function of all aggregates that give a partial. Example: SELECT intent.unite(''retention/1:AA==''::intent.partial, ''retention/1:AA==''::intent.partial);';

CREATE OPERATOR || (LEFTARG = partial, RIGHTARG = partial, FUNCTION = unite, COMMUTATOR = ||);
COMMENT ON OPERATOR || (partial, partial) IS 'what either state has counted';
