-- What every object of the extension keeps to, asked of the catalogue. Each rule is a query that must find nothing;
-- below, careless objects are planted, and each rule must find exactly its own.
BEGIN;
SET LOCAL search_path = public, pg_temp;

-- ----- what is looked at -----

CREATE TEMP TABLE member AS
SELECT classid, objid
FROM pg_depend
WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'intent');

-- A composite type is a member by its pg_class row, and commented on by its pg_type row.
CREATE TEMP VIEW member_object AS
SELECT m.classid, m.objid, pg_describe_object(m.classid, m.objid, 0) AS object,
	identity.schema,
	CASE WHEN c.relkind = 'c' THEN obj_description(c.reltype, 'pg_type')
		ELSE obj_description(m.objid, (SELECT relname FROM pg_class WHERE oid = m.classid)) END AS comment
FROM member m
LEFT JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
CROSS JOIN LATERAL pg_identify_object(m.classid, m.objid, 0) identity
-- array types come with their type; from PostgreSQL 18 on they are members by themselves
WHERE NOT EXISTS (SELECT FROM pg_type e WHERE m.classid = 'pg_type'::regclass AND e.typarray = m.objid);

CREATE TEMP VIEW member_function AS
SELECT p.*, o.object, coalesce(o.comment, '') AS comment, l.lanname,
	l.lanname IN ('c', 'internal') AS compiled,
	p.prokind IN ('a', 'w') AS aggregate,
	coalesce(o.comment, '') LIKE '%not for direct use.' AS mechanical,
	EXISTS (SELECT FROM pg_type t
		WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze)) AS type_io,
	EXISTS (SELECT FROM unnest(p.proargtypes) t(type) WHERE t.type = 'internal'::regtype) AS takes_internal
FROM member_object o
JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND o.objid = p.oid
JOIN pg_language l ON l.oid = p.prolang;

CREATE TEMP VIEW member_aggregate AS
SELECT f.*, a.*
FROM member_function f
JOIN pg_aggregate a ON a.aggfnoid = f.oid;

CREATE TEMP VIEW member_type AS
SELECT t.*, o.object, coalesce(o.comment, '') AS comment
FROM member_object o
JOIN pg_type t ON (o.classid = 'pg_type'::regclass AND o.objid = t.oid)
	OR (o.classid = 'pg_class'::regclass AND o.objid = t.typrelid
		AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c')
WHERE t.typisdefined;

CREATE TEMP VIEW member_operator AS
SELECT op.*, o.object
FROM member_object o
JOIN pg_operator op ON o.classid = 'pg_operator'::regclass AND o.objid = op.oid;

-- Functions that read a query or a relation with the rights of the caller, and what tells of them. All other compiled code reads nothing.
CREATE TEMP TABLE query_driver (name) AS
VALUES ('components'), ('components_bigint'), ('drift_report'), ('explain_linkage(text,intent.linkage_model,text,text)'), ('graph_bridges'), ('graph_path'), ('journeys'), ('journeys_stats'), ('link_joins'), ('link_pairs'), ('link_records'), ('oldest_transaction'), ('propose_signals'), ('source_column'), ('train(text,text,jsonb)'), ('train_linkage'), ('train_scorecard'), ('training_set');
-- and those of one person
INSERT INTO query_driver (name)
VALUES ('journey_of(bigint)'), ('score(bigint,text,timestamp with time zone)'), ('score(bigint,text,timestamp with time zone,timestamp with time zone,text,text)'),
	('scores(bigint,timestamp with time zone)'), ('scores(bigint,timestamp with time zone,timestamp with time zone,text,text)');

-- ----- the rules -----

CREATE TEMP TABLE lint (n serial, rule text, finds text);
INSERT INTO lint (rule, finds) VALUES
('has a comment', $$
	SELECT object FROM member_object WHERE coalesce(comment, '') = '' $$),

('is in the schema intent', $$
	SELECT object FROM member_object WHERE schema <> 'intent' $$),

('holds no rows: tables and views are made by setup()', $$
	SELECT o.object FROM member_object o JOIN pg_class c ON o.classid = 'pg_class'::regclass AND o.objid = c.oid
	WHERE c.relkind <> 'c' $$),

('belongs to the owner of the extension', $$
	SELECT o.object FROM member_object o
	LEFT JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND o.objid = p.oid
	LEFT JOIN pg_type t ON o.classid = 'pg_type'::regclass AND o.objid = t.oid
	LEFT JOIN pg_operator op ON o.classid = 'pg_operator'::regclass AND o.objid = op.oid
	LEFT JOIN pg_opclass oc ON o.classid = 'pg_opclass'::regclass AND o.objid = oc.oid
	LEFT JOIN pg_opfamily f ON o.classid = 'pg_opfamily'::regclass AND o.objid = f.oid
	WHERE coalesce(p.proowner, t.typowner, op.oprowner, oc.opcowner, f.opfowner)
		<> (SELECT extowner FROM pg_extension WHERE extname = 'intent') $$),

('may be used by everybody', $$
	SELECT object FROM member_function WHERE proacl IS NOT NULL
	UNION ALL
	SELECT object FROM member_type WHERE typacl IS NOT NULL $$),

('has no rights of its own: not SECURITY DEFINER, not LEAKPROOF', $$
	SELECT object FROM member_function WHERE prosecdef OR proleakproof $$),

-- The body of a SQL function in BEGIN ATOMIC form is bound when it is made. A procedure that fixes its path may not commit.
('does not depend on search_path: C, BEGIN ATOMIC, or a fixed path', $$
	SELECT object FROM member_function
	WHERE NOT compiled AND NOT aggregate AND prosqlbody IS NULL AND NOT (prokind = 'p' AND prosrc ~ '\mCOMMIT;')
		AND NOT coalesce(proconfig && ARRAY['search_path=""', 'search_path=pg_catalog, pg_temp'], false) $$),

('is C, SQL or PL/pgSQL', $$
	SELECT object FROM member_function WHERE NOT compiled AND lanname NOT IN ('sql', 'plpgsql') $$),

('compiled code is IMMUTABLE and PARALLEL SAFE, drivers of a query STABLE and PARALLEL RESTRICTED', $$
	SELECT object FROM member_function
	WHERE compiled AND NOT aggregate
		AND (provolatile::text, proparallel::text) <>
			CASE WHEN EXISTS (SELECT FROM query_driver d WHERE d.name = proname OR object LIKE '%.' || d.name) THEN ('s'::text, 'r'::text)
				-- what this session did is of this session, and changes
				WHEN proname = 'journeys_stats' THEN ('v'::text, 'r'::text)
				-- the clock goes on
				WHEN object IN ('function intent.score(bigint,text)', 'function intent.scores(bigint)') THEN ('v'::text, 'r'::text)
				-- it takes in what it reads
				WHEN proname = 'graph_gather' THEN ('v'::text, 'u'::text)
				ELSE ('i'::text, 's'::text) END $$),

('other code: IMMUTABLE is PARALLEL SAFE, and only what is VOLATILE is PARALLEL UNSAFE', $$
	SELECT object FROM member_function
	WHERE NOT compiled AND ((provolatile = 'i' AND proparallel <> 's') OR (provolatile <> 'v' AND proparallel = 'u')) $$),

('aggregates combine; an internal state has serial and deserial functions and says its size', $$
	SELECT object FROM member_aggregate
	WHERE aggcombinefn = 0
		OR (aggtranstype = 'internal'::regtype AND (aggserialfn = 0 OR aggdeserialfn = 0 OR aggtransspace = 0)) $$),

('aggregates are PARALLEL SAFE, and their final function leaves the state as it was', $$
	SELECT object FROM member_aggregate WHERE proparallel <> 's' OR aggfinalmodify <> 'r' $$),

('aggregates are ordinary ones without defaults: overloads by position', $$
	SELECT object FROM member_aggregate WHERE aggkind <> 'n' OR pronargdefaults > 0 $$),

-- These Citus takes for its own in any schema.
('aggregates are not named like those that Citus matches by name', $$
	SELECT object FROM member_aggregate
	WHERE proname ~ '^(avg|min|max|sum|count|every|any_value|array_agg|jsonb?_(object_)?agg|(bit|bool)_(and|or)|(hll|topn|tdigest)_.*)$' $$),

('names need no quotes', $$
	SELECT object FROM member_function f
	WHERE EXISTS (SELECT FROM (SELECT proname::text UNION ALL SELECT unnest(proargnames)) x(name)
		WHERE name !~ '^[a-z][a-z0-9_]*$' AND NOT (name = '' AND f.mechanical))
	UNION ALL
	SELECT object FROM member_type WHERE typname !~ '^[a-z][a-z0-9_]*$' $$),

('names are no reserved words', $$
	SELECT object FROM member_function f
	WHERE EXISTS (SELECT FROM (SELECT proname::text UNION ALL SELECT unnest(proargnames)) x(name)
		JOIN pg_get_keywords() k ON k.word = x.name WHERE k.catcode IN ('R', 'T', 'C')) $$),

-- f(x) with f a type is read as a cast.
('functions of one argument are not named like a type', $$
	SELECT object FROM member_function f
	WHERE pronargs = 1 AND EXISTS (SELECT FROM pg_type t
		WHERE t.typname = f.proname AND t.typnamespace IN (f.pronamespace, 'pg_catalog'::regnamespace)) $$),

('what people call names its arguments', $$
	SELECT object FROM member_function f
	WHERE NOT mechanical AND NOT type_io AND pronargs > 0
		AND (proargnames IS NULL OR EXISTS (SELECT FROM unnest(proargnames[1:pronargs]) x(name) WHERE name = '')) $$),

('what people call ends its comment with an example of itself', $$
	SELECT object FROM member_function
	WHERE NOT mechanical AND NOT type_io AND comment !~ ('\. Example: (SELECT|WITH|CALL)\M.*\mintent\.' || proname || '\(.*;$') $$),

('types end their comment with an example of themselves', $$
	SELECT object FROM member_type
	WHERE typtype <> 'p' AND comment !~ ('\. Example: (SELECT|WITH) .*\mintent\.' || typname || '\M.*;$') $$),

('what is not for direct use serves an aggregate, an index, a planner, a trigger', $$
	SELECT object FROM member_function f
	WHERE mechanical AND NOT takes_internal AND prorettype <> 'trigger'::regtype
		AND NOT EXISTS (SELECT FROM pg_aggregate a WHERE f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
			a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn))
		AND NOT EXISTS (SELECT FROM pg_amproc a WHERE a.amproc = f.oid) $$),

('what takes internal is not for direct use', $$
	SELECT object FROM member_function WHERE takes_internal AND NOT mechanical AND NOT type_io $$),

('operators have a named twin that says so', $$
	SELECT op.object FROM member_operator op
	LEFT JOIN member_function f ON f.oid = op.oprcode
	WHERE f.oid IS NULL OR f.mechanical OR f.comment !~ '[Tt]he named twin of '
		OR position(' ' || op.oprname || '.' IN f.comment) + position(' ' || op.oprname || ' ' IN f.comment)
			+ position(' ' || op.oprname || ',' IN f.comment) = 0 $$),

('cast functions are named twins of the cast', $$
	SELECT o.object FROM member_object o
	JOIN pg_cast c ON o.classid = 'pg_cast'::regclass AND o.objid = c.oid
	LEFT JOIN member_function f ON f.oid = c.castfunc
	WHERE c.castmethod = 'f' AND (f.oid IS NULL OR f.mechanical OR f.comment NOT LIKE '%he named twin of the cast%') $$),

('commutators and negators are mutual', $$
	SELECT op.object FROM member_operator op
	JOIN pg_operator other ON other.oid IN (op.oprcom, op.oprnegate)
	WHERE (other.oid = op.oprcom AND other.oprcom <> op.oid) OR (other.oid = op.oprnegate AND other.oprnegate <> op.oid) $$),

('operators that give a boolean tell the planner how many rows they keep', $$
	SELECT object FROM member_operator WHERE oprresult = 'boolean'::regtype AND (oprrest = 0 OR (oprkind = 'b' AND oprjoin = 0)) $$),

('operators that can hash have a hash operator class', $$
	SELECT op.object FROM member_operator op
	WHERE op.oprcanhash AND NOT EXISTS (SELECT FROM pg_amop a
		WHERE a.amopopr = op.oid AND a.amopmethod = (SELECT oid FROM pg_am WHERE amname = 'hash')) $$),

('types have a text and a binary form', $$
	SELECT object FROM member_type WHERE typtype = 'b' AND typelem = 0 AND (typreceive = 0 OR typsend = 0) $$);

CREATE FUNCTION pg_temp.findings() RETURNS TABLE (rule text, object text) LANGUAGE plpgsql AS $$
DECLARE
	query text;
BEGIN
	FOR rule, query IN SELECT l.rule, l.finds FROM lint l ORDER BY n LOOP
		FOR object IN EXECUTE query LOOP
			RETURN NEXT;
		END LOOP;
	END LOOP;
END $$;

SELECT plan((SELECT count(*)::int FROM lint) + 5);

SELECT isnt_empty('SELECT FROM member_function', 'there are functions to look at');
SELECT isnt_empty('SELECT FROM member_aggregate', 'there are aggregates to look at');
SELECT is_empty(finds, rule) FROM lint ORDER BY n;

-- ----- the rules can fail -----

SET LOCAL client_min_messages = warning;
CREATE SCHEMA careless;
SET LOCAL search_path = careless, public, pg_temp;
-- What keeps every rule, before each object breaks one.
CREATE FUNCTION careful(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
COMMENT ON FUNCTION careful(int) IS 'As it is. Example: SELECT intent.careful(1);';

CREATE FUNCTION silent(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION elsewhere(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE TABLE rows (x int);
CREATE FUNCTION owned(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE ROLE intent_catalogue_stranger;
ALTER FUNCTION owned(int) OWNER TO intent_catalogue_stranger;
CREATE FUNCTION private(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
REVOKE EXECUTE ON FUNCTION private(int) FROM public;
CREATE FUNCTION powerful(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER AS 'int4up';
CREATE FUNCTION leakproof(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'int4up';
CREATE FUNCTION late(x int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT x';
CREATE FUNCTION late_but_fixed(x int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp AS 'SELECT x';
CREATE FUNCTION early(x int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN x;
CREATE LANGUAGE strange HANDLER plpgsql_call_handler;
CREATE FUNCTION foreign_body(x int) RETURNS int LANGUAGE strange IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp AS '';
CREATE FUNCTION unstated(x int) RETURNS int LANGUAGE internal AS 'int4up';
CREATE FUNCTION components(x int) RETURNS int LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION unstated_sql(x int) RETURNS int LANGUAGE sql IMMUTABLE RETURN x;
CREATE FUNCTION state_add(internal, x int) RETURNS internal LANGUAGE internal IMMUTABLE PARALLEL SAFE AS 'int8_avg_accum';
CREATE AGGREGATE alone(x bigint) (SFUNC = int8_avg_accum, STYPE = internal, SSPACE = 48, FINALFUNC = numeric_poly_avg, PARALLEL = SAFE);
CREATE AGGREGATE unsized(x bigint) (SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg,
	COMBINEFUNC = int8_avg_combine, SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE slow(x int) (SFUNC = int4larger, STYPE = int, COMBINEFUNC = int4larger);
CREATE AGGREGATE consuming(x int) (SFUNC = int4larger, STYPE = int, COMBINEFUNC = int4larger, FINALFUNC = int4up,
	FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE);
CREATE AGGREGATE ordered(x int ORDER BY y int) (SFUNC = int4larger, STYPE = int, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = SAFE);
CREATE AGGREGATE max(x int) (SFUNC = int4larger, STYPE = int, COMBINEFUNC = int4larger, PARALLEL = SAFE);
CREATE FUNCTION "Quoted"(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION reserved("from" int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION reserved_column(x int, OUT "time" int) LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION date(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION unnamed(int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION unshown(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION shows_another(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE TYPE unshown_type AS (x int);
CREATE FUNCTION idle(x int) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION inner_part(state internal) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4up';
CREATE FUNCTION twin(a int, b text) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4eq';
CREATE FUNCTION twin_mirrored(a text, b int) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4eq';
CREATE OPERATOR ~> (LEFTARG = int, RIGHTARG = text, FUNCTION = twin, RESTRICT = contsel, JOIN = contjoinsel);
CREATE OPERATOR ~~> (LEFTARG = int, RIGHTARG = text, FUNCTION = twin, RESTRICT = contsel, JOIN = contjoinsel);
CREATE OPERATOR ~>> (LEFTARG = int, RIGHTARG = text, FUNCTION = twin);
CREATE OPERATOR =~ (LEFTARG = int, RIGHTARG = text, FUNCTION = twin, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE OPERATOR <~~ (LEFTARG = text, RIGHTARG = int, FUNCTION = twin_mirrored, COMMUTATOR = ~~>, RESTRICT = contsel, JOIN = contjoinsel);
UPDATE pg_operator SET oprcom = '=~(int, text)'::regoperator WHERE oid = '<~~(text, int)'::regoperator;
CREATE TYPE mode AS ENUM ('calm');
CREATE FUNCTION from_mode(x mode) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1;
CREATE CAST (mode AS int) WITH FUNCTION from_mode(mode);
CREATE TYPE texty;
CREATE FUNCTION texty_in(cstring) RETURNS texty LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION texty_out(texty) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE texty (INPUT = texty_in, OUTPUT = texty_out);

TRUNCATE member;
INSERT INTO member
SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'careless'::regnamespace
UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace = 'careless'::regnamespace
UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast WHERE castsource = 'mode'::regtype
UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = 'careless'::regnamespace
UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'careless'::regnamespace AND typtype <> 'c' AND typelem = 0;

-- All of them get the comment they should have, but for those that break a rule on comments.
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT oid::regprocedure AS signature, proname, prokind FROM pg_proc
		WHERE pronamespace = 'careless'::regnamespace AND proname NOT IN ('silent', 'unshown', 'shows_another', 'state_add', 'idle', 'twin', 'twin_mirrored', 'from_mode')
	LOOP
		EXECUTE format('COMMENT ON %s %s IS %L', CASE f.prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, f.signature,
			format('Something. Example: SELECT intent.%s(1);', f.proname));
	END LOOP;
END $$;
COMMENT ON FUNCTION unshown(int) IS 'Something.';
COMMENT ON FUNCTION shows_another(int) IS 'Something. Example: SELECT intent.careful(1);';
COMMENT ON FUNCTION state_add(internal, int) IS 'Transition function; not for direct use.';
COMMENT ON FUNCTION idle(int) IS 'A helper; not for direct use.';
COMMENT ON FUNCTION twin(int, text) IS 'Something. The named twin of ~>, ~>> and =~. Example: SELECT intent.twin(1, '''');';
COMMENT ON FUNCTION twin_mirrored(text, int) IS 'Something. The named twin of <~~. Example: SELECT intent.twin_mirrored('''', 1);';
COMMENT ON FUNCTION from_mode(mode) IS 'Something. Example: SELECT intent.from_mode(''calm'');';
COMMENT ON CAST (mode AS int) IS 'something';
COMMENT ON OPERATOR ~> (int, text) IS 'something';
COMMENT ON OPERATOR ~~> (int, text) IS 'something';
COMMENT ON OPERATOR ~>> (int, text) IS 'something';
COMMENT ON OPERATOR =~ (int, text) IS 'something';
COMMENT ON OPERATOR <~~ (text, int) IS 'something';
COMMENT ON TYPE unshown_type IS 'Something.';
COMMENT ON TYPE mode IS 'Something. Example: SELECT ''calm''::intent.mode;';
COMMENT ON TYPE texty IS 'Something. Example: SELECT ''a''::intent.texty;';
COMMENT ON TABLE rows IS 'something';

CREATE TEMP TABLE planted (rule_like text, object text);
INSERT INTO planted VALUES
	('has a comment', 'function silent(integer)'),
	('holds no rows%', 'table rows'),
	('belongs to the owner%', 'function owned(integer)'),
	('may be used by everybody', 'function private(integer)'),
	('has no rights%', 'function powerful(integer)'),
	('has no rights%', 'function leakproof(integer)'),
	('does not depend on search_path%', 'function late(integer)'),
	('is C, SQL or PL/pgSQL', 'function foreign_body(integer)'),
	('compiled code%', 'function unstated(integer)'),
	('compiled code%', 'function components(integer)'),
	('other code%', 'function unstated_sql(integer)'),
	('aggregates combine%', 'function alone(bigint)'),
	('aggregates combine%', 'function unsized(bigint)'),
	('aggregates are PARALLEL SAFE%', 'function slow(integer)'),
	('aggregates are PARALLEL SAFE%', 'function consuming(integer)'),
	('aggregates combine%', 'function ordered(integer,integer)'),
	('aggregates are ordinary%', 'function ordered(integer,integer)'),
	('aggregates are not named%', 'function careless.max(integer)'),
	('names need no quotes', 'function "Quoted"(integer)'),
	('names are no reserved words', 'function reserved(integer)'),
	('names are no reserved words', 'function reserved_column(integer)'),
	('functions of one argument%', 'function date(integer)'),
	('what people call names%', 'function unnamed(integer)'),
	('what people call ends%', 'function silent(integer)'),
	('what people call ends%', 'function unshown(integer)'),
	('what people call ends%', 'function shows_another(integer)'),
	('types end%', 'composite type unshown_type'),
	('what is not for direct use%', 'function idle(integer)'),
	('what takes internal%', 'function inner_part(internal)'),
	('operators have a named twin%', 'operator ~~>(integer,text)'),
	('cast functions%', 'cast from mode to integer'),
	('commutators%', 'operator <~~(text,integer)'),
	('commutators%', 'operator ~~>(integer,text)'),
	('operators that give a boolean%', 'operator ~>>(integer,text)'),
	('operators that can hash%', 'operator =~(integer,text)'),
	('types have a text%', 'type texty');

-- All that is planted stands in another schema; that rule is looked at by itself.
SELECT bag_eq(
	$$SELECT rule, object FROM pg_temp.findings() WHERE rule <> 'is in the schema intent'$$,
	$$SELECT l.rule, p.object FROM planted p LEFT JOIN lint l ON l.rule LIKE p.rule_like$$,
	'each rule finds what breaks it and nothing else');
SELECT bag_eq($$SELECT object FROM pg_temp.findings() WHERE rule = 'is in the schema intent'$$,
	$$SELECT object FROM member_object WHERE classid <> 'pg_cast'::regclass$$, 'nor may anything stand in another schema');
SELECT is_empty($$SELECT rule FROM lint WHERE rule <> 'is in the schema intent'
	AND NOT EXISTS (SELECT FROM planted p WHERE rule LIKE p.rule_like)$$, 'each rule was tried');

SELECT * FROM finish();
ROLLBACK;
