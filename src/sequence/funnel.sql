-- funnel: how far journeys get in a pattern

CREATE FUNCTION funnel_level(journey journey, pattern jpattern) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_funnel_level' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION funnel_level(journey, jpattern) IS
'Mandatory steps of the pattern that the journey reaches, 0 to all of them: the highest number over all ways to match, not that of the first attempt. A step is an element outside of all parentheses; optional ones do not count, {a & b} is one. All of them are reached exactly if the journey matches the pattern. NULL for NULL. Cost as of has_match. Example: SELECT intent.funnel_level(''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z cart}''::intent.journey, ''view -> cart -> purchase within 7 days'');';

CREATE FUNCTION funnel(journey journey, pattern jpattern,
	OUT level integer, OUT levels integer, OUT steps integer[], OUT names text[], OUT times timestamptz[],
	OUT stopped_at timestamptz, OUT stopped_before text, OUT completions integer)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_funnel' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 ROWS 1;
COMMENT ON FUNCTION funnel(journey, jpattern) IS
'One row: how far the journey gets. level as of funnel_level, of levels; the steps reached by the match that gets so far first (of those the one that began last), with their numbers from 1, their texts in the pattern and the times at which each was done; when its last step was done, which mandatory step it did not reach (NULL if none), and how many whole matches there are, as of match_count. Level 0 for a NULL or empty journey; no row for a NULL pattern. Cost as of matches. Example: SELECT level, names, stopped_before FROM intent.funnel(''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z cart}''::intent.journey, ''view -> cart -> purchase'');';

-- ----- of many people -----

CREATE FUNCTION funnel_agg_add(partial, journey, jpattern) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_funnel_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION funnel_agg_add(partial, journey, jpattern) IS
'Transition function of funnel_agg; not for direct use.';

CREATE FUNCTION funnel_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_funnel_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION funnel_merge_add(partial, partial) IS
'Transition function of funnel_merge; not for direct use.';

CREATE AGGREGATE funnel_agg(journey journey, pattern jpattern) (
	SFUNC = funnel_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_agg(journey, jpattern) IS
'How far journeys get in a pattern, one row a person, counted by the match that funnel() shows of each. Gives a partial: read it with funnel_report, store it, merge it with funnel_merge. NULL journeys count nowhere, empty ones as people who reached nothing; NULL if there is no journey. A NULL pattern is error 22004, one that changes from row to row 22023. Cost of a row as of funnel(); memory does not grow with rows. Example: SELECT r.* FROM intent.funnel_report((SELECT intent.funnel_agg(j, ''view -> cart -> purchase within 7 days'') FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z cart}''::intent.journey), (''{2026-03-01T12:00:00Z view}'')) v(j))) r;';

CREATE AGGREGATE funnel_merge(state partial) (
	SFUNC = funnel_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE funnel_merge(partial) IS
'The funnel of all the people that several states of funnel_agg have counted: the same bytes as funnel_agg over all of them. NULL states are ignored; states of another kind are error 42804, of another pattern 22023. Example: SELECT intent.funnel_merge(s) FROM (SELECT intent.funnel_agg(j, ''view -> cart'') AS s FROM (VALUES (1, ''{2026-03-01T10:00:00Z view}''::intent.journey), (2, ''{2026-03-02T10:00:00Z view}'')) v(shard, j) GROUP BY shard) p;';

CREATE FUNCTION funnel_report(state partial,
	OUT step integer, OUT name text, OUT entered bigint, OUT converted bigint,
	OUT rate float8, OUT rate_low float8, OUT rate_high float8, OUT p50 float8, OUT p90 float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_funnel_report' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION funnel_report(partial) IS
'What funnel_agg has counted, one row for each mandatory step: its text in the pattern, how many people reached the step before (all, for the first one) and how many of them this one, the rate and its 95 % interval after Wilson (NULL if nobody entered), and the seconds since the step before that 50 and 90 of 100 of those who converted did not exceed (exact to 1 %, NULL for the first step and where nobody converted). No rows for NULL. A state that is not of funnel_agg is error 42804. Example: SELECT step, name, entered, converted, rate FROM intent.funnel_report((SELECT intent.funnel_agg(j, ''view -> cart'') FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z cart}''::intent.journey), (''{2026-03-01T12:00:00Z view}'')) v(j)));';
