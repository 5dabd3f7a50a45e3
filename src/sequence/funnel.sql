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
