-- Aggregates over rows, called as ClickHouse's: against a plain retelling of how ClickHouse finds the answer, for every
-- mode, with many equal times; and the same for any order, plan and split of the rows.
BEGIN;
SET search_path = public, intent;
SET LOCAL TimeZone = 'UTC';
SELECT plan(14);

\if :{?full}
	\set people 400
	\set shuffles 20
\else
	\set people 24
	\set shuffles 3
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- Up to 12 rows a person; ts between 0 and 3 .. 12; any of four conditions, for a third of the people one or none.
CREATE TABLE hit AS
SELECT person, n, pg_temp.mix(person * 100 + n) % (3 + pg_temp.mix(person) % 10) AS ts,
	(CASE person % 3 WHEN 0 THEN 15 WHEN 1 THEN 1 << (pg_temp.mix(person * 7 + n) % 4)::int
		ELSE pg_temp.mix(person * 11 + n) % 16 END & pg_temp.mix(person * 101 + n + 7000000) % 16)::int AS met,
	'page' || pg_temp.mix(person * 103 + n) % 5 AS page
FROM generate_series(1, :people) person, generate_series(1, 12) n
WHERE n <= 2 + pg_temp.mix(person + 99) % 11;
ANALYZE hit;

-- the rows of each person in order, as arrays
CREATE TABLE journal AS
SELECT person, k, array_agg(ts ORDER BY ts, met & (1 << k) - 1) AS ts, array_agg(met & (1 << k) - 1 ORDER BY ts, met & (1 << k) - 1) AS met
FROM hit, generate_series(1, 4) k GROUP BY person, k;

-- ----- window_funnel: every row is one event for each condition it meets -----

CREATE TYPE pg_temp.chain AS (level int, first bigint, last bigint, used int[]);

-- All chains are kept with strict_once, else the last one of each level.
CREATE FUNCTION pg_temp.funnel(win bigint, modes text[], k int, ts bigint[], met int[]) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	chains pg_temp.chain[] := '{}';
	chain pg_temp.chain;
	reached int := 0;
	longer pg_temp.chain[];
	e record;
BEGIN
	IF k = 1 AND 'strict_order' <> ALL (modes) THEN
		RETURN CASE WHEN 1 = ANY (met) THEN 1 ELSE 0 END;
	END IF;
	FOR e IN
		SELECT ts[i] AS at, step, i AS id
		FROM generate_subscripts(ts, 1) i, generate_series(0, k) step
		WHERE CASE step WHEN 0 THEN met[i] = 0 AND 'strict_order' = ANY (modes) ELSE met[i] & (1 << step - 1) <> 0 END
		ORDER BY 1, 2, 3
	LOOP
		IF e.step = 0 THEN
			EXIT WHEN reached > 0;
			CONTINUE;
		ELSIF e.step = 1 THEN
			longer := ARRAY[(1, e.at, e.at, ARRAY[e.id])::pg_temp.chain];
		ELSIF 'strict_deduplication' = ANY (modes) AND reached >= e.step THEN
			EXIT;
		ELSIF 'strict_order' = ANY (modes) AND reached > 0 AND reached < e.step - 1 THEN
			CONTINUE WHEN 'allow_reentry' = ANY (modes);
			EXIT;
		ELSE
			longer := '{}';
			FOREACH chain IN ARRAY chains LOOP
				IF chain.level = e.step - 1 AND e.at <= chain.first + win
					AND ('strict_increase' <> ALL (modes) OR chain.last < e.at)
					AND ('strict_once' <> ALL (modes) OR e.id <> ALL (chain.used))
				THEN
					longer := longer || (e.step, chain.first, e.at, chain.used || e.id)::pg_temp.chain;
				END IF;
			END LOOP;
			CONTINUE WHEN longer = '{}';
		END IF;
		IF 'strict_once' <> ALL (modes) THEN
			chains := ARRAY(SELECT c FROM unnest(chains) c WHERE c.level <> e.step);
		END IF;
		chains := chains || longer;
		reached := greatest(reached, e.step);
		EXIT WHEN reached = k AND e.step = k AND k > 1;
	END LOOP;
	RETURN reached;
END $$;

CREATE TABLE mode AS
SELECT array_agg(name) FILTER (WHERE set & (1 << n::int - 1) <> 0) AS modes
FROM generate_series(0, 31) set,
	unnest(ARRAY['strict_deduplication', 'strict_order', 'strict_increase', 'strict_once', 'allow_reentry']) WITH ORDINALITY m(name, n)
GROUP BY set HAVING set & 16 = 0 OR set & 2 <> 0;
UPDATE mode SET modes = '{}' WHERE modes IS NULL;

SELECT is_empty(format($$
	SELECT person, modes, win, ours, pg_temp.funnel(win, modes, %1$s, j.ts, j.met) AS theirs
	FROM (SELECT person, modes, win, window_funnel(win, array_to_string(modes, ','), ts, %2$s) AS ours
		FROM hit, mode, unnest(ARRAY[0, 2, 5]::bigint[]) win GROUP BY person, modes, win) o
	JOIN journal j USING (person)
	WHERE j.k = %1$s AND ours <> pg_temp.funnel(win, modes, %1$s, j.ts, j.met)
$$, k, (SELECT string_agg(format('met & %s <> 0', 1 << i - 1), ', ') FROM generate_series(1, k) i)),
	format('window_funnel of %s conditions in all modes', k))
FROM generate_series(1, 4) k;

-- ----- sequence patterns: tried from the first row on, the first way that succeeds -----

-- The row behind the match from here on, and the rows of its conditions before; NULL if there is none.
CREATE FUNCTION pg_temp.walk(steps text[], step int, ts bigint[], met int[], at int, base int) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	n CONSTANT int := cardinality(ts);
	here CONSTANT text := steps[step];
	operator CONSTANT text := substring(here FROM '^t([<>=]+)');
	number CONSTANT bigint := substring(here FROM '\d+$');
	result int[];
BEGIN
	IF step > cardinality(steps) THEN
		RETURN ARRAY[at];
	ELSIF at > n THEN
		RETURN CASE WHEN (SELECT bool_and(s IN ('.*', 't>=0') OR s LIKE 't<%') FROM unnest(steps[step:]) s) THEN ARRAY[at] END;
	ELSIF here = '.' THEN
		RETURN pg_temp.walk(steps, step + 1, ts, met, at + 1, at);
	ELSIF here <> '.*' AND operator IS NULL THEN
		IF met[at] & (1 << number::int - 1) <> 0 THEN
			result := pg_temp.walk(steps, step + 1, ts, met, at + 1, at);
			RETURN CASE WHEN result IS NOT NULL THEN at || result END;
		END IF;
		RETURN NULL;
	END IF;
	FOR later IN at .. n LOOP
		IF (here = '.*' OR CASE operator WHEN '<=' THEN ts[later] - ts[base] <= number WHEN '<' THEN ts[later] - ts[base] < number
			WHEN '>=' THEN ts[later] - ts[base] >= number WHEN '>' THEN ts[later] - ts[base] > number
			ELSE ts[later] - ts[base] = number END)
		THEN
			result := pg_temp.walk(steps, step + 1, ts, met, later, later);
			EXIT WHEN result IS NOT NULL;
		END IF;
	END LOOP;
	RETURN result;
END $$;

CREATE FUNCTION pg_temp.counted(steps text[], ts bigint[], met int[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	at int := 1;
	behind int;
	matches bigint := 0;
BEGIN
	WHILE at <= cardinality(ts) LOOP
		behind := (SELECT w[cardinality(w)] FROM (SELECT pg_temp.walk(steps, 1, ts, met, at, at)) f(w));
		EXIT WHEN behind IS NULL;
		matches := matches + 1;
		at := greatest(at + 1, behind);
	END LOOP;
	RETURN matches;
END $$;

-- The conditions of the longest beginning that matches.
CREATE FUNCTION pg_temp.matched(steps text[], ts bigint[], met int[]) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	found int[];
BEGIN
	FOR step IN REVERSE cardinality(steps) .. 1 LOOP
		CONTINUE WHEN steps[step] !~ '^\d';
		found := pg_temp.walk(steps[:step], 1, ts, met, 1, 1);
		EXIT WHEN found IS NOT NULL;
	END LOOP;
	RETURN ARRAY(SELECT ts[f] FROM unnest(trim_array(found, 1)) WITH ORDINALITY u(f, n) ORDER BY n);
END $$;

CREATE TABLE pattern AS
SELECT pattern, ARRAY['.*'] || ARRAY(SELECT regexp_replace(m[1], '[(?)]', '', 'g')
	FROM regexp_matches(pattern, '(\(\?[^)]*\)|\.\*|\.)', 'g') WITH ORDINALITY r(m, n) ORDER BY n) AS steps
FROM unnest(ARRAY['', '.', '.*', '(?1)', '(?1)(?2)', '(?1).*(?2)', '(?1)(?t>=2)(?2)', '(?1)(?t<=1)(?2)(?3)', '(?1)(?t==1)(?2)',
	'(?1)(?t>1)(?2).*(?3)', '(?1)(?t<2)(?2)(?t<3)(?3)', '(?1).(?2)', '(?1).*(?2)(?t>=0)', '(?2)(?t<=0)', '(?2)(?t>1)',
	'.*(?t>2)(?3)', '(?1)(?2).*(?3)(?4)', '(?t<=3)(?1)', '(?1).*.*(?t==2)(?4)', '..(?1)(?t>=1).(?2)',
	'(?1)(?t<3).*(?2)(?1).*', '(?4)(?t>=1)(?4)(?t>=1)(?4)']) pattern;

-- only rows that meet some condition count
CREATE TABLE met_rows AS
SELECT person, coalesce(array_agg(ts ORDER BY ts, met) FILTER (WHERE met <> 0), '{}') AS ts,
	coalesce(array_agg(met ORDER BY ts, met) FILTER (WHERE met <> 0), '{}') AS met
FROM hit GROUP BY person;

SELECT is_empty($$
	SELECT person, pattern, ours, pg_temp.counted(steps, m.ts, m.met)
	FROM (SELECT person, pattern, steps, sequence_count(pattern, ts, met & 1 <> 0, met & 2 <> 0, met & 4 <> 0, met & 8 <> 0) AS ours
		FROM hit, pattern GROUP BY person, pattern, steps) o
	JOIN met_rows m USING (person)
	WHERE ours <> pg_temp.counted(steps, m.ts, m.met)
$$, 'sequence_count');

SELECT is_empty($$
	SELECT person, pattern, matches, events, pg_temp.matched(steps, m.ts, m.met)
	FROM (SELECT person, pattern, steps,
			sequence_match(pattern, ts, met & 1 <> 0, met & 2 <> 0, met & 4 <> 0, met & 8 <> 0) AS matches,
			sequence_match_events(pattern, ts, met & 1 <> 0, met & 2 <> 0, met & 4 <> 0, met & 8 <> 0) AS events
		FROM hit, pattern GROUP BY person, pattern, steps) o
	JOIN met_rows m USING (person)
	WHERE matches <> (pg_temp.walk(steps, 1, m.ts, m.met, 1, 1) IS NOT NULL) OR events <> pg_temp.matched(steps, m.ts, m.met)
$$, 'sequence_match and sequence_match_events');

SELECT is_empty($$
	SELECT person, win, modes FROM hit, mode, unnest(ARRAY[0, 2, 5, 100]) win
	GROUP BY person, win, modes
	HAVING window_funnel(win, array_to_string(modes, ','), ts, page, ARRAY['page3', 'page1', 'page3', 'none', 'page0'])
			<> window_funnel(win, array_to_string(modes, ','), ts, page = 'page3', page = 'page1', page = 'page3', page = 'none', page = 'page0')
		OR window_funnel(win * interval '1 s', array_to_string(modes, ','), to_timestamp(ts), page, ARRAY['page3', 'page1', 'page2'])
			<> window_funnel(win * interval '1 s', array_to_string(modes, ','), to_timestamp(ts), VARIADIC ARRAY[page = 'page3', page = 'page1', nullif(page = 'page2', false)])
$$, 'names of steps, comparisons and arrays of them say the same');

SELECT is_empty($$
	WITH name AS (SELECT left('abcdefghijklmnopqrst', size) AS name FROM generate_series(0, 20) size),
	event AS (SELECT name AS event FROM name UNION SELECT overlay(name PLACING 'z' FROM at) FROM name, generate_series(1, length(name)) at)
	SELECT name, event FROM name, event GROUP BY name, event HAVING window_funnel(0, '', 1, event, ARRAY[name]) <> (event = name)::int
$$, 'names of all lengths, one letter changed');

-- ----- sequence_next_node, retention: as window functions and aggregates say it -----

SELECT is_empty($$
	WITH numbered AS (
		SELECT *, row_number() OVER w AS place, count(*) OVER (PARTITION BY person) AS size,
			lead(met, 1) OVER w AS met_1, lead(page, 2) OVER w AS page_2,
			lag(met, 1) OVER w AS before_1, lag(page, 2) OVER w AS page_before_2
		FROM hit WINDOW w AS (PARTITION BY person ORDER BY ts, page COLLATE "C", met & 3, met & 8)
	), said AS (
		SELECT person,
			max(CASE WHEN place = 1 AND met & 9 = 9 AND met_1 & 2 <> 0 THEN page_2 END) AS head,
			max(CASE WHEN place = size AND met & 9 = 9 AND before_1 & 2 <> 0 THEN page_before_2 END) AS tail,
			(array_agg(CASE WHEN met_1 & 2 <> 0 THEN page_2 END ORDER BY place) FILTER (WHERE met & 9 = 9))[1] AS first_match,
			(array_agg(CASE WHEN before_1 & 2 <> 0 THEN page_before_2 END ORDER BY place DESC) FILTER (WHERE met & 9 = 9))[1] AS last_match
		FROM numbered GROUP BY person
	)
	SELECT person FROM said JOIN (
		SELECT person, sequence_next_node('forward', 'head', ts, page, met & 8 <> 0, met & 1 <> 0, met & 2 <> 0) AS head,
			sequence_next_node('backward', 'tail', ts, page, met & 8 <> 0, met & 1 <> 0, met & 2 <> 0) AS tail,
			sequence_next_node('forward', 'first_match', ts, page, met & 8 <> 0, met & 1 <> 0, met & 2 <> 0) AS first_match,
			sequence_next_node('backward', 'last_match', ts, page, met & 8 <> 0, met & 1 <> 0, met & 2 <> 0) AS last_match
		FROM hit GROUP BY person) o USING (person)
	WHERE (said.head, said.tail, said.first_match, said.last_match) IS DISTINCT FROM (o.head, o.tail, o.first_match, o.last_match)
$$, 'sequence_next_node');

SELECT is_empty($$
	SELECT person FROM hit GROUP BY person
	HAVING retention(met & 1 <> 0, met & 2 <> 0, met & 4 <> 0)
		<> ARRAY[bool_or(met & 1 <> 0)::int, (bool_or(met & 1 <> 0) AND bool_or(met & 2 <> 0))::int,
			(bool_or(met & 1 <> 0) AND bool_or(met & 4 <> 0))::int]
$$, 'retention');

-- ----- any order, plan and split -----

-- one statement for all of it, for each person or for all rows as if they were one person's
CREATE FUNCTION pg_temp.answers(source text, sorting text DEFAULT '', one boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
	SELECT format(
		'SELECT %s AS person, md5(concat_ws(%L, %s)) AS answers FROM %s%s', CASE WHEN one THEN '0' ELSE 'person' END, '|',
		(SELECT string_agg(format('window_funnel(%s, %L, ts, met & 1 <> 0, met & 2 <> 0, met & 4 <> 0 %s)', win, array_to_string(modes, ','), sorting), ', ')
			FROM mode, unnest(ARRAY[2, 5]) win)
		|| (SELECT string_agg(format(', sequence_count(%1$L, ts, met & 1 <> 0, met & 2 <> 0, met & 4 <> 0, met & 8 <> 0 %2$s), '
				'sequence_match_events(%1$L, ts, met & 1 <> 0, met & 2 <> 0, met & 4 <> 0, met & 8 <> 0 %2$s)', pattern, sorting), '') FROM pattern)
		|| format(', sequence_next_node(''forward'', ''first_match'', ts, page, met & 8 <> 0, met & 1 <> 0 %1$s), '
			'sequence_next_node(''backward'', ''tail'', ts, page, true, met & 1 <> 0 %1$s), retention(met & 1 <> 0, met & 2 <> 0)', sorting),
		source, CASE WHEN one THEN '' ELSE ' GROUP BY person' END)
$$;
SELECT pg_temp.answers('hit') AS plain, pg_temp.answers('hit', 'ORDER BY pg_temp.mix(n * 7919 + SHUFFLE)') AS shuffled,
	pg_temp.answers('twice', one => true) AS one, pg_temp.answers('hit_parts', one => true) AS split \gset

-- rows enough that a part of 64 is worth an aggregate of its own
CREATE TABLE twice AS SELECT * FROM hit UNION ALL SELECT person, n + 20, ts + 1, met, page FROM hit;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE expected AS :plain UNION ALL :one;

SELECT is_empty(string_agg(format('SELECT person FROM (%s) o JOIN expected e USING (person) WHERE o.answers <> e.answers',
	replace(:'shuffled', 'SHUFFLE', shuffle::text)), ' UNION ALL '), 'shuffled')
FROM generate_series(1, :shuffles) shuffle;

-- partial aggregates over 2, 3, 8 and 64 parts, combined; passing rows on is made dear, lest the planner does only that
CREATE FUNCTION pg_temp.is_partial(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		IF line ~ 'Partial' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

CREATE FUNCTION pg_temp.split(parts int, statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'CREATE TABLE hit_parts (LIKE hit) PARTITION BY HASH (person, n)';
	FOR part IN 0 .. parts - 1 LOOP
		EXECUTE format('CREATE TABLE hit_part_%s PARTITION OF hit_parts FOR VALUES WITH (MODULUS %s, REMAINDER %s)', part, parts, part);
	END LOOP;
	INSERT INTO hit_parts SELECT * FROM twice;
	ANALYZE hit_parts;
	IF NOT pg_temp.is_partial(statement) THEN
		RETURN NEXT 'the plan is not partial';
	END IF;
	RETURN QUERY EXECUTE format('SELECT o.person::text FROM (%s) o JOIN expected e USING (person) WHERE o.answers <> e.answers', statement);
	DROP TABLE hit_parts;
END $$;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL cpu_tuple_cost = 10;
SET LOCAL jit = off;
SELECT is_empty(format('SELECT parts, split FROM unnest(ARRAY[2, 3, 8, 64]) parts, LATERAL pg_temp.split(parts, %L) split', :'split'), 'partition-wise');

RESET cpu_tuple_cost;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT ok(pg_temp.is_partial(:'plain'), 'a plan of partial aggregates');
SELECT is_empty(format('SELECT person FROM (%s) o JOIN expected e USING (person) WHERE o.answers <> e.answers', :'plain'), 'parallel');

SELECT * FROM finish();
ROLLBACK;
