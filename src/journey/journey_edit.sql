-- journey: journeys made of journeys

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
