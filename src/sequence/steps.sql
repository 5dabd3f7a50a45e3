-- steps: what happened before, after and between touchpoints of one journey

CREATE FUNCTION next_events(journey journey, anchor jpattern, depth integer DEFAULT 1,
	OUT anchor_number integer, OUT step integer, OUT touchpoint text, OUT occurred_at timestamptz, OUT elapsed interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_next_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION next_events(journey, jpattern, integer) IS
'The events after each anchor, the last event of a match of the pattern (matches that do not overlap; ''cart'' is every cart): up to depth of them, step 1 being the next, with the time since the anchor. Where the journey ends before that, the last row is (end), so that each step has as many rows as anchors that came to it. Group by step and touchpoint to see where people go. A depth below 1 is error 22023. Cost grows with the number of events and of anchors times depth. Example: SELECT anchor_number, step, touchpoint, elapsed FROM intent.next_events(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:09:00Z web:purchase}''::intent.journey, ''cart'', 2);';

CREATE FUNCTION previous_events(journey journey, anchor jpattern, depth integer DEFAULT 1,
	OUT anchor_number integer, OUT step integer, OUT touchpoint text, OUT occurred_at timestamptz, OUT elapsed interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_previous_events' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION previous_events(journey, jpattern, integer) IS
'As next_events, backwards: step 1 is the event just before the anchor, here the first event of a match, and (start) stands where the journey began. Example: SELECT anchor_number, step, touchpoint, elapsed FROM intent.previous_events(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:09:00Z web:purchase}''::intent.journey, ''cart'', 2);';

CREATE FUNCTION rework(journey journey,
	OUT touchpoint text, OUT n integer, OUT repeats integer, OUT returns integer)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_rework' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION rework(journey) IS
'How often each touchpoint came, and how much of that was done again: repeats came directly behind the same touchpoint (a loop), returns after others in between; n is 1 + repeats + returns. In order of touchpoints; no rows for an empty journey. Cost grows with the number of events. Example: SELECT touchpoint, n, repeats, returns FROM intent.rework(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:01:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-01T10:06:00Z web:view}''::intent.journey);';

CREATE FUNCTION time_between(journey journey, first_touchpoint text[], then_touchpoint text[]) RETURNS interval
AS 'MODULE_PATHNAME', 'intent_time_between' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION time_between(journey, text[], text[]) IS
'Time from the first event that matches first_touchpoint to the first one behind it, in canonical order, that matches then_touchpoint; in days of 24 hours and the rest. NULL if one of them does not come. Both may be the same: then it is the time to the second. Cost grows with the number of events. Example: SELECT intent.time_between(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-02T11:00:00Z web:purchase}''::intent.journey, ''{view}'', ''{purchase}'');';

CREATE FUNCTION times_between(journey journey, first_touchpoint text[], then_touchpoint text[],
	OUT first_at timestamptz, OUT then_at timestamptz, OUT elapsed interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_times_between' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 3;
COMMENT ON FUNCTION times_between(journey, text[], text[]) IS
'As time_between, each time: behind a pair the next first event is looked for from its second event on, so pairs do not overlap, and an event that matches both ends one pair and begins the next. Example: SELECT first_at, then_at, elapsed FROM intent.times_between(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:purchase, 2026-03-02T10:00:00Z web:view, 2026-03-02T10:01:00Z web:purchase}''::intent.journey, ''{view}'', ''{purchase}'');';
