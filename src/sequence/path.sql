-- path: lists of channels made simpler before they are counted

CREATE FUNCTION path_transform(path text[], transform text, argument text DEFAULT NULL) RETURNS text[]
AS 'MODULE_PATHNAME', 'intent_path_transform' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION path_transform(text[], text, text) IS
'The path made simpler: unique (as it is), exposure (a run of one channel becomes one), first (each channel where it came first), frequency (as first, with how often in parentheses: web(3)), trim (the last argument steps), remove (without the channel argument, if there is any other), remove_last (without the channel argument at the end, if there is any other). NULL elements are left out; '''' is a channel. NULL for a NULL path. An unknown transform, trim without a number of at least 1, and a removal without a channel are error 22023. The transforms are those of the fractribution packages. Cost grows with the length of the path; of first and frequency, times the number of different channels. Example: SELECT intent.path_transform(ARRAY[''web'', ''web'', ''mail'', ''web'', ''direct''], ''remove'', ''direct''), intent.path_transform(ARRAY[''web'', ''web'', ''mail''], ''exposure'');';

-- ----- paths counted over many journeys -----

CREATE FUNCTION paths_agg_add(partial, text) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_paths_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION paths_agg_add(partial, text) IS 'Transition function of paths_agg; not for direct use.';

CREATE FUNCTION paths_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_paths_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION paths_merge_add(partial, partial) IS 'Transition function of paths_merge; not for direct use.';

CREATE AGGREGATE paths_agg(path text) (
	SFUNC = paths_agg_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE paths_agg(text) IS
'How often each path was taken, a path being any text: variant(journey) for whole variants, variant(journey, 5) for beginnings, array_to_string of a path to conversion. Gives a partial: read it with paths, store it, merge it with paths_merge. NULL paths count nowhere; NULL if there is no row. Memory grows with the different paths. Example: SELECT p.* FROM intent.paths((SELECT intent.paths_agg(intent.variant(j)) FROM (VALUES (''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart}''::intent.journey), (''{2026-03-01T10:00:00Z web:view}'')) t(j))) p;';

CREATE AGGREGATE paths_merge(state partial) (
	SFUNC = paths_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE paths_merge(partial) IS
'The paths of all states of paths_agg counted together: the same bytes as paths_agg over all of them. NULL states are ignored; another kind of partial is error 42804. Example: SELECT p.* FROM intent.paths((SELECT intent.paths_merge(s) FROM (SELECT intent.paths_agg(path) AS s FROM (VALUES (1, ''a -> b''), (2, ''a'')) v(day, path) GROUP BY day) t)) p;';

CREATE FUNCTION paths(state partial, top integer DEFAULT 10,
	OUT place integer, OUT path text, OUT n bigint, OUT share float8, OUT paths bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_paths' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;
COMMENT ON FUNCTION paths(partial, integer) IS
'The top paths of paths_agg with how often they were taken and which share that is of all, the most frequent first, equal ones in order of their bytes; and one more row, (other) with place NULL, for all others together, paths saying how many there are: so n sums to the number of journeys and share to 1. A negative top is error 22023, another kind of partial 42804. Example: SELECT place, path, n, share, paths FROM intent.paths((SELECT intent.paths_agg(path) FROM (VALUES (''a -> b''), (''a -> b''), (''a''), (''b'')) v(path)), 1);';
