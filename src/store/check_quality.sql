-- check_quality: what is wrong with the rows of a source

CREATE FUNCTION check_quality(source text, OUT check_name text, OUT severity text, OUT n bigint, OUT share float8, OUT sample text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10 SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET DateStyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
DECLARE
	s record;
BEGIN
	SELECT x.*, c.relname INTO s FROM intent.source x JOIN pg_class c ON c.oid = x.relation WHERE x.id = intent.source_named(check_quality.source);
	-- as source_query reads them, but for what that leaves out
	RETURN QUERY EXECUTE format($q$
		WITH read AS MATERIALIZED (
			SELECT (%s
			) AS occurred_at, nullif((%s
			)::text, '') AS channel, nullif((%s
			)::text, '') AS event, (%s
			)::float8 AS value, (%s
			)::timestamptz AS recorded_at, nullif((%s
			)::text, '') AS ref, jsonb_strip_nulls(jsonb_build_object(%s)) AS identifiers
			FROM %s AS %I WHERE (%s
			)
		), sound AS MATERIALIZED (
			SELECT * FROM read WHERE isfinite(occurred_at) AND event IS NOT NULL
		), span AS (
			SELECT count(*) AS n, min(occurred_at) AS first, max(occurred_at) AS last FROM sound
		), rules AS (
			SELECT k.kind, k.blocked, k.blocked_pattern FROM intent.graph_kind k WHERE k.graph = %s
		), day AS (
			SELECT date_trunc('day', occurred_at) AS at, count(*) AS n FROM sound GROUP BY 1
		), usual AS (
			SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY n) AS n FROM day
		), name AS (
			SELECT channel, event, count(*) AS n, min(occurred_at) AS first FROM sound GROUP BY channel, event
		), found (check_name, severity, n, sample) AS (
			SELECT 'no time', 'error', count(*), min(ref) FROM read WHERE NOT coalesce(isfinite(occurred_at), false)
			UNION ALL SELECT 'no event', 'error', count(*), min(ref) FROM read WHERE event IS NULL
			UNION ALL SELECT 'no identifier', 'error', count(*), min(ref) FROM read WHERE identifiers = '{}'
			UNION ALL SELECT 'no ref', 'error', count(*), min(occurred_at)::text FROM read WHERE ref IS NULL AND %L
			UNION ALL SELECT 'ref of several rows', 'warning', coalesce(sum(x.n), 0)::bigint, min(x.ref) FROM (SELECT ref, count(*) - 1 AS n FROM read WHERE ref IS NOT NULL GROUP BY ref HAVING count(*) > 1) x
			UNION ALL SELECT 'same row again', 'warning', coalesce(sum(x.n), 0)::bigint, min(x.event) FROM (SELECT event, count(*) - 1 AS n FROM sound
				GROUP BY occurred_at, channel, event, value, identifiers HAVING count(*) > 1) x
			UNION ALL SELECT 'value that is no number', 'error', count(*), min(ref) FROM read WHERE NOT value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308
			UNION ALL SELECT 'time in the future', 'error', count(*), max(occurred_at)::text FROM sound WHERE occurred_at > clock_timestamp() + interval '5 minutes'
			UNION ALL SELECT 'time that stands for none', 'warning', count(*), min(occurred_at)::text FROM sound
				WHERE occurred_at < '1990-01-01Z' OR occurred_at IN ('2000-01-01Z', '1999-12-31Z')
			UNION ALL SELECT 'recorded before it occurred', 'warning', count(*), min(ref) FROM sound WHERE recorded_at < occurred_at - interval '5 minutes'
			UNION ALL SELECT 'recorded later than refresh looks back', 'warning', count(*), min(ref) FROM sound WHERE recorded_at > occurred_at + %L::interval
			UNION ALL SELECT 'identifier that names nobody', 'warning', count(*), min(e.key || ':' || e.value) FROM read CROSS JOIN LATERAL jsonb_each_text(identifiers) e
				JOIN rules k ON k.kind = e.key WHERE lower(btrim(e.value) COLLATE "C") = ANY (k.blocked) OR btrim(e.value) ~* k.blocked_pattern
			UNION ALL SELECT 'times of whole days', 'warning', count(*), min(occurred_at)::text FROM sound WHERE occurred_at = date_trunc('day', occurred_at)
				AND %L = 'event' HAVING count(*) > 0.5 * (SELECT n FROM span)
			UNION ALL SELECT 'event in another spelling', 'warning', coalesce(sum(x.n), 0)::bigint, min(x.event) FROM (SELECT min(a.event) AS event, sum(a.n) - max(a.n) AS n FROM name a
				GROUP BY a.channel, lower(regexp_replace(a.event, '[^[:alnum:]]', '', 'g')) HAVING count(*) > 1) x
			UNION ALL SELECT 'event that was not known before', 'info', coalesce(sum(a.n), 0)::bigint, min(a.event) FROM name a, span WHERE a.first > span.last - interval '7 days' AND span.first < span.last - interval '28 days'
			UNION ALL SELECT 'days without events', 'warning', count(*), min(d)::date::text FROM span, usual, LATERAL generate_series(date_trunc('day', span.first), span.last, interval '1 day') d
				WHERE usual.n >= 10 AND span.last - span.first < interval '100 years' AND NOT EXISTS (SELECT FROM day WHERE day.at = d)
			UNION ALL SELECT 'days with a tenth of the usual events', 'info', count(*), min(day.at)::date::text FROM day, usual, span
				WHERE usual.n >= 100 AND day.n * 10 < usual.n AND day.at NOT IN (date_trunc('day', span.first), date_trunc('day', span.last))
		)
		SELECT f.check_name, f.severity, f.n, f.n / greatest((SELECT count(*) FROM read), f.n, 1)::float8, f.sample
		FROM found f WHERE f.n > 0 ORDER BY array_position('{error,warning,info}', f.severity), f.n DESC, f.check_name $q$,
		s.occurred_at, coalesce(s.channel, 'NULL'), s.event, coalesce(s.value, 'NULL'), coalesce(s.recorded_at, 'NULL'), coalesce(s.ref, 'NULL'),
		(SELECT string_agg(format(E'%L, nullif((%s\n)::text, '''')', e.key, e.value), ', ' ORDER BY e.key COLLATE "C") FROM jsonb_each_text(s.identifiers) e),
		s.relation, s.relname, coalesce(s.condition, 'true'), s.graph, s.ref IS NOT NULL, s.late, s.grain);
END $$;
COMMENT ON FUNCTION check_quality(text) IS
'What is wrong with the rows of a source, a row a check that found something: how many rows (of days: days), their share, and a ref, time or value to look at. Errors: rows that refresh leaves out or cannot place (no time, event, identifier or ref; a value that is no number; a time in the future by more than 5 minutes). Warnings: the same ref or the same row again, times that stand for none, recorded before it occurred (clocks are skewed) or later than refresh looks back, identifiers that name nobody by the rules of the graph, more than half of the times at midnight in a source of single events (sums of a day?), events spelt in several ways, days without events. Infos: events first seen in the last 7 days of at least 28, days with a tenth of the usual number. A clean source gives no rows. An unknown source is error 42704. Reads all of it once; cost a little more than in proportion. Example: SELECT check_name, severity FROM intent.check_quality(''methods'') WHERE severity = ''error'';';
