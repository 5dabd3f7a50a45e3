-- credit: attribution by rule inside one journey, and paths to conversion for models over many

CREATE FUNCTION credit(journey journey, conversion jpattern, model text DEFAULT 'last',
	lookback interval DEFAULT '30 days', conversions text DEFAULT 'each',
	touches text[] DEFAULT NULL, excluded text[] DEFAULT NULL, optional text[] DEFAULT NULL,
	half_life interval DEFAULT '7 days',
	OUT touchpoint text, OUT channel text, OUT occurred_at timestamptz, OUT ref text,
	OUT credit numeric, OUT value numeric, OUT conversion_number integer, OUT converted_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_credit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 10;
COMMENT ON FUNCTION credit(journey, jpattern, text, interval, text, text[], text[], text[], interval) IS
'Which touches take how much credit for the conversions of the journey: one row per touch and conversion, the conversions in order. A conversion is the last event of a match of the pattern, as matches() gives them: ''purchase'' is every purchase, ''(buy | book)'' either, ''view -> cart -> purchase'' a purchase that ends such a way. A touch is an event before the conversion in canonical order, at most lookback earlier (inclusive), that matches touches (NULL: all), matches none of excluded, and is no conversion itself (other events of a match are touches like any others); touches that match optional take credit only where there is no other. model: first, last, linear (all the same), position (first and last 40 % each, the others 20 % together; two touches half each), time_decay (half as much for each half_life further back), last_non_direct (last, with direct:* as optional unless optional is given). conversions: each, or only the first or the last of the journey; touches may lie before an earlier conversion. The credit of a conversion sums to 1 and its value to the value of its event, to the last of 12 decimals, what rounding leaves going to the touch with the largest part, the earliest of equal ones; value is NULL where the event has none. A conversion that nothing touched has one row with credit 1 and touchpoint NULL: nothing is lost. No rows for a NULL journey; another NULL argument but touches, excluded and optional is error 22004, an unknown name 22023, a bad touchpoint 22P02, a bad pattern 42601. Cost grows with the number of events and of rows. Example: SELECT touchpoint, credit, value FROM intent.credit(''{2026-03-01T10:00:00Z ads:click, 2026-03-02T10:00:00Z mail:open, 2026-03-03T10:00:00Z direct:visit, 2026-03-03T10:05:00Z shop:purchase value=90}''::intent.journey, ''purchase'', ''linear'', optional => ''{direct:*}'');';

CREATE FUNCTION conversion_paths(journey journey, conversion jpattern,
	lookback interval DEFAULT '30 days', conversions text DEFAULT 'each', steps text DEFAULT 'channel',
	touches text[] DEFAULT NULL, excluded text[] DEFAULT NULL, optional text[] DEFAULT NULL,
	OUT path text[], OUT conversions bigint, OUT non_conversions bigint, OUT value float8, OUT converted_at timestamptz)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_conversion_paths' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 3;
COMMENT ON FUNCTION conversion_paths(journey, jpattern, interval, text, text, text[], text[], text[]) IS
'The paths of the journey as markov_agg and shapley_agg take them. Of each conversion the touches before it, as in credit, in order: their channels (NULL where there is none) or, with steps => ''touchpoint'', their touchpoint texts; with 1 conversion and its value. A journey without any conversion gives one path, that of the touches at most lookback before its last event, that included, with 1 in non_conversions. What follows the last conversion is not decided yet and gives nothing. No rows for a NULL or empty journey; errors as in credit. Example: SELECT path, conversions, value FROM intent.conversion_paths(''{2026-03-01T10:00:00Z ads:click, 2026-03-02T10:00:00Z mail:open, 2026-03-03T10:05:00Z shop:purchase value=90}''::intent.journey, ''purchase'');';
