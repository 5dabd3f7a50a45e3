-- journey: aggregates that build one

CREATE FUNCTION journey_agg_event(internal, timestamptz, text) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_agg_event' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_event(internal, timestamptz, text) IS
'Transition function of journey_agg(occurred_at, event); not for direct use.';

CREATE FUNCTION journey_agg_value(internal, timestamptz, text, text, float8) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_agg_value' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_value(internal, timestamptz, text, text, float8) IS
'Transition function of journey_agg(occurred_at, channel, event, value); not for direct use.';

CREATE FUNCTION journey_agg_ref(internal, timestamptz, text, text, float8, timestamptz, text) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_agg_text_ref' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_ref(internal, timestamptz, text, text, float8, timestamptz, text) IS
'Transition function of journey_agg with a text ref; not for direct use.';

CREATE FUNCTION journey_agg_ref(internal, timestamptz, text, text, float8, timestamptz, bigint) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_agg_bigint_ref' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_ref(internal, timestamptz, text, text, float8, timestamptz, bigint) IS
'Transition function of journey_agg with a bigint ref; not for direct use.';

CREATE FUNCTION journey_merge_add(internal, journey) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_merge_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_merge_add(internal, journey) IS
'Transition function of journey_merge; not for direct use.';

CREATE FUNCTION journey_agg_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_combine(internal, internal) IS
'Combine function of journey_agg and journey_merge; not for direct use.';

CREATE FUNCTION journey_agg_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_journey_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_serialize(internal) IS
'Serialisation function of journey_agg and journey_merge; not for direct use.';

CREATE FUNCTION journey_agg_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_journey_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_deserialize(bytea, internal) IS
'Deserialisation function of journey_agg and journey_merge; not for direct use.';

CREATE FUNCTION journey_agg_final(internal) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_journey_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION journey_agg_final(internal) IS
'Final function of journey_agg and journey_merge; not for direct use.';

CREATE AGGREGATE journey_agg(occurred_at timestamptz, event text) (
	SFUNC = journey_agg_event, STYPE = internal, SSPACE = 400,
	FINALFUNC = journey_agg_final, COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serialize, DESERIALFUNC = journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamptz, text) IS
'The journey of the rows of a group, in canonical order whatever the order of the rows; needs no ORDER BY. Rows without occurred_at or event are ignored; NULL if none is left; infinite times are error 22003. Cost grows with the number of rows, by n log n only if they come out of time order. Example: SELECT intent.journey_agg(occurred_at, event) FROM (VALUES (timestamptz ''2026-03-01 10:05Z'', ''cart''), (''2026-03-01 10:00Z'', ''view'')) e(occurred_at, event);';

CREATE AGGREGATE journey_agg(occurred_at timestamptz, channel text, event text, value float8) (
	SFUNC = journey_agg_value, STYPE = internal, SSPACE = 400,
	FINALFUNC = journey_agg_final, COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serialize, DESERIALFUNC = journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamptz, text, text, float8) IS
'The journey of the rows of a group, with channel and value. NULL and an empty channel are the same; value may be NULL, but NaN and infinite values are error 22003. Example: SELECT intent.journey_agg(occurred_at, channel, event, value) FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''web'', ''view'', NULL::float8), (''2026-03-01 10:05Z'', ''web'', ''purchase'', 19.99)) e(occurred_at, channel, event, value);';

CREATE AGGREGATE journey_agg(occurred_at timestamptz, channel text, event text, value float8, recorded_at timestamptz, ref text) (
	SFUNC = journey_agg_ref, STYPE = internal, SSPACE = 800,
	FINALFUNC = journey_agg_final, COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serialize, DESERIALFUNC = journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamptz, text, text, float8, timestamptz, text) IS
'The journey of the rows of a group, with the time each was recorded and a ref. Rows with the same ref, time, channel and event are one event; the value recorded last is its value. An empty ref is none. Example: SELECT intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FROM (VALUES (timestamptz ''2026-03-01 10:05Z'', ''web'', ''purchase'', 19.99::float8, timestamptz ''2026-03-01 11:00Z'', ''order-17''), (''2026-03-01 10:05Z'', ''web'', ''purchase'', 17.99, ''2026-03-02 09:00Z'', ''order-17'')) e(occurred_at, channel, event, value, recorded_at, ref);';

CREATE AGGREGATE journey_agg(occurred_at timestamptz, channel text, event text, value float8, recorded_at timestamptz, ref bigint) (
	SFUNC = journey_agg_ref, STYPE = internal, SSPACE = 800,
	FINALFUNC = journey_agg_final, COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serialize, DESERIALFUNC = journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_agg(timestamptz, text, text, float8, timestamptz, bigint) IS
'As with a text ref: a bigint ref is its decimal text, which orders events of one instant by its characters (10 before 9). To order clicks by number, give them zero-padded as text. Example: SELECT intent.journey_agg(occurred_at, channel, event, value, recorded_at, ref) FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''web'', ''view'', NULL::float8, NULL::timestamptz, 17::bigint)) e(occurred_at, channel, event, value, recorded_at, ref);';

CREATE AGGREGATE journey_merge(journey journey) (
	SFUNC = journey_merge_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = journey_agg_final, COMBINEFUNC = journey_agg_combine,
	SERIALFUNC = journey_agg_serialize, DESERIALFUNC = journey_agg_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_merge(journey) IS
'All events of the journeys of a group as one journey: the same bytes as journey_agg over all their rows. NULL journeys are ignored; NULL if there is no other. Example: SELECT intent.journey_merge(j) FROM (VALUES (''{2026-03-01T10:00:00Z web:view}''::intent.journey), (''{2026-03-02T09:00:00Z call:question}'')) t(j);';
