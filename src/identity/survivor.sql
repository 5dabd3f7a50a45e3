-- survivorship: of several records of one person, the value that stays

CREATE FUNCTION survivor_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_survivor_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survivor_combine(internal, internal) IS
'Combine function of latest, oldest, preferred and filled; not for direct use.';

CREATE FUNCTION survivor_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_survivor_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survivor_serialize(internal) IS
'Serialisation function of latest, oldest, preferred and filled; not for direct use.';

CREATE FUNCTION survivor_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_survivor_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survivor_deserialize(bytea, internal) IS
'Deserialisation function of latest, oldest, preferred and filled; not for direct use.';

CREATE FUNCTION latest_add(internal, anyelement, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_latest_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION latest_add(internal, anyelement, timestamptz) IS
'Transition function of latest; not for direct use.';

CREATE FUNCTION oldest_add(internal, anyelement, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_oldest_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION oldest_add(internal, anyelement, timestamptz) IS
'Transition function of oldest; not for direct use.';

CREATE FUNCTION preferred_add(internal, anyelement, integer) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_preferred_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION preferred_add(internal, anyelement, integer) IS
'Transition function of preferred; not for direct use.';

CREATE FUNCTION preferred_add(internal, anyelement, integer, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_preferred_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION preferred_add(internal, anyelement, integer, timestamptz) IS
'Transition function of preferred; not for direct use.';

CREATE FUNCTION filled_add(internal, anyelement) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_filled_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION filled_add(internal, anyelement) IS
'Transition function of filled; not for direct use.';

CREATE FUNCTION survivor_final(internal, anyelement) RETURNS anyelement
AS 'MODULE_PATHNAME', 'intent_survivor_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survivor_final(internal, anyelement) IS
'Final function of latest, oldest, preferred and filled; not for direct use.';

CREATE FUNCTION survivor_final(internal, anyelement, timestamptz) RETURNS anyelement
AS 'MODULE_PATHNAME', 'intent_survivor_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survivor_final(internal, anyelement, timestamptz) IS
'Final function of latest, oldest, preferred and filled; not for direct use.';

CREATE FUNCTION survivor_final(internal, anyelement, integer) RETURNS anyelement
AS 'MODULE_PATHNAME', 'intent_survivor_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survivor_final(internal, anyelement, integer) IS
'Final function of latest, oldest, preferred and filled; not for direct use.';

CREATE FUNCTION survivor_final(internal, anyelement, integer, timestamptz) RETURNS anyelement
AS 'MODULE_PATHNAME', 'intent_survivor_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survivor_final(internal, anyelement, integer, timestamptz) IS
'Final function of latest, oldest, preferred and filled; not for direct use.';

CREATE AGGREGATE latest(value anyelement, at timestamptz) (
	SFUNC = latest_add, STYPE = internal, SSPACE = 100,
	FINALFUNC = survivor_final, FINALFUNC_EXTRA, COMBINEFUNC = survivor_combine,
	SERIALFUNC = survivor_serialize, DESERIALFUNC = survivor_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE latest(anyelement, timestamptz) IS
'The value of the latest time. NULL as a time is before all others. NULL and, of text types, the empty text are no values and never stay; NULL if there is no other. Ties go to the value whose stored bytes are smaller (texts as COLLATE "C", numbers of fixed size as numbers), so the order of rows never decides. The value may be a whole row, such as latest(c, c.seen_at) FILTER (WHERE c.email <> ''''): that is the record that wins. Linear, one value a group. Example: SELECT person, intent.latest(city, seen_at) FROM (VALUES (1, ''Bonn'', timestamptz ''2026-01-01Z''), (1, ''Trier'', ''2026-03-01Z''), (1, '''', ''2026-04-01Z'')) c(person, city, seen_at) GROUP BY person;';

CREATE AGGREGATE oldest(value anyelement, at timestamptz) (
	SFUNC = oldest_add, STYPE = internal, SSPACE = 100,
	FINALFUNC = survivor_final, FINALFUNC_EXTRA, COMBINEFUNC = survivor_combine,
	SERIALFUNC = survivor_serialize, DESERIALFUNC = survivor_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE oldest(anyelement, timestamptz) IS
'The value of the earliest time. NULL as a time is after all others. NULL and, of text types, the empty text are no values and never stay; NULL if there is no other. Ties go to the value whose stored bytes are smaller (texts as COLLATE "C", numbers of fixed size as numbers), so the order of rows never decides. Rows as with latest. Linear, one value a group. Example: SELECT intent.oldest(source, seen_at) FROM (VALUES (''mail'', timestamptz ''2026-02-01Z''), (''shop'', ''2026-01-01Z'')) c(source, seen_at);';

CREATE AGGREGATE preferred(value anyelement, priority integer) (
	SFUNC = preferred_add, STYPE = internal, SSPACE = 100,
	FINALFUNC = survivor_final, FINALFUNC_EXTRA, COMBINEFUNC = survivor_combine,
	SERIALFUNC = survivor_serialize, DESERIALFUNC = survivor_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE preferred(anyelement, integer) IS
'The value of the source with the smallest priority number; 1 comes before 2, NULL last. NULL and, of text types, the empty text are no values and never stay; NULL if there is no other. Ties go to the value whose stored bytes are smaller (texts as COLLATE "C", numbers of fixed size as numbers), so the order of rows never decides. Rows as with latest. Linear, one value a group. Example: SELECT intent.preferred(city, CASE source WHEN ''contract'' THEN 1 WHEN ''shop'' THEN 2 END) FROM (VALUES (''mail'', ''Bonn''), (''shop'', ''Trier''), (''contract'', NULL)) c(source, city);';

CREATE AGGREGATE preferred(value anyelement, priority integer, at timestamptz) (
	SFUNC = preferred_add, STYPE = internal, SSPACE = 100,
	FINALFUNC = survivor_final, FINALFUNC_EXTRA, COMBINEFUNC = survivor_combine,
	SERIALFUNC = survivor_serialize, DESERIALFUNC = survivor_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE preferred(anyelement, integer, timestamptz) IS
'As preferred(value, priority), and of one priority the value of the latest time. Example: SELECT intent.preferred(city, 1, seen_at) FROM (VALUES (''Bonn'', timestamptz ''2026-01-01Z''), (''Trier'', ''2026-03-01Z'')) c(city, seen_at);';

CREATE AGGREGATE filled(value anyelement) (
	SFUNC = filled_add, STYPE = internal, SSPACE = 100,
	FINALFUNC = survivor_final, FINALFUNC_EXTRA, COMBINEFUNC = survivor_combine,
	SERIALFUNC = survivor_serialize, DESERIALFUNC = survivor_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE filled(anyelement) IS
'A value that is there: for attributes that have one value or none. NULL and, of text types, the empty text are no values and never stay; NULL if there is no other. Of several the one whose stored bytes are smallest (texts as COLLATE "C", numbers of fixed size as numbers), so the order of rows never decides. Linear, one value a group. Example: SELECT intent.filled(born) FROM (VALUES (NULL), (date ''1970-01-01''), (NULL)) c(born);';

CREATE FUNCTION most_frequent_add(internal, anyelement) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_most_frequent_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION most_frequent_add(internal, anyelement) IS
'Transition function of most_frequent; not for direct use.';

CREATE FUNCTION most_frequent_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_most_frequent_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION most_frequent_combine(internal, internal) IS
'Combine function of most_frequent; not for direct use.';

CREATE FUNCTION most_frequent_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_most_frequent_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION most_frequent_serialize(internal) IS
'Serialisation function of most_frequent; not for direct use.';

CREATE FUNCTION most_frequent_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_most_frequent_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION most_frequent_deserialize(bytea, internal) IS
'Deserialisation function of most_frequent; not for direct use.';

CREATE FUNCTION most_frequent_final(internal, anyelement) RETURNS anyelement
AS 'MODULE_PATHNAME', 'intent_most_frequent_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION most_frequent_final(internal, anyelement) IS
'Final function of most_frequent; not for direct use.';

CREATE AGGREGATE most_frequent(value anyelement) (
	SFUNC = most_frequent_add, STYPE = internal, SSPACE = 1000,
	FINALFUNC = most_frequent_final, FINALFUNC_EXTRA, COMBINEFUNC = most_frequent_combine,
	SERIALFUNC = most_frequent_serialize, DESERIALFUNC = most_frequent_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE most_frequent(anyelement) IS
'The value that comes most often; values are the same if their stored bytes are. NULL and, of text types, the empty text are no values and never stay; NULL if there is no other. Ties go to the value whose stored bytes are smaller (texts as COLLATE "C", numbers of fixed size as numbers), so the order of rows never decides. Linear; memory grows with the different values of a group. Example: SELECT intent.most_frequent(name) FROM (VALUES (''Anna''), (''anna''), (''Anna''), (''''), (''''), ('''')) c(name);';
