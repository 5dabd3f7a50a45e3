-- journey gaps: where many journeys deviate from the one that was meant

CREATE FUNCTION gap_agg_add(partial, journey, jpattern) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_gap_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION gap_agg_add(partial, journey, jpattern) IS
'Transition function of gap_agg(journey, ideal); not for direct use.';

CREATE FUNCTION gap_agg_add(partial, journey, jpattern, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_gap_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION gap_agg_add(partial, journey, jpattern, float8) IS
'Transition function of gap_agg(journey, ideal, value); not for direct use.';

CREATE FUNCTION gap_agg_add(partial, journey, jpattern, float8, text[]) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_gap_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION gap_agg_add(partial, journey, jpattern, float8, text[]) IS
'Transition function of gap_agg(journey, ideal, value, extra); not for direct use.';

CREATE FUNCTION gap_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_gap_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION gap_merge_add(partial, partial) IS
'Transition function of gap_merge; not for direct use.';

CREATE AGGREGATE gap_agg(journey journey, ideal jpattern) (
	SFUNC = gap_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_agg(journey, jpattern) IS
'What the journeys lack of an ideal one, one row a person: the deviations that deviations(journey, ideal) names of each, counted. Gives a partial: read it with journey_gaps, store it, merge it with gap_merge. NULL journeys count nowhere, empty ones as people who skipped every step; NULL if there is no journey. A NULL ideal is error 22004, one that changes from row to row 22023, a journey too long to be aligned 54000. Cost of a row as of conformance; memory does not grow with rows. Example: SELECT g.deviation, g.step, g.people FROM intent.journey_gaps((SELECT intent.gap_agg(j, ''view -> cart -> purchase'') FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z purchase}''::intent.journey), (''{2026-03-01T12:00:00Z view}'')) v(j))) g;';

CREATE AGGREGATE gap_agg(journey journey, ideal jpattern, value float8) (
	SFUNC = gap_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_agg(journey, jpattern, float8) IS
'As gap_agg(journey, ideal), with what each person is worth, or would have been: its sum is kept for each deviation, exact to 12 decimals. A person counts once for each deviation, however often it occurs; one whose value is NULL adds none. A value that no sum can hold is error 22003. Example: SELECT g.deviation, g.step, g.people, g.value FROM intent.journey_gaps((SELECT intent.gap_agg(j, ''view -> cart -> purchase'', worth) FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z purchase}''::intent.journey, 20), (''{2026-03-01T12:00:00Z view}'', 70)) v(j, worth))) g;';

CREATE AGGREGATE gap_agg(journey journey, ideal jpattern, value float8, extra text[]) (
	SFUNC = gap_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_agg(journey, jpattern, float8, text[]) IS
'As gap_agg(journey, ideal, value), with touchpoint texts of events that are extra wherever they are, as in deviations(journey, ideal, extra): ARRAY[''*''] counts every event beside the ideal. They are the same in every row, or error 22023. Memory grows with the number of different touchpoints that are extra. Example: SELECT g.deviation, g.step, g.touchpoint, g.people, g.occurrences FROM intent.journey_gaps((SELECT intent.gap_agg(j, ''view -> purchase'', NULL, ARRAY[''call:*'']) FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T10:30:00Z call:question, 2026-03-01T11:00:00Z purchase}''::intent.journey), (''{2026-03-01T12:00:00Z view}'')) v(j))) g;';

CREATE AGGREGATE gap_merge(state partial) (
	SFUNC = gap_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE gap_merge(partial) IS
'The gaps of all the people that several states of gap_agg have counted: the same bytes as gap_agg over all of them. Nobody may be in two states. NULL states are ignored; states of another kind are error 42804, of another ideal or other extra touchpoints 22023. Example: SELECT intent.gap_merge(s) FROM (SELECT intent.gap_agg(j, ''view -> cart'') AS s FROM (VALUES (1, ''{2026-03-01T10:00:00Z view}''::intent.journey), (2, ''{2026-03-02T10:00:00Z view}'')) v(shard, j) GROUP BY shard) p;';

CREATE FUNCTION journey_gaps(state partial,
	OUT deviation text, OUT step text, OUT touchpoint text, OUT people bigint, OUT occurrences bigint,
	OUT share float8, OUT share_low float8, OUT share_high float8, OUT value numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_journey_gaps' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 10;
COMMENT ON FUNCTION journey_gaps(partial) IS
'What gap_agg has counted, one row for each deviation that occurred: what it is, as in deviations(journey, ideal), the step of the ideal, or the touchpoint that was extra, how many people it concerns and how often it occurred, the share of all people counted and its 95 % interval after Wilson, and the sum of the values of the people concerned (NULL if none of them has one). What is worth most comes first, without a value last; then what concerns most people, then the most frequent, then by kind, step and touchpoint. One person may be in several rows, so shares and values do not add up. No rows for NULL. A state that is not of gap_agg is error 42804. Example: SELECT * FROM intent.journey_gaps((SELECT intent.gap_agg(j, ''view ->[<= 1 day] cart -> purchase'', worth) FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-05T11:00:00Z cart}''::intent.journey, 20), (''{2026-03-01T12:00:00Z view}'', 70)) v(j, worth)));';
