-- retention: who came back, by cohorts and periods of the calendar

CREATE FUNCTION retention_agg_add(partial, journey, text, text) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_retention_add_journey' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION retention_agg_add(partial, journey, text, text) IS
'Transition function of retention_agg(journey, period, time_zone); not for direct use.';

CREATE FUNCTION retention_agg_add(partial, journey, jpattern, jpattern, text, text) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_retention_add_patterns' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION retention_agg_add(partial, journey, jpattern, jpattern, text, text) IS
'Transition function of retention_agg(journey, starts, returns, period, time_zone); not for direct use.';

CREATE FUNCTION retention_agg_add(partial, timestamptz, timestamptz[], float8[], text, text) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_retention_add_times' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION retention_agg_add(partial, timestamptz, timestamptz[], float8[], text, text) IS
'Transition function of retention_agg(cohort_at, returned_at, value, period, time_zone); not for direct use.';

CREATE FUNCTION retention_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_retention_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION retention_merge_add(partial, partial) IS
'Transition function of retention_merge; not for direct use.';

CREATE AGGREGATE retention_agg(journey journey, period text, time_zone text) (
	SFUNC = retention_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(journey, text, text) IS
'Retention of the people whose journeys these are, one row each: the cohort of a person is the period of the first event, and every later event is a return. period is day, week (from Monday) or month of the calendar in time_zone, a name of pg_timezone_names. Gives a partial: read it with retention_table, store it, merge it with retention_merge. NULL and empty journeys count nowhere; NULL if there is no journey. Other periods and zones, and ones that change from row to row, are error 22023, NULL ones 22004; values that no sum can hold 22003. Cost grows with the number of events; memory with cohorts times periods. Example: SELECT t.* FROM intent.retention_table((SELECT intent.retention_agg(j, ''day'', ''Europe/Berlin'') FROM (VALUES (''{2026-03-01T10:00:00Z web:view, 2026-03-03T10:00:00Z web:view}''::intent.journey), (''{2026-03-01T12:00:00Z web:view}'')) v(j))) t;';

CREATE AGGREGATE retention_agg(journey journey, starts jpattern, returns jpattern, period text, time_zone text) (
	SFUNC = retention_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(journey, jpattern, jpattern, text, text) IS
'As retention_agg(journey, period, time_zone), but the cohort is the period in which the first match of starts ends, and a return is when a later match of returns ends; matches do not overlap, as in matches(journey, pattern). The revenue is the value of the events that end matches of returns, the one that ends the match of starts included. NULL for either pattern is any event. Journeys without a start count nowhere. Example: SELECT t.* FROM intent.retention_table((SELECT intent.retention_agg(j, ''view -> signup'', ''purchase'', ''month'', ''UTC'') FROM (VALUES (''{2026-01-05T10:00:00Z web:view, 2026-01-06T10:00:00Z web:signup, 2026-03-03T10:00:00Z web:purchase value=20}''::intent.journey)) v(j))) t;';

CREATE AGGREGATE retention_agg(cohort_at timestamptz, returned_at timestamptz[], value float8[], period text, time_zone text) (
	SFUNC = retention_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(timestamptz, timestamptz[], float8[], text, text) IS
'As retention_agg(journey, period, time_zone), from times found in any other way, one row a person: when the person joined the cohort, when it returned, in any order, and what each return was worth (NULL, or an element for each return; another number of them is error 2202E). Returns before cohort_at and NULL ones are none; rows without cohort_at count nowhere. Example: SELECT t.* FROM intent.retention_table((SELECT intent.retention_agg(cohort_at, returned_at, NULL, ''week'', ''UTC'') FROM (VALUES (timestamptz ''2026-03-02Z'', ARRAY[timestamptz ''2026-03-17Z''])) v(cohort_at, returned_at))) t;';

CREATE AGGREGATE retention_merge(state partial) (
	SFUNC = retention_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_merge(partial) IS
'The retention of all the people that several states of retention_agg have counted: the same bytes as retention_agg over all of them. Nobody may be in two states. NULL states are ignored; states of another kind are error 42804, of another period or time zone 22023. Example: SELECT intent.retention_merge(s) FROM (SELECT intent.retention_agg(j, ''day'', ''UTC'') AS s FROM (VALUES (1, ''{2026-03-01T10:00:00Z web:view}''::intent.journey), (2, ''{2026-03-02T10:00:00Z web:view}'')) v(shard, j) GROUP BY shard) p;';

CREATE FUNCTION retention_table(state partial, kind text DEFAULT 'classic', as_of timestamptz DEFAULT NULL,
	OUT cohort date, OUT period_number integer, OUT period_start date,
	OUT n_cohort bigint, OUT n_retained bigint,
	OUT rate float8, OUT rate_low float8, OUT rate_high float8, OUT revenue numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_retention_table' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 500;
COMMENT ON FUNCTION retention_table(partial, text, timestamptz) IS
'What retention_agg has counted, one row for each cohort and each period since, the ones where nobody came included: the first days of both, how many people are in the cohort and how many of them were there in that period (kind classic) or in that or any later one (kind rolling), the rate and its 95 % interval after Wilson, and the sum of the values of that period, exact to 12 decimals (NULL without values). Period 0 is the cohort''s own, where everybody was. The last period shown is the one of as_of or, for NULL, the last in which anybody came; the last one may not be over yet. What came later than as_of still counts as later: cut journeys with as_of(journey, as_of) before. No rows for NULL. Other kinds are error 22023, a table of more than 10 million rows 54000, a state that is not of retention_agg 42804. Example: SELECT cohort, period_number, n_retained, rate FROM intent.retention_table((SELECT intent.retention_agg(j, ''month'', ''UTC'') FROM (VALUES (''{2026-01-05T10:00:00Z web:view, 2026-03-03T10:00:00Z web:purchase value=20}''::intent.journey)) v(j)), kind => ''rolling'', as_of => ''2026-04-01Z'');';
