-- survival: how long it takes until an outcome, with those who are still on the way

CREATE FUNCTION time_to_outcome(journey journey, first_touchpoint text[], outcome text[], as_of timestamptz, known_at timestamptz DEFAULT NULL,
	OUT elapsed interval, OUT happened boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 300
BEGIN ATOMIC
	SELECT coalesce(t.elapsed, time_to_outcome.as_of - t.first_at), CASE WHEN t.first_at IS NOT NULL THEN t.elapsed IS NOT NULL END
	FROM (SELECT intent.time_between(c.journey, time_to_outcome.first_touchpoint, time_to_outcome.outcome) AS elapsed,
			intent.starts_at(intent.keep(c.journey, time_to_outcome.first_touchpoint)) AS first_at
		FROM (SELECT intent.as_of(time_to_outcome.journey, time_to_outcome.as_of, time_to_outcome.known_at) AS journey) c) t;
END;
COMMENT ON FUNCTION time_to_outcome(journey, text[], text[], timestamptz, timestamptz) IS
'How long one journey took from its first event at one of first_touchpoint to the first one behind it at one of outcome, as time_between says, and whether that happened by as_of; if not, how long it has been watched since: to be given to survival_agg. Events after as_of, or recorded after known_at, do not count. NULLs if the journey does not begin by then. Leaving out those who are still on the way would make everything look faster than it is. Cost grows with the number of events. Example: SELECT t.elapsed, t.happened FROM (VALUES (''{2026-03-01T10:00:00Z call:complain, 2026-03-03T10:00:00Z call:solved}''::intent.journey), (''{2026-03-02T10:00:00Z call:complain}'')) j(journey), intent.time_to_outcome(journey, ''{complain}'', ''{solved}'', as_of => ''2026-03-07T10:00:00Z'') t;';

CREATE FUNCTION survival_add(partial, interval, boolean) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_survival_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION survival_add(partial, interval, boolean) IS 'Transition function of survival_agg; not for direct use.';

CREATE FUNCTION survival_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_survival_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION survival_merge_add(partial, partial) IS 'Transition function of survival_merge; not for direct use.';

CREATE AGGREGATE survival_agg(elapsed interval, happened boolean) (
	SFUNC = survival_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(interval, boolean) IS
'How long it takes until something happens: of each person how long it took (happened) or, as it has not happened yet, for how long they have been watched (not happened: censored). Gives a partial: read it with survival and survival_summary, store it, merge it with survival_merge. Exact: a state keeps every different time with its counts. Rows with a NULL count nowhere; NULL if there is no row at all. Months and negative times are error 22023. The same bytes whatever the order of the rows and the parts they came in. Example: SELECT s.* FROM intent.survival((SELECT intent.survival_agg(d * interval ''1 day'', h) FROM (VALUES (6, true), (6, true), (7, true), (9, false), (10, true), (11, false)) t(d, h))) s;';

CREATE AGGREGATE survival_merge(state partial) (
	SFUNC = survival_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_merge(partial) IS
'The people of several states of survival_agg together: the same bytes as survival_agg over all of them. NULL states are ignored; another kind of partial is error 42804. Example: SELECT s.median FROM intent.survival_summary((SELECT intent.survival_merge(s) FROM (SELECT intent.survival_agg(d * interval ''1 day'', true) AS s FROM generate_series(1, 9) d GROUP BY d % 2) p)) s;';

CREATE FUNCTION survival(state partial,
	OUT elapsed interval, OUT at_risk bigint, OUT happened bigint, OUT censored bigint,
	OUT survival float8, OUT survival_low float8, OUT survival_high float8, OUT hazard float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION survival(partial) IS
'The product-limit estimate of Kaplan and Meier (1958): a row for each time at which it happened to somebody, with how many were at risk until then, how many it happened to, how many were watched no longer from then on and before the next row, and survival, the share to whom it has not happened by then, with its 95 % interval (of log(-log), by Greenwood''s variance; NULL at 1 and 0). hazard is the cumulative one of Nelson and Aalen: what it grows by from row to row is the risk of those who were left. Right if those who are watched no longer are like the others. No rows for NULL; a state of another kind is error 42804. Example: SELECT s.elapsed, s.at_risk, s.happened, round(s.survival::numeric, 3) AS survival FROM intent.survival((SELECT intent.survival_agg(d * interval ''1 day'', h) FROM (VALUES (6, true), (6, true), (7, true), (9, false), (10, true), (11, false)) t(d, h))) s;';

CREATE FUNCTION survival_summary(state partial, horizon interval DEFAULT NULL,
	OUT n bigint, OUT happened bigint, OUT censored bigint, OUT median interval, OUT median_low interval, OUT median_high interval,
	OUT horizon_used interval, OUT mean interval, OUT mean_error interval, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_survival_summary' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 1;
COMMENT ON FUNCTION survival_summary(partial, interval) IS
'How long it takes, in one row: people, to how many it happened and not yet; the median time with its 95 % interval (NULL where half have not come so far); and the mean time up to a horizon, what takes longer counting as the horizon, with its standard error. Without a horizon it is the longest time that anybody was watched; with one that is longer than that, the mean is NULL, because nobody knows. status: ok; insufficient_data (it happened to fewer than 10); no_outcome (to nobody yet); no_rows (also for NULL). A horizon with months, or a negative one, is error 22023, a state of another kind 42804. Example: SELECT s.n, s.median, s.mean, s.status FROM intent.survival_summary((SELECT intent.survival_agg(d * interval ''1 hour'', d % 4 > 0) FROM generate_series(1, 40) d), horizon => ''30 hours'') s;';
