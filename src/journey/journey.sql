-- journey: the type, its forms, equality

CREATE TYPE journey;

CREATE FUNCTION journey_in(cstring) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_journey_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_in(cstring) IS 'Text input of journey.';

CREATE FUNCTION journey_out(journey) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_journey_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_out(journey) IS 'Text output of journey.';

CREATE FUNCTION journey_recv(internal) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_journey_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_recv(internal) IS 'Binary input of journey; bytes that are not the one encoding of some events are error 22P03.';

CREATE FUNCTION journey_send(journey) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_journey_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_send(journey) IS 'Binary output of journey: the bytes as they are stored, the same on every machine. Example: SELECT intent.journey_send(''{2026-03-01T10:00:00Z web:view}''::intent.journey);';

CREATE TYPE journey (
	INPUT = journey_in, OUTPUT = journey_out,
	RECEIVE = journey_recv, SEND = journey_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = main
);
COMMENT ON TYPE journey IS
'All touchpoints of one person as one value, in canonical order: the same events have the same bytes, whatever way they came together. Written as events in braces, each a time with Z or an offset, a touchpoint, and optionally value, recorded_at and ref; names and refs with other characters than letters, digits and _ . / - in double quotes, quotes inside them doubled. Times are printed in UTC whatever the settings; years before 1 as in ISO 8601 (0000 is 1 BC). An event whose value was corrected stands there once for each value; reading unites them. Example: SELECT ''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:purchase value=19.99 recorded_at=2026-03-01T11:00:00Z ref=A17}''::intent.journey;';

-- ----- jsonb -----

CREATE FUNCTION journey_to_jsonb(journey journey) RETURNS jsonb
AS 'MODULE_PATHNAME', 'intent_journey_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_to_jsonb(journey) IS
'The events in canonical order as an array of objects with the keys occurred_at, channel, event, value, recorded_at and ref, of which those that say nothing are left out; times in UTC as in the text form, values with all their digits. An event whose value was corrected stands there once for each value. NULL for NULL. Cost grows with the number of events. The named twin of the cast. Example: SELECT intent.journey_to_jsonb(''{2026-03-01T10:05:00Z web:purchase value=19.99 ref=A17}''::intent.journey);';

CREATE FUNCTION journey_from_jsonb(events jsonb) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_journey_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION journey_from_jsonb(jsonb) IS
'The journey of an array of events in any order, each an object with occurred_at (a time with Z or an offset) and event, and optionally channel, value (a number), recorded_at and ref; null is the same as an absent key. Other keys and types are error 22023, times that cannot be read 22P02 or 22008, numbers out of range of float8 22003, each naming the event by its number. NULL for NULL. Cost grows with the number of events. The named twin of the cast. Example: SELECT intent.journey_from_jsonb(''[{"occurred_at": "2026-03-01T10:05:00Z", "channel": "web", "event": "purchase", "value": 19.99, "ref": "A17"}]'');';

CREATE CAST (journey AS jsonb) WITH FUNCTION journey_to_jsonb(journey);
COMMENT ON CAST (journey AS jsonb) IS 'events as an array of objects';

CREATE CAST (jsonb AS journey) WITH FUNCTION journey_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS journey) IS 'an array of objects as events';

-- ----- equality and hash: of content -----

CREATE FUNCTION same(a journey, b journey) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(journey, journey) IS
'Do both journeys hold the same events? The named twin of =. Example: SELECT intent.same(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ''{2026-03-01T11:00:00+01:00 web:view}''::intent.journey);';

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
'Hash of a journey''s events, for hash joins, GROUP BY and DISTINCT. Example: SELECT intent.journey_hash(''{2026-03-01T10:00:00Z web:view}''::intent.journey) = intent.journey_hash(''{2026-03-01T11:00:00+01:00 web:view}''::intent.journey);';

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
