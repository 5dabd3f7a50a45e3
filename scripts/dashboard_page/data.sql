-- All that the page shows, as one JSON value, read from the views of intent_bi in one statement: one instant for all its parts.
SELECT jsonb_build_object(
	'tenant', :'tenant',
	'as_of', (SELECT max(as_of) FROM intent_bi.person_today WHERE tenant = :'tenant'),
	'refreshed_at', (SELECT max(refreshed_at) FROM intent_bi.person_today WHERE tenant = :'tenant'),
	'totals', (SELECT jsonb_build_object('people', count(*), 'identified', count(*) FILTER (WHERE identified), 'events', sum(events), 'sessions', sum(sessions))
		FROM intent_bi.person_today WHERE tenant = :'tenant'),
	'edges', (SELECT coalesce(jsonb_agg(jsonb_build_array(place, from_step, to_step, k, n, share, share_low, share_high, seconds) ORDER BY place, k DESC, from_step, to_step), '[]')
		FROM intent_bi.journey_path_edge WHERE tenant = :'tenant' AND place < 5),
	'funnels', (SELECT coalesce(jsonb_agg(jsonb_build_array(funnel, step, name, n, converted, rate, rate_low, rate_high, seconds_p50) ORDER BY funnel, step), '[]')
		FROM intent_bi.funnel_step WHERE tenant = :'tenant'),
	'series', (SELECT coalesce(jsonb_agg(jsonb_build_array(metric, dimension, "time", value, n, value_low, value_high) ORDER BY metric, dimension, "time"), '[]')
		FROM intent_bi.timeseries_long WHERE tenant = :'tenant'),
	-- beyond some thousands, points hide each other
	'divergence', (SELECT coalesce(jsonb_agg(jsonb_build_array(person, intent, momentary, overarching, divergence, stage) ORDER BY intent, person), '[]')
		FROM (SELECT * FROM intent_bi.intent_divergence WHERE tenant = :'tenant' ORDER BY abs(divergence) DESC NULLS LAST, person, intent LIMIT 3000) d),
	'identity', (SELECT coalesce(jsonb_agg(jsonb_build_array(graph, measure, subject, n) ORDER BY graph, measure, n DESC, subject), '[]')
		FROM intent_bi.identity_health WHERE tenant = :'tenant'),
	'freshness', (SELECT coalesce(jsonb_agg(jsonb_build_array(kind, name, refreshed_at, seen_until, seconds_behind, watched, state, added, removed, moved) ORDER BY kind DESC, name), '[]')
		FROM intent_bi.freshness WHERE tenant = :'tenant'),
	'quality', (SELECT coalesce(jsonb_agg(jsonb_build_array(source, check_name, severity, n, share, share_low, share_high, sample) ORDER BY source, severity, check_name), '[]')
		FROM intent_bi.data_quality WHERE tenant = :'tenant'),
	-- who is asked for, or else the likeliest of each intent
	'people', (SELECT coalesce(jsonb_agg(jsonb_build_object(
			'person', p.person, 'top_intent', p.top_intent, 'probability', p.probability, 'events', p.events, 'sessions', p.sessions, 'channels', p.channels,
			'first_seen', p.first_seen, 'last_seen', p.last_seen, 'identified', p.identified,
			'scores', (SELECT jsonb_agg(jsonb_build_array(s.model_name, s.version, s.intent, s.probability, s.percentile, s.momentary, s.overarching, s.divergence, s.stage, s.confidence, s.status,
					s.reason_1, s.reason_2, s.reason_3) ORDER BY s.probability DESC NULLS LAST, s.intent)
				FROM intent_bi.intent_score_long s WHERE s.person = p.person),
			'timeline', (SELECT jsonb_agg(jsonb_build_array(e."time", e.channel, e.event, e.value) ORDER BY e.n)
				FROM (SELECT * FROM intent_bi.person_event x WHERE x.person = p.person ORDER BY x.n DESC LIMIT 400) e),
			'reasons', (SELECT jsonb_agg(jsonb_build_array(r.intent, r.signal, r.touchpoint, r.n, r.last_seen, r.contribution) ORDER BY r.intent, r.signal <> '(base)', abs(r.contribution) DESC)
				FROM intent_bi.score_reason r WHERE r.person = p.person)) ORDER BY p.probability DESC NULLS LAST, p.person), '[]')
		FROM intent_bi.person_today p
		WHERE p.tenant = :'tenant' AND CASE WHEN :'person' <> '' THEN p.person::text = :'person' ELSE p.person IN (
			SELECT l.person FROM (SELECT s.person, row_number() OVER (PARTITION BY s.model_name, s.intent ORDER BY s.probability DESC NULLS LAST, s.person) AS place
				FROM intent_bi.intent_score_long s WHERE s.tenant = :'tenant') l WHERE l.place <= 2 ORDER BY l.place, l.person LIMIT 12) END)
);
