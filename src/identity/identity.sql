-- identity: connected components of pairs of identifiers

-- ----- components of a query -----

CREATE FUNCTION components(query text, blocked text[] DEFAULT NULL,
	OUT node text, OUT component text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_components' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION components(text, text[]) IS
'Every node of the pairs that a query of two text columns gives, once, with the component it is in, which is named by its smallest node by bytes (COLLATE "C"). Nodes connected by any chain of pairs are in one component. NULL, an empty text and what is blocked are no nodes and join nobody; a node that occurs only beside these or beside itself is a component of its own. The rows come in no particular order. The query must be one SELECT; it runs read-only with the rights of the caller. Other column types are error 42804. Cost grows with the number of pairs; memory with that of nodes: their texts and about 50 bytes each. Example: SELECT node, component FROM intent.components(''SELECT * FROM (VALUES (''''cookie:1'''', ''''login:anna''''), (''''cookie:2'''', ''''login:anna''''), (''''cookie:3'''', ''''login:null'''')) p(a, b)'', blocked => ARRAY[''login:null'']) ORDER BY component, node;';

CREATE FUNCTION components_bigint(query text, blocked bigint[] DEFAULT NULL,
	OUT node bigint, OUT component bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_components_bigint' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION components_bigint(text, bigint[]) IS
'As components, for a query of two bigint columns: every node with the smallest number of its component. Takes at most 60 bytes of memory a node. Example: SELECT node, component FROM intent.components_bigint(''SELECT * FROM (VALUES (1::bigint, 2::bigint), (3, 2), (8, 9)) p(a, b)'') ORDER BY component, node;';

-- ----- the type -----

CREATE TYPE identity_map;

CREATE FUNCTION identity_map_in(cstring) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_identity_map_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION identity_map_in(cstring) IS 'Text input of identity_map.';

CREATE FUNCTION identity_map_out(identity_map) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_identity_map_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION identity_map_out(identity_map) IS 'Text output of identity_map.';

CREATE FUNCTION identity_map_recv(internal) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_identity_map_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION identity_map_recv(internal) IS 'Binary input of identity_map.';

CREATE FUNCTION identity_map_send(identity_map) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_identity_map_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION identity_map_send(identity_map) IS 'Binary output of identity_map: the bytes as they are stored.';

CREATE TYPE identity_map (
	INPUT = identity_map_in, OUTPUT = identity_map_out,
	RECEIVE = identity_map_recv, SEND = identity_map_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE identity_map IS
'Which nodes are in one component with which: what component_agg gives. One partition has one value, whatever the order, split and merging of its pairs. Written as components in braces, {{a,b},{c}}; nodes with other characters than letters, digits and _ . / : @ + - in double quotes, quotes inside them doubled. Example: SELECT ''{{cookie:1,login:anna},{"cookie 2"}}''::intent.identity_map;';

CREATE FUNCTION identity_map_to_jsonb(map identity_map) RETURNS jsonb
AS 'MODULE_PATHNAME', 'intent_identity_map_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION identity_map_to_jsonb(identity_map) IS
'The components as arrays of texts, each in order of the bytes of its nodes. The named twin of the cast. Example: SELECT intent.identity_map_to_jsonb(''{{b,a},{c}}''::intent.identity_map);';

CREATE FUNCTION identity_map_from_jsonb(components jsonb) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_identity_map_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION identity_map_from_jsonb(jsonb) IS
'The identity_map of an array of components, each an array of texts. Anything else is error 22023, a node in two components error 22P02. The named twin of the cast. Example: SELECT intent.identity_map_from_jsonb(''[["b", "a"], ["c"]]'');';

CREATE CAST (identity_map AS jsonb) WITH FUNCTION identity_map_to_jsonb(identity_map);
COMMENT ON CAST (identity_map AS jsonb) IS 'components as arrays of texts';
CREATE CAST (jsonb AS identity_map) WITH FUNCTION identity_map_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS identity_map) IS 'arrays of texts as components';

-- ----- questions -----

CREATE FUNCTION component_of(map identity_map, node text) RETURNS text
AS 'MODULE_PATHNAME', 'intent_component_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION component_of(identity_map, text) IS
'The smallest node of the component the node is in; NULL for a node that is not in the map. O(log n): the map is searched as it is stored. Example: SELECT intent.component_of(''{{cookie:1,cookie:2,login:anna}}''::intent.identity_map, ''login:anna'');';

CREATE FUNCTION members(map identity_map, OUT node text, OUT component text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_members' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 1000;
COMMENT ON FUNCTION members(identity_map) IS
'Every node of the map with the smallest node of its component, in order of the bytes of the nodes. No rows for NULL or an empty map. Example: SELECT node, component FROM intent.members(''{{cookie:1,login:anna},{cookie:2}}''::intent.identity_map);';

CREATE FUNCTION unite(a identity_map, b identity_map) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_identity_map_unite' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION unite(identity_map, identity_map) IS
'The components of both maps, those that share a node joined. Commutative, associative, idempotent; NULL if either is NULL (component_merge ignores NULL). The named twin of ||. Example: SELECT intent.unite(''{{a,b},{c}}''::intent.identity_map, ''{{b,c},{d}}''::intent.identity_map);';

CREATE OPERATOR || (LEFTARG = identity_map, RIGHTARG = identity_map, FUNCTION = unite, COMMUTATOR = ||);
COMMENT ON OPERATOR || (identity_map, identity_map) IS 'components of both, joined where they share a node';

-- ----- equality and hash -----

CREATE FUNCTION same(a identity_map, b identity_map) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_identity_map_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(identity_map, identity_map) IS
'Do both maps have the same nodes in the same components? The named twin of =. Example: SELECT intent.same(''{{a,b},{c}}''::intent.identity_map, ''{{c},{b,a}}''::intent.identity_map);';

CREATE FUNCTION not_same(a identity_map, b identity_map) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_identity_map_not_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION not_same(identity_map, identity_map) IS
'Do the maps differ in any node or component? The named twin of <>. Example: SELECT intent.not_same(''{{a,b},{c}}''::intent.identity_map, ''{{a,b,c}}''::intent.identity_map);';

CREATE OPERATOR = (
	LEFTARG = identity_map, RIGHTARG = identity_map, FUNCTION = same,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (identity_map, identity_map) IS 'same components';

CREATE OPERATOR <> (
	LEFTARG = identity_map, RIGHTARG = identity_map, FUNCTION = not_same,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (identity_map, identity_map) IS 'different components';

CREATE FUNCTION identity_map_hash(map identity_map) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_identity_map_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION identity_map_hash(identity_map) IS
'Hash of an identity_map, for hash joins, GROUP BY and DISTINCT. Example: SELECT intent.identity_map_hash(''{{a,b}}''::intent.identity_map) = intent.identity_map_hash(''{{b,a}}''::intent.identity_map);';

CREATE FUNCTION identity_map_hash(map identity_map, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_identity_map_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION identity_map_hash(identity_map, bigint) IS
'Seeded 64-bit hash of an identity_map, for hash partitioning. Example: SELECT intent.identity_map_hash(''{}''::intent.identity_map, 1) <> intent.identity_map_hash(''{}''::intent.identity_map, 2);';

CREATE OPERATOR CLASS identity_map_hash_ops DEFAULT FOR TYPE identity_map USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 identity_map_hash(identity_map),
	FUNCTION 2 identity_map_hash(identity_map, bigint);
COMMENT ON OPERATOR CLASS identity_map_hash_ops USING hash IS 'equality of identity maps';
COMMENT ON OPERATOR FAMILY identity_map_hash_ops USING hash IS 'equality of identity maps';

-- ----- aggregates -----

CREATE FUNCTION component_agg_add(state identity_map, a text, b text) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_component_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION component_agg_add(identity_map, text, text) IS
'Transition function of component_agg(a, b): the map with one more pair; NULL is a map of nothing. Example: SELECT intent.component_agg_add(''{{a,b}}''::intent.identity_map, ''b'', ''c'');';

CREATE FUNCTION component_agg_add(state identity_map, a text, b text, blocked text[]) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_component_agg_add_blocked' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION component_agg_add(identity_map, text, text, text[]) IS
'Transition function of component_agg(a, b, blocked): the map with one more pair, of which nodes in blocked are left out. Example: SELECT intent.component_agg_add(''{{a,b}}''::intent.identity_map, ''b'', ''null'', ARRAY[''null'']);';

CREATE FUNCTION component_merge_add(state identity_map, map identity_map) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_component_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION component_merge_add(identity_map, identity_map) IS
'Transition function of component_merge, and combine function of it and of component_agg: both maps united; NULL is a map of nothing. Example: SELECT intent.component_merge_add(NULL, ''{{a,b}}''::intent.identity_map);';

CREATE FUNCTION component_agg_final(state identity_map) RETURNS identity_map
AS 'MODULE_PATHNAME', 'intent_component_agg_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION component_agg_final(identity_map) IS
'Final function of component_agg and component_merge: the map, packed. Example: SELECT intent.component_agg_final(''{{a,b}}''::intent.identity_map);';

CREATE AGGREGATE component_agg(a text, b text) (
	SFUNC = component_agg_add, STYPE = identity_map, SSPACE = 1000,
	FINALFUNC = component_agg_final, COMBINEFUNC = component_merge_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE component_agg(text, text) IS
'The connected components of pairs of nodes as one value: the same partition that components gives as rows. NULL and an empty text are no nodes and join nobody; a node that occurs only beside these or beside itself is a component of its own. NULL if there is no node. Example: SELECT intent.component_agg(a, b) FROM (VALUES (''cookie:1'', ''login:anna''), (''cookie:2'', ''login:anna''), (''cookie:3'', NULL)) p(a, b);';

CREATE AGGREGATE component_agg(a text, b text, blocked text[]) (
	SFUNC = component_agg_add, STYPE = identity_map, SSPACE = 1000,
	FINALFUNC = component_agg_final, COMBINEFUNC = component_merge_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE component_agg(text, text, text[]) IS
'As component_agg(a, b), without the nodes that are in blocked, which join nobody. What a row blocks counts for that row. Example: SELECT intent.component_agg(a, b, ARRAY[''login:null'']) FROM (VALUES (''cookie:1'', ''login:null''), (''cookie:2'', ''login:null'')) p(a, b);';

CREATE AGGREGATE component_merge(map identity_map) (
	SFUNC = component_merge_add, STYPE = identity_map, SSPACE = 1000,
	FINALFUNC = component_agg_final, COMBINEFUNC = component_merge_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE component_merge(identity_map) IS
'The components of all maps, those that share a node joined: the same bytes as component_agg over all their pairs. NULL maps are ignored; NULL if there is no other. Example: SELECT intent.component_merge(m) FROM (VALUES (''{{a,b}}''::intent.identity_map), (''{{b,c},{d}}'')) t(m);';
