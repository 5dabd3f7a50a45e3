-- the GIN operator class of journeys: @> and ~, and their named twins

CREATE FUNCTION journey_gin_value(journey, internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_gin_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_value(journey, internal, internal) IS 'The keys of a journey in a GIN index; not for direct use.';

CREATE FUNCTION journey_gin_query(journey, internal, smallint, internal, internal, internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_gin_query' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_query(journey, internal, smallint, internal, internal, internal, internal) IS 'The keys that touchpoints or a pattern ask a GIN index for; not for direct use.';

CREATE FUNCTION journey_gin_consistent(internal, smallint, journey, integer, internal, internal, internal, internal) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_journey_gin_consistent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_consistent(internal, smallint, journey, integer, internal, internal, internal, internal) IS 'Do the keys that a GIN index found suffice; not for direct use.';

CREATE FUNCTION journey_gin_triconsistent(internal, smallint, journey, integer, internal, internal, internal) RETURNS "char"
AS 'MODULE_PATHNAME', 'intent_journey_gin_triconsistent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_gin_triconsistent(internal, smallint, journey, integer, internal, internal, internal) IS 'May the keys that a GIN index looked at suffice; not for direct use.';

CREATE OPERATOR FAMILY journey_gin_ops USING gin;
COMMENT ON OPERATOR FAMILY journey_gin_ops USING gin IS 'journeys by the touchpoints they have';

CREATE OPERATOR CLASS journey_gin_ops DEFAULT FOR TYPE journey USING gin FAMILY journey_gin_ops AS
	OPERATOR 1 @> (journey, text[]),
	OPERATOR 2 ~ (journey, jpattern),
	FUNCTION 1 pg_catalog.byteacmp(bytea, bytea),
	FUNCTION 2 journey_gin_value(journey, internal, internal),
	FUNCTION 3 journey_gin_query(journey, internal, smallint, internal, internal, internal, internal),
	FUNCTION 4 journey_gin_consistent(internal, smallint, journey, integer, internal, internal, internal, internal),
	FUNCTION 6 journey_gin_triconsistent(internal, smallint, journey, integer, internal, internal, internal),
	STORAGE bytea;
COMMENT ON OPERATOR CLASS journey_gin_ops USING gin IS
'finds journeys by the touchpoints they have: for @>, ~, has_touchpoints() and has_match()';

CREATE FUNCTION journey_support(internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_support(internal) IS 'Lets has_touchpoints() and has_match() use an index as their operators do; not for direct use.';

ALTER FUNCTION has_touchpoints(journey, text[]) SUPPORT journey_support;
ALTER FUNCTION has_match(journey, jpattern) SUPPORT journey_support;
