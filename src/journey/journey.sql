-- journey: aggregates that build it, and what can be asked of one

-- ----- accessors -----

CREATE FUNCTION event_count(journey journey) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_event_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION event_count(journey) IS
'Number of events in the journey. NULL for NULL. O(1). Example: SELECT intent.event_count(''{2026-03-01T10:00:00Z web:view}''::intent.journey);';

CREATE FUNCTION starts_at(journey journey) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'intent_starts_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION starts_at(journey) IS
'Time of the first event; NULL for an empty journey. O(1). Example: SELECT intent.starts_at(''{2026-03-01T10:00:00Z web:view}''::intent.journey);';

CREATE FUNCTION ends_at(journey journey) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'intent_ends_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ends_at(journey) IS
'Time of the last event; NULL for an empty journey. O(1). Example: SELECT intent.ends_at(''{2026-03-01T10:00:00Z web:view}''::intent.journey);';

CREATE FUNCTION duration(journey journey) RETURNS interval
AS 'MODULE_PATHNAME', 'intent_duration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration(journey) IS
'Time from the first to the last event, in days of 24 hours and the rest; NULL for an empty journey. O(1). Example: SELECT intent.duration(''{2026-03-01T10:00:00Z web:view, 2026-03-03T11:30:00Z web:cart}''::intent.journey);';

CREATE FUNCTION channels(journey journey) RETURNS text[]
AS 'MODULE_PATHNAME', 'intent_channels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION channels(journey) IS
'The different channels of the journey in order of their bytes; events without a channel add none. Cost grows with the number of different touchpoints. Example: SELECT intent.channels(''{2026-03-01T10:00:00Z web:view, 2026-03-01T11:00:00Z call:question}''::intent.journey);';

CREATE FUNCTION touchpoints(journey journey,
	OUT n integer, OUT occurred_at timestamptz, OUT channel text, OUT event text,
	OUT value float8, OUT recorded_at timestamptz, OUT ref text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_touchpoints' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 40;
COMMENT ON FUNCTION touchpoints(journey) IS
'One row per event in canonical order, numbered from 1. No rows for NULL or an empty journey. Cost grows with the number of events. Example: SELECT n, channel, event, value FROM intent.touchpoints(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:purchase value=19.99}''::intent.journey);';

CREATE FUNCTION has_touchpoints(journey journey, touchpoints text[]) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_has_touchpoints' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION has_touchpoints(journey, text[]) IS
'Does every touchpoint text, such as web:view, call:* or purchase (any channel), match at least one event? True for an empty array; NULL for NULL; a NULL element is error 22004. Cost grows with the number of different touchpoints, not of events. The named twin of @>. Example: SELECT intent.has_touchpoints(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ARRAY[''web:*'']);';

CREATE OPERATOR @> (
	LEFTARG = journey, RIGHTARG = text[], FUNCTION = has_touchpoints,
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR @> (journey, text[]) IS 'has every one of the touchpoints';

CREATE FUNCTION variant(journey journey) RETURNS text
AS 'MODULE_PATHNAME', 'intent_variant' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION variant(journey) IS
'The touchpoints of the journey in order, joined by arrows: journeys that took the same way have the same variant. Cost grows with the number of events. Example: SELECT intent.variant(intent.collapse(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:01:00Z web:view, 2026-03-01T10:05:00Z web:cart}''::intent.journey));';

CREATE FUNCTION variant(journey journey, depth integer) RETURNS text
AS 'MODULE_PATHNAME', 'intent_variant' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION variant(journey, integer) IS
'The first `depth` touchpoints of the journey in order, joined by arrows. A depth below 1 is error 22023. Example: SELECT intent.variant(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:09:00Z web:purchase}''::intent.journey, 2);';

CREATE FUNCTION journey_storage(journey journey, OUT section text, OUT bytes integer)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_journey_storage' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 8;
COMMENT ON FUNCTION journey_storage(journey) IS
'How many bytes each part of the stored journey takes; the header includes PostgreSQL''s own 1 or 4. Example: SELECT section, bytes FROM intent.journey_storage(''{2026-03-01T10:00:00Z web:view}''::intent.journey) WHERE bytes > 0;';

-- ----- sessions -----

CREATE FUNCTION session_count(journey journey, gap interval DEFAULT '30 minutes') RETURNS integer
AS 'MODULE_PATHNAME', 'intent_session_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION session_count(journey, interval) IS
'Number of sessions: a new one begins where more than `gap` passed since the event before; a gap of exactly the limit does not. Months and years are error 22023, write 30 days. 0 for an empty journey. Cost grows with the number of events. Example: SELECT intent.session_count(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:30:00Z web:view, 2026-03-01T11:00:00.000001Z web:cart}''::intent.journey);';

CREATE FUNCTION sessions(journey journey, gap interval DEFAULT '30 minutes',
	OUT session integer, OUT journey journey)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_sessions' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 5;
COMMENT ON FUNCTION sessions(journey, interval) IS
'The sessions of the journey as journeys of their own, numbered from 1: runs of events without a gap longer than `gap`. No rows for NULL or an empty journey. Cost grows with the number of events. Example: SELECT session, intent.variant(journey) FROM intent.sessions(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-02T09:00:00Z web:purchase}''::intent.journey);';

-- ----- journeys made of journeys -----

CREATE FUNCTION unite(a journey, b journey) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_unite' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION unite(journey, journey) IS
'All events of both journeys in canonical order. Events with the same ref, time, channel and event are one event; the value recorded last is its value. Commutative, associative, idempotent for events with refs. NULL if either is NULL (journey_merge ignores NULL). The named twin of ||. Example: SELECT intent.unite(''{2026-03-01T10:00:00Z web:view ref=1}''::intent.journey, ''{2026-03-01T10:00:00Z web:view ref=1, 2026-03-01T10:05:00Z web:cart ref=2}''::intent.journey);';

CREATE OPERATOR || (LEFTARG = journey, RIGHTARG = journey, FUNCTION = unite, COMMUTATOR = ||);
COMMENT ON OPERATOR || (journey, journey) IS 'all events of both journeys';

CREATE FUNCTION slice(journey journey, period tstzrange) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_slice' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION slice(journey, tstzrange) IS
'The events that occurred in the period, whose bounds count as its brackets say. May be empty. Cost grows with the number of events. Example: SELECT intent.slice(''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z web:cart}''::intent.journey, ''[2026-03-01Z,2026-03-02Z)'');';

CREATE FUNCTION as_of(journey journey, as_of timestamptz, known_at timestamptz DEFAULT NULL) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_as_of' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION as_of(journey, timestamptz, timestamptz) IS
'The journey as it stood: events that occurred up to as_of (inclusive) and, if known_at is given, had been recorded up to known_at (inclusive; an event without recorded_at counts as recorded when it occurred). Of a corrected event the value known then. NULL for a NULL journey; as_of NULL is error 22004, known_at NULL no cut; infinite times are error 22023. Example: SELECT intent.as_of(''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z web:cart}''::intent.journey, ''2026-03-01T12:00:00Z'');';

CREATE FUNCTION keep(journey journey, touchpoints text[]) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_keep' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION keep(journey, text[]) IS
'Only the events that match one of the touchpoint texts, such as web:view, call:* or purchase. A NULL element is error 22004. Cost grows with the number of events. Example: SELECT intent.keep(''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z call:question}''::intent.journey, ARRAY[''call:*'']);';

CREATE FUNCTION without(journey journey, touchpoints text[]) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_without' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION without(journey, text[]) IS
'All events but those that match one of the touchpoint texts. A NULL element is error 22004. Cost grows with the number of events. Example: SELECT intent.without(''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z call:question}''::intent.journey, ARRAY[''call:*'']);';

CREATE FUNCTION collapse(journey journey) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_collapse' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION collapse(journey) IS
'The journey with each run of one touchpoint reduced to its first event. Cost grows with the number of events. Example: SELECT intent.collapse(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:01:00Z web:view, 2026-03-01T10:05:00Z web:cart}''::intent.journey);';

-- ----- equality and hash: of content -----

CREATE FUNCTION same(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(journey, journey) IS
'Do both journeys hold the same events? The named twin of =. Example: SELECT intent.same(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ''{2026-03-01T11:00:00+01 web:view}''::intent.journey);';

CREATE FUNCTION not_same(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_not_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION not_same(journey, journey) IS
'Do the journeys differ in any event? The named twin of <>. Example: SELECT intent.not_same(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ''{}''::intent.journey);';

CREATE OPERATOR = (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = same,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (journey, journey) IS 'same events';

CREATE OPERATOR <> (
	LEFTARG = journey, RIGHTARG = journey, FUNCTION = not_same,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (journey, journey) IS 'different events';

CREATE FUNCTION journey_hash(journey journey) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_journey_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_hash(journey) IS
'Hash of a journey''s events, for hash joins, GROUP BY and DISTINCT. Example: SELECT intent.journey_hash(''{2026-03-01T10:00:00Z web:view}''::intent.journey) = intent.journey_hash(''{2026-03-01T11:00:00+01 web:view}''::intent.journey);';

CREATE FUNCTION journey_hash(journey journey, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_journey_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_hash(journey, bigint) IS
'Seeded 64-bit hash of a journey''s events, for hash partitioning. Example: SELECT intent.journey_hash(''{}''::intent.journey, 1) <> intent.journey_hash(''{}''::intent.journey, 2);';

CREATE OPERATOR CLASS journey_hash_ops DEFAULT FOR TYPE journey USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 journey_hash(journey),
	FUNCTION 2 journey_hash(journey, bigint);
COMMENT ON OPERATOR CLASS journey_hash_ops USING hash IS 'equality of journeys';
COMMENT ON OPERATOR FAMILY journey_hash_ops USING hash IS 'equality of journeys';

-- ----- aggregates -----

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
