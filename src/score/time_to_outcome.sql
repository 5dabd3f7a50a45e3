-- time_to_outcome: how long one journey took to an outcome, or has been watched without

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
