-- discovery: the ideal that the best journeys have in common

CREATE FUNCTION discover_agg_add(partial, journey, jpattern) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_discover_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION discover_agg_add(partial, journey, jpattern) IS
'Transition function of discover_agg(journey, outcome); not for direct use.';

CREATE FUNCTION discover_agg_add(partial, journey, jpattern, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_discover_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION discover_agg_add(partial, journey, jpattern, float8) IS
'Transition function of discover_agg(journey, outcome, worth); not for direct use.';

CREATE FUNCTION discover_agg_add(partial, journey, jpattern, float8, jsonb) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_discover_agg_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION discover_agg_add(partial, journey, jpattern, float8, jsonb) IS
'Transition function of discover_agg(journey, outcome, worth, weights); not for direct use.';

CREATE FUNCTION discover_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_discover_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION discover_merge_add(partial, partial) IS
'Transition function of discover_merge; not for direct use.';

CREATE AGGREGATE discover_agg(journey journey, outcome jpattern) (
	SFUNC = discover_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE discover_agg(journey, jpattern) IS
'The journeys that came to the outcome with the least effort, one row a person: what discover learns an ideal from. Of each journey counts what was done up to the first match of outcome, a run of one touchpoint once; write ''. $'' to take whole journeys. Its effort is that of effort(journey) up to there. Gives a partial: read it with discover and best_journeys, store it, merge it with discover_merge. Kept are the ways that fewer than 1,000 people have better ones than; ways of more than 1,000 touchpoints are nobody''s ideal and left out. NULL journeys count nowhere; NULL if there is no journey. A NULL outcome is error 22004, one that changes from row to row 22023. Cost of a row grows with its events; memory does not grow with rows. Example: SELECT intent.discover(intent.discover_agg(j, ''purchase'')) FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T10:10:00Z cart, 2026-03-01T10:11:00Z purchase}''::intent.journey), (''{2026-03-01T12:00:00Z view}'')) v(j);';

CREATE AGGREGATE discover_agg(journey journey, outcome jpattern, worth float8) (
	SFUNC = discover_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE discover_agg(journey, jpattern, float8) IS
'As discover_agg(journey, outcome), with what each outcome was worth: those worth most are the best, of these those of the least effort. Somebody whose worth is NULL is counted and has no rank. A worth that no sum can hold is error 22003. Example: SELECT intent.discover(intent.discover_agg(j, ''purchase'', worth), best => 0.5) FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T10:10:00Z cart, 2026-03-01T10:11:00Z purchase}''::intent.journey, 80), (''{2026-03-01T12:00:00Z mail:open, 2026-03-01T12:01:00Z purchase}'', 5)) v(j, worth);';

CREATE AGGREGATE discover_agg(journey journey, outcome jpattern, worth float8, weights jsonb) (
	SFUNC = discover_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE discover_agg(journey, jpattern, float8, jsonb) IS
'As discover_agg(journey, outcome, worth), the effort being weighed as in effort(journey, weights). Weights that change from row to row, and what effort refuses, are error 22023. Example: SELECT intent.discover(intent.discover_agg(j, ''purchase'', 1, ''{"channel_switches": 5}'')) FROM (VALUES (''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:10:00Z web:cart, 2026-03-01T10:11:00Z web:purchase}''::intent.journey), (''{2026-03-01T12:00:00Z mail:open, 2026-03-01T12:01:00Z web:purchase}'')) v(j);';

CREATE AGGREGATE discover_merge(state partial) (
	SFUNC = discover_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE discover_merge(partial) IS
'The best journeys of all the people that several states of discover_agg have counted: the same bytes as discover_agg over all of them. Nobody may be in two states. NULL states are ignored; states of another kind are error 42804, of another outcome or other weights 22023. Example: SELECT intent.discover(intent.discover_merge(s)) FROM (SELECT intent.discover_agg(j, ''purchase'') AS s FROM (VALUES (1, ''{2026-03-01T10:00:00Z view, 2026-03-01T10:05:00Z purchase}''::intent.journey), (2, ''{2026-03-02T10:00:00Z view, 2026-03-02T10:05:00Z purchase}'')) v(shard, j) GROUP BY shard) p;';

CREATE FUNCTION discover(state partial, best float8 DEFAULT 0.25, easiest float8 DEFAULT 0.5, support float8 DEFAULT 0.5, steps integer DEFAULT 20)
RETURNS jpattern
AS 'MODULE_PATHNAME', 'intent_discover' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION discover(partial, float8, float8, float8, integer) IS
'An ideal journey, learned from the best ones that discover_agg has kept: a chain of steps, as ''web:view -> web:cart -> web:purchase'', for conformance, funnels and whatever takes a jpattern. best is the share of the people with the outcome whose journeys are looked at, those worth most (and among equals of the least effort) first, of at most 1,000 people or as many as have the last of these ways; easiest the share of these whose effort was the least. Ties: ways of equal worth and effort are in order of their touchpoints, and the ways that reach the share are taken whole. Of what is left at least the share support went through all steps of the ideal in this order, and no step can be put in anywhere for which that still holds, up to so many steps. It is found by putting in the step that most of them have, again and again: of equal ones the first touchpoint in order, at its earliest place. NULL for NULL, if nobody came to the outcome, and if no step has the support. Shares that are not above 0 and at most 1, and steps outside of 1 to 1000 are error 22023; another kind of partial is error 42804. Cost grows with the touchpoints on these ways times the steps found squared. Method: mining of sequential patterns (Agrawal and Srikant, 1995), for one long pattern. Example: SELECT intent.discover(intent.discover_agg(j, ''purchase''), best => 1, easiest => 1, support => 0.6) FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T10:01:00Z search, 2026-03-01T10:10:00Z cart, 2026-03-01T10:11:00Z purchase}''::intent.journey), (''{2026-03-01T12:00:00Z view, 2026-03-01T12:10:00Z cart, 2026-03-01T12:11:00Z purchase}''), (''{2026-03-01T12:00:00Z mail:open, 2026-03-01T12:11:00Z purchase}'')) v(j);';

CREATE FUNCTION best_journeys(state partial, best float8 DEFAULT 0.25, easiest float8 DEFAULT 0.5,
	OUT place integer, OUT way text, OUT people bigint, OUT worth numeric, OUT effort numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_best_journeys' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION best_journeys(partial, float8, float8) IS
'The journeys that discover learns from with the same best and easiest, one row for each way, the least effort first: the touchpoints up to the outcome, a run of the same one once, how many people went that way, what each of them was worth (0 if discover_agg was told nothing) and their effort. Of equal effort those worth more come first, then touchpoints decide. No rows for NULL; errors as of discover. Example: SELECT * FROM intent.best_journeys((SELECT intent.discover_agg(j, ''purchase'') FROM (VALUES (''{2026-03-01T10:00:00Z view, 2026-03-01T10:10:00Z cart, 2026-03-01T10:11:00Z purchase}''::intent.journey), (''{2026-03-01T12:00:00Z view, 2026-03-01T12:00:05Z purchase}'')) v(j)), best => 1, easiest => 1);';
