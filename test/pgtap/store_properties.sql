-- Random histories of three sources and an identity graph: rows come, change, go and come back, late, twice and out of
-- order, while persons are merged, split and named. After every refresh the stored journeys are those of the rows by what
-- the graph says now, and the chunks those of a rebuild, to the byte.
\if :{?full} \set histories 125 \set steps 8 \endif
\if :{?histories} \else \set histories 2 \endif
\if :{?steps} \else \set steps 4 \endif
BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL client_min_messages = warning;
SELECT plan(14);

-- A number from 0 to below, of a seed: no random().
CREATE FUNCTION pg_temp.draw(seed text, below int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(seed), 1, 8))::bit(32)::bigint % below)::int $$;

-- keyed: found by its primary key; told: watched, with a ref that is not unique; plain: nothing names its rows
CREATE TABLE keyed (id int PRIMARY KEY, at timestamptz, what text, amount float8, login text, mail text, cookie text, device text, learned timestamptz);
CREATE TABLE told (ref text, at timestamptz, what text, amount float8, login text, mail text, cookie text, device text, learned timestamptz);
CREATE TABLE plain (LIKE told);
DO $$
BEGIN
	PERFORM intent.setup(), intent.create_graph('store', '{"usual_kinds": false, "kinds": {"login": {"priority": 1, "max_per_person": 1},
		"mail": {"priority": 2, "hub_limit": 3}, "cookie": {"priority": 3, "shared": true}, "device": {"priority": 4, "shared": true, "hub_limit": 3}}}');
	PERFORM intent.add_source(t, t::regclass, 'at', 'what', '{"login": "login", "mail": "mail", "cookie": "cookie", "device": "device"}', '''web''', 'amount', 'learned',
		CASE t WHEN 'told' THEN 'ref' END, graph => 'store') FROM unnest(ARRAY['keyed', 'told', 'plain']) t;
	PERFORM intent.watch_source('told');
END $$;

CREATE FUNCTION pg_temp.row_of(seed text, OUT at timestamptz, OUT what text, OUT amount float8, OUT login text, OUT mail text, OUT cookie text, OUT device text, OUT learned timestamptz)
LANGUAGE sql AS $$
	SELECT date_trunc('hour', now()) - pg_temp.draw(seed || 'at', 140) * interval '1 hour', (ARRAY['view', 'cart', 'call'])[1 + pg_temp.draw(seed || 'what', 3)],
		nullif(pg_temp.draw(seed || 'amount', 4), 0),
		CASE pg_temp.draw(seed || 'login?', 3) WHEN 0 THEN 'l' || pg_temp.draw(seed || 'login', 6) END,
		CASE pg_temp.draw(seed || 'mail?', 4) WHEN 0 THEN 'm' || pg_temp.draw(seed || 'mail', 4) END,
		CASE pg_temp.draw(seed || 'cookie?', 3) WHEN 0 THEN NULL ELSE 'c' || pg_temp.draw(seed || 'cookie', 5) END,
		CASE pg_temp.draw(seed || 'device?', 3) WHEN 0 THEN 'd' || pg_temp.draw(seed || 'device', 2) END,
		CASE pg_temp.draw(seed || 'learned?', 3) WHEN 0 THEN now() - pg_temp.draw(seed || 'learned', 140) * interval '1 hour' END $$;

CREATE FUNCTION pg_temp.change(seed text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	persons bigint[];
	t text;
BEGIN
	INSERT INTO keyed SELECT (SELECT coalesce(max(id), 0) FROM keyed) + n, r.* FROM generate_series(1, pg_temp.draw(seed || 'k', 8)) n, pg_temp.row_of(seed || 'k' || n) r;
	INSERT INTO told SELECT 'r' || pg_temp.draw(seed || 'ref' || n, 30), r.* FROM generate_series(1, pg_temp.draw(seed || 't', 8)) n, pg_temp.row_of(seed || 't' || n) r;
	INSERT INTO plain SELECT NULL, r.* FROM generate_series(1, pg_temp.draw(seed || 'p', 4)) n, pg_temp.row_of(seed || 'p' || n) r;
	-- a batch that is loaded twice
	IF pg_temp.draw(seed || 'twice', 3) = 0 THEN
		INSERT INTO told SELECT * FROM told ORDER BY told::text COLLATE "C" LIMIT 3;
		INSERT INTO plain SELECT * FROM plain ORDER BY plain::text COLLATE "C" LIMIT 2;
	END IF;
	FOREACH t IN ARRAY ARRAY['keyed', 'told', 'plain'] LOOP
		IF pg_temp.draw(seed || 'gone' || t, 2) = 0 THEN
			EXECUTE format('CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT x.* FROM %1$s x ORDER BY md5(%2$L || x::text) LIMIT 2;
				DELETE FROM %1$s x WHERE x::text IN (SELECT g::text FROM gone g);
				INSERT INTO %1$s SELECT * FROM gone g WHERE pg_temp.draw(%2$L || g::text, 2) = 0;
				DROP TABLE gone', t, seed);
		END IF;
		EXECUTE format('UPDATE %s x SET amount = 7, at = at - pg_temp.draw(%2$L || x::text, 3) * interval ''1 hour'',
			mail = CASE pg_temp.draw(%2$L || x::text || 1, 3) WHEN 0 THEN ''m1'' ELSE mail END
			WHERE pg_temp.draw(%2$L || x::text || 2, 6) = 0', t, seed);
	END LOOP;
	-- the graph learns from elsewhere, and people know better
	IF pg_temp.draw(seed || 'observe', 2) = 0 THEN
		PERFORM intent.observe('store', jsonb_build_object('login', 'l' || pg_temp.draw(seed || 'ol', 6), 'cookie', 'c' || pg_temp.draw(seed || 'oc', 5),
			'mail', 'm' || pg_temp.draw(seed || 'om', 4)), date_trunc('hour', now()) - pg_temp.draw(seed || 'oa', 140) * interval '1 hour');
	END IF;
	persons := ARRAY(SELECT DISTINCT p.person FROM intent.profile p WHERE p.graph = intent.graph_named('store') ORDER BY 1);
	IF pg_temp.draw(seed || 'merge', 2) = 0 AND cardinality(persons) > 2 THEN
		PERFORM intent.merge('store', persons[1 + pg_temp.draw(seed || 'one', cardinality(persons) - 1)], persons[cardinality(persons)]);
	END IF;
	IF pg_temp.draw(seed || 'split', 2) = 0 THEN
		PERFORM intent.retract(l.id) FROM intent.link l WHERE l.graph = intent.graph_named('store') AND l.state = 'active' ORDER BY md5(seed || l.id) LIMIT 1;
	END IF;
END $$;

CREATE TABLE wrong (seed text, what text, n bigint);
CREATE FUNCTION pg_temp.look(seed text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO wrong
	SELECT look.seed, 'journey', count(*)
	FROM (SELECT intent.person_of('store', e.identifiers, e.at) AS person, intent.journey_agg(e.at, 'web', e.what, e.amount, e.learned, e.ref) AS journey
		FROM (SELECT x.*, jsonb_build_object('login', login, 'mail', mail, 'cookie', cookie, 'device', device) AS identifiers
			FROM (SELECT id::text AS ref, at, what, amount, login, mail, cookie, device, learned FROM keyed UNION ALL SELECT * FROM told UNION ALL SELECT * FROM plain) x) e
		GROUP BY 1) o
	FULL JOIN intent.person_journey p USING (person)
	WHERE o.person IS NOT NULL AND (o.journey IS NULL OR p.journey IS NULL OR NOT intent.same(o.journey, p.journey)) OR o.person IS NULL AND p.person IS NOT NULL
	HAVING count(*) > 0;
	CREATE TEMP TABLE before ON COMMIT DROP AS SELECT c.*, intent.journey_send(c.journey) AS bytes FROM intent.chunk c;
	PERFORM intent.refresh(rebuild => true);
	INSERT INTO wrong
	SELECT look.seed, 'chunks', count(*) FROM (
		SELECT b.person, b.source, b.anchor, b.starts_at, b.ends_at, b.n, b.alone, b.daily, b.carriers, b.bytes FROM before b
		EXCEPT SELECT c.person, c.source, c.anchor, c.starts_at, c.ends_at, c.n, c.alone, c.daily, c.carriers, intent.journey_send(c.journey) FROM intent.chunk c) x
	HAVING count(*) > 0;
	INSERT INTO wrong SELECT look.seed, 'number of chunks', count(*) FROM intent.chunk HAVING count(*) <> (SELECT count(*) FROM before);
	DROP TABLE before;
END $$;

CREATE FUNCTION pg_temp.histories(histories int, steps int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	seen bigint := 0;
BEGIN
	FOR h IN 1 .. histories LOOP
		BEGIN
			FOR s IN 1 .. steps LOOP
				PERFORM pg_temp.change(h || '.' || s);
				CONTINUE WHEN pg_temp.draw(h || '.' || s || 'wait', 4) = 0;
				IF pg_temp.draw(h || '.' || s || 'how', 2) = 0 THEN
					PERFORM intent.refresh();
				ELSE
					-- in steps, to the end
					FOR r IN 1 .. 200 LOOP
						EXIT WHEN (SELECT bool_and(intent.refresh_step(name, 5) = 'done') FROM unnest(ARRAY['keyed', 'told', 'plain']) name);
					END LOOP;
					PERFORM intent.store_follow(intent.graph_named('store'));
					PERFORM intent.refresh_again(x.id) FROM intent.source x WHERE x.stale;
				END IF;
				seen := seen + (SELECT count(*) FROM intent.chunk);
				PERFORM pg_temp.look(h || '.' || s);
			END LOOP;
			-- the next history begins from nothing
			RAISE EXCEPTION USING ERRCODE = 'IN003', MESSAGE = (SELECT coalesce(jsonb_agg(w), '[]')::text FROM wrong w WHERE w.seed LIKE h || '.%');
		EXCEPTION WHEN SQLSTATE 'IN003' THEN
			INSERT INTO wrong SELECT w.* FROM jsonb_populate_recordset(NULL::wrong, sqlerrm::jsonb) w;
		END;
	END LOOP;
	RETURN seen;
END $$;
SELECT cmp_ok(pg_temp.histories(:histories, :steps), '>', 50::bigint, 'histories with stored events');
SELECT is_empty('SELECT * FROM wrong', 'journeys are those of the rows, chunks those of a rebuild');

-- It can fail.
DO $$ BEGIN
	PERFORM pg_temp.change('fails' || n) FROM generate_series(1, 5) n;
	PERFORM intent.refresh();
END $$;
DELETE FROM intent.chunk c WHERE c.ctid = (SELECT min(o.ctid) FROM intent.chunk o);
SELECT pg_temp.look('fails') \g /dev/null
SELECT set_eq('SELECT what FROM wrong', $$VALUES ('journey'), ('number of chunks')$$, 'a chunk that is missing is noticed');

-- ----- chunks -----

SET LOCAL search_path = public, intent, pg_temp;

SELECT is_empty($$
	SELECT n FROM (SELECT n, intent.journey_agg(timestamptz '2026-01-01Z' + x * interval '7 minutes', 'web', 'e' || pg_temp.draw(n || ',' || x, 40), x / 7.0, NULL,
			CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN x::text ELSE md5(x::text) END) AS j
		FROM generate_series(1, 12) n, generate_series(1, n * n * 7) x GROUP BY n) t
	WHERE (SELECT intent.journey_merge(chunk) FROM intent.chunks(j)) <> j
		OR EXISTS (SELECT FROM intent.chunks(j) c WHERE intent.event_count(chunk) > 250 OR pg_column_size(chunk) > 1804)
		-- none has room for the next event
		OR EXISTS (SELECT FROM intent.chunks(j) a JOIN intent.chunks(j) b ON b.n = a.n + 1
			WHERE (SELECT count(*) FROM intent.chunks(a.chunk || intent.slice(b.chunk, tstzrange(intent.starts_at(b.chunk), intent.starts_at(b.chunk), '[]')))) = 1)
		-- cut again from any of them on, the rest is the same
		OR EXISTS (SELECT FROM intent.chunks(j) k WHERE k.n > 0 AND (SELECT array_agg(c.chunk ORDER BY c.n) FROM intent.chunks((SELECT intent.journey_merge(chunk) FROM intent.chunks(j) c WHERE c.n >= k.n)) c)
			IS DISTINCT FROM (SELECT array_agg(c.chunk ORDER BY c.n) FROM intent.chunks(j) c WHERE c.n >= k.n))$$,
	'chunks are full, small, and a function of the events');
SELECT is_empty($$
	SELECT a, b FROM (SELECT a, b, (SELECT intent.journey_agg(timestamptz '2026-01-01Z' + x * interval '7 minutes', 'web', 'e' || x % 9, NULL, NULL, md5(x::text)) FROM generate_series(1, a) x) AS one,
			(SELECT intent.journey_agg(timestamptz '2026-02-01Z' + x * interval '7 minutes', 'web', 'e' || x % 9, NULL, NULL, CASE a % 3 WHEN 0 THEN x::text ELSE md5(x::text) END) FROM generate_series(1, b) x) AS two
		FROM generate_series(0, 60, 7) a, generate_series(0, 240, 24) b) t
	WHERE intent.amend_chunk(one, NULL, two) IS DISTINCT FROM (SELECT min(c.chunk::text)::intent.journey FROM intent.chunks(intent.amend(one, NULL, two)) c HAVING count(*) = 1)
		OR (SELECT array_agg(p.channel || p.event ORDER BY p.event) FROM intent.touchpoints(intent.touched(one)) p) IS DISTINCT FROM (SELECT array_agg(DISTINCT p.channel || p.event) FROM intent.touchpoints(one) p)$$,
	'a chunk that is amended is the only one of what comes of it; touched has each touchpoint once');
SELECT is_empty($$
	SELECT x FROM (SELECT x, intent.journey_agg(timestamptz '2026-01-01Z' + (e % 9) * interval '1 hour', 'web', 'e' || e % 3, nullif(e % 4, 0), NULL, CASE e % 2 WHEN 0 THEN (e % 5)::text END) AS a,
			intent.journey_agg(timestamptz '2026-01-01Z' + (e % 9) * interval '1 hour', 'web', 'e' || e % 3, nullif(e % 4, 0), NULL, CASE e % 2 WHEN 0 THEN (e % 5)::text END) FILTER (WHERE e % 3 = 0) AS b,
			intent.journey_agg(timestamptz '2026-01-01Z' + (e % 9) * interval '1 hour', 'web', 'e' || e % 3, nullif(e % 4, 0), NULL, CASE e % 2 WHEN 0 THEN (e % 5)::text END) FILTER (WHERE e % 3 > 0) AS c
		FROM generate_series(1, 30) x, LATERAL (SELECT pg_temp.draw(x || ',' || i, 1000) AS e FROM generate_series(1, x) i) r GROUP BY x) t
	WHERE intent.amend(a, NULL, NULL) IS DISTINCT FROM a OR intent.event_count(intent.amend(a, a, NULL)) <> 0 OR intent.amend(NULL, NULL, a) IS DISTINCT FROM a
		OR intent.amend(b, NULL, c) IS DISTINCT FROM CASE WHEN b IS NULL THEN c WHEN c IS NULL THEN b ELSE b || c END
		OR (SELECT intent.journey_agg(r.occurred_at, r.channel, r.event, r.value, r.recorded_at, r.ref) FROM intent.journey_rows(a) r) IS DISTINCT FROM a$$,
	'amend takes away and puts in; rows give the journey back');

-- Steps that were stopped on their way have passed what comes before it is watched: that is compared again.
CREATE TABLE stopped (id int PRIMARY KEY, at timestamptz, login text);
INSERT INTO stopped SELECT n, now() - n * interval '1 hour', 'l' || n % 5 FROM generate_series(1, 100) n;
DO $$ BEGIN PERFORM intent.add_source('stopped', 'stopped', 'at', '''seen''', '{"login": "login"}', graph => 'store'); END $$;
SELECT is(intent.refresh_step('stopped', 40), 'running', 'some steps of a refresh');
INSERT INTO stopped SELECT 1000 + n, now() - 100 * interval '1 hour' - n * interval '1 minute', 'l' || n % 5 FROM generate_series(1, 10) n;
DO $$ BEGIN PERFORM intent.watch_source('stopped'); END $$;
DO $$ BEGIN WHILE intent.refresh_step('stopped', 40) = 'running' LOOP END LOOP; PERFORM intent.refresh('stopped'); END $$;
SELECT is((SELECT sum(intent.event_count(c.journey)) FROM intent.chunk c JOIN intent.source s ON s.id = c.source WHERE s.name = 'stopped'), 110::bigint, 'and all of it when it is watched');
SELECT is_empty($$ SELECT FROM intent.refresh_run r WHERE r.source = intent.source_named('stopped') AND r.state = 'running' $$, 'no run is left on its way');

-- An identifier beside the strongest one that is changed in place changes no event. What it says is learned all the same: that
-- this address is hers, and that she was on this cookie then. What somebody took back is not.
CREATE TABLE changed (id int PRIMARY KEY, at timestamptz, login text, mail text, cookie text);
INSERT INTO changed VALUES (1, now() - interval '1 hour', 'w1', NULL, NULL), (2, now() - interval '2 hours', NULL, 'known@w', NULL),
	(3, now() - interval '3 hours', 'w2', NULL, 'w-two'), (4, now() - interval '1 day', 'w3', NULL, 'w-one');
DO $$ BEGIN
	PERFORM intent.add_source('changed', 'changed', 'at', '''seen''', '{"login": "login", "mail": "mail", "cookie": "cookie"}', graph => 'store');
	PERFORM intent.refresh('changed');
END $$;
SELECT isnt(intent.person('mail', 'known@w', 'store'), intent.person('login', 'w1', 'store'), 'nobody said whose address it is');
UPDATE changed SET mail = 'known@w' WHERE id = 1;
UPDATE changed SET cookie = 'w-one' WHERE id = 3;
CREATE TABLE counted AS SELECT added, removed FROM intent.refresh('changed');
SELECT is(intent.person('mail', 'known@w', 'store'), intent.person('login', 'w1', 'store'), 'it is hers when her row carries it');
SELECT is(intent.person_of('store', '{"cookie": "w-one"}', now() - interval '3 hours'), intent.person('login', 'w2', 'store'), 'and a cookie carries who has it now');
SELECT results_eq('SELECT * FROM counted', 'VALUES (0::bigint, 0::bigint)', 'while no event came or went');
DO $$ BEGIN
	PERFORM intent.retract(l.id) FROM intent.link l JOIN intent.identifier i ON i.id = l.a JOIN intent.identifier o ON o.id = l.b
	WHERE l.state = 'active' AND 'known@w' IN (i.value, o.value) AND 'w1' IN (i.value, o.value);
	PERFORM intent.refresh('changed');
END $$;
SELECT isnt(intent.person('mail', 'known@w', 'store'), intent.person('login', 'w1', 'store'), 'what somebody took back is not learned again');

SELECT * FROM finish();
ROLLBACK;
