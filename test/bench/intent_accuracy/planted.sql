-- Is what was planted found? Generated people: browsers and shoppers on a mission, a car dealer's two intents, cancellations
-- for two reasons, one of them settled for some, and mailings that mean nothing.
SET TimeZone = 'UTC';
SET search_path = public, intent;

\if :{?planted}
\else
	\set planted 8000
\endif

CREATE FUNCTION pg_temp.draw(person int, what text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(what || ' of ' || person), 1, 7))::bit(28)::int / 268435456.0::float8 $$;

CREATE TABLE truth AS
SELECT person, person % 2 = 0 AS browser, pg_temp.draw(person, 'long') < 0.5 AS long,
	pg_temp.draw(person, 'configures') < 0.3 AS configures, pg_temp.draw(person, 'needs service') < 0.3 AS needs_service,
	pg_temp.draw(person, 'error') < 0.4 AS error, pg_temp.draw(person, 'solved') < 0.5 AS solved, pg_temp.draw(person, 'price') < 0.3 AS price
FROM generate_series(1, :planted) person;

-- the odds of what comes after 2026-04-01: a long visit is bad news of those who do not browse otherwise
CREATE TABLE planted AS
SELECT person, journey_agg(at, channel, event, NULL) AS journey FROM (
	SELECT person, timestamptz '2026-01-05 18:00Z' + visit * interval '14 days' + n * interval '1 minute' AS at, 'web' AS channel, 'view' AS event
	FROM truth, generate_series(0, 5) visit, generate_series(1, 22) n
	WHERE n <= CASE WHEN browser THEN 16 ELSE 3 END + 4 * pg_temp.draw(person, 'visit ' || visit)
	UNION ALL
	SELECT person, timestamptz '2026-03-31 20:00Z' + n * interval '1 minute', 'web', 'view' FROM truth, generate_series(1, 20) n WHERE n <= CASE WHEN long THEN 20 ELSE 5 END
	UNION ALL SELECT person, timestamptz '2026-03-29 12:00Z', 'web', 'configure' FROM truth WHERE configures
	UNION ALL SELECT person, timestamptz '2026-03-29 15:00Z', 'web', 'service_page' FROM truth WHERE needs_service
	UNION ALL SELECT person, timestamptz '2026-03-25 09:00Z', 'app', 'error' FROM truth WHERE error
	UNION ALL SELECT person, timestamptz '2026-03-26 09:00Z', 'call', 'solved' FROM truth WHERE error AND solved
	UNION ALL SELECT person, timestamptz '2026-03-26 12:00Z', 'call', 'price_question' FROM truth WHERE price
	UNION ALL SELECT person, timestamptz '2026-03-01Z' + n * interval '7 days', 'mail', 'noise' FROM truth, generate_series(1, 4) n
	WHERE pg_temp.draw(person, 'noise ' || n) < 0.5
	-- what comes of it
	UNION ALL SELECT person, '2026-04-02Z', 'shop', 'buy' FROM truth
	WHERE pg_temp.draw(person, 'buys') < CASE WHEN browser THEN 0.4 WHEN long THEN 0.1 ELSE 0.6 END
	UNION ALL SELECT person, '2026-04-03Z', 'dealer', 'order' FROM truth WHERE pg_temp.draw(person, 'orders') < CASE WHEN configures THEN 0.5 ELSE 0.05 END
	UNION ALL SELECT person, '2026-04-03Z', 'dealer', 'service' FROM truth WHERE pg_temp.draw(person, 'serves') < CASE WHEN needs_service THEN 0.6 ELSE 0.1 END
	UNION ALL SELECT person, '2026-04-04Z', 'cancel', 'quality' FROM truth WHERE pg_temp.draw(person, 'quality') < CASE WHEN error AND NOT solved THEN 0.4 ELSE 0.03 END
	UNION ALL SELECT person, '2026-04-04Z', 'cancel', 'price' FROM truth WHERE pg_temp.draw(person, 'expensive') < CASE WHEN price THEN 0.4 ELSE 0.03 END
	-- the world goes on
	UNION ALL SELECT person, '2026-04-20Z', 'web', 'view' FROM truth
) e GROUP BY person;

CREATE FUNCTION pg_temp.learn(people text, model text) RETURNS scorecard LANGUAGE sql AS $$
	SELECT train_scorecard('SELECT person, journey FROM planted WHERE ' || people, '{
		"buys": {"outcome": "shop:buy", "horizon": "7 days"}, "orders": {"outcome": "dealer:order", "horizon": "7 days"},
		"wants service": {"outcome": "dealer:service", "horizon": "7 days"},
		"cancels/quality": {"outcome": "cancel:quality", "horizon": "7 days"}, "cancels/price": {"outcome": "cancel:price", "horizon": "7 days"}}',
		'{2026-04-01Z}', signals => '[
			{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": "14 days", "transform": "log1p"},
			{"name": "unusual viewing", "touchpoints": ["web:view"], "measure": "unusual"},
			{"name": "configuring", "touchpoints": ["web:configure"], "measure": "exists"},
			{"name": "service page", "touchpoints": ["web:service_page"], "measure": "exists"},
			{"name": "open error", "touchpoints": ["app:error"], "measure": "exists", "until": ["call:solved"]},
			{"name": "price question", "touchpoints": ["call:price_question"], "measure": "exists"},
			{"name": "noise", "touchpoints": ["mail:noise"], "measure": "count"}]', model => model, l2 => 1)
$$;

-- eight groups of people, each a card of its own: how much a weight varies by chance
CREATE TABLE weight AS
SELECT g, s->>'name' AS signal, w.key AS intent, w.value::float8 AS weight
FROM generate_series(0, 7) g, LATERAL (SELECT pg_temp.learn('person_fold(person::text, 8) = ' || g, 'logistic') AS card) c,
	jsonb_array_elements(card::jsonb->'signals') s, jsonb_each_text(s->'weights') w;
CREATE TABLE found AS
SELECT signal, intent, avg(weight) AS weight, 2.365 * stddev(weight) / sqrt(count(*)) AS half FROM weight GROUP BY 1, 2;

\echo
\echo 'Planted, in people generated: weights in log-odds, with the 95 % interval of eight groups'
SELECT f.signal, f.intent, round(weight::numeric, 2) AS weight, round((weight - half)::numeric, 2) AS low, round((weight + half)::numeric, 2) AS high, expected,
	CASE expected WHEN 'none' THEN abs(weight) <= half WHEN 'less' THEN weight + half < 0
		-- the ridge and few people draw it towards 0
		ELSE abs(weight - expected::float8) <= greatest(half, 0.1 * abs(expected::float8)) END AS found
INTO TEMP TABLE verdict
FROM found f JOIN (VALUES
	('unusual viewing', 'buys', 'less'),
	('configuring', 'orders', (ln(1.0) - ln(0.05 / 0.95))::text), ('configuring', 'wants service', 'none'),
	('service page', 'wants service', (ln(0.6 / 0.4) - ln(0.1 / 0.9))::text), ('service page', 'orders', 'none'),
	('open error', 'cancels/quality', (ln(0.4 / 0.6) - ln(0.03 / 0.97))::text), ('open error', 'cancels/price', 'none'),
	('price question', 'cancels/price', (ln(0.4 / 0.6) - ln(0.03 / 0.97))::text), ('price question', 'cancels/quality', 'none'),
	('noise', 'buys', 'none'), ('noise', 'orders', 'none'), ('noise', 'wants service', 'none'), ('noise', 'cancels/quality', 'none'),
	('noise', 'cancels/price', 'none')) e(signal, intent, expected) USING (signal, intent);
SELECT signal, intent, weight, low, high, CASE WHEN expected ~ '\d' THEN round(expected::numeric, 2)::text ELSE expected END AS planted,
	CASE WHEN found THEN 'found' ELSE 'missed' END AS mark
FROM verdict ORDER BY intent, abs(weight) DESC;

\echo 'Natural browsers and shoppers on a mission: what a long visit says of each'
CREATE TABLE whole AS SELECT pg_temp.learn('true', 'boosted') AS card;
SELECT browser, long, count(*) AS n, round(avg(p)::numeric, 2) AS said, round(avg(bought)::numeric, 2) AS happened,
	CASE WHEN abs(avg(p) - avg(bought)) < 0.05 THEN 'found' ELSE 'missed' END AS mark
FROM (SELECT browser, long, score(journey, card, 'buys', '2026-04-01Z') AS p, has_touchpoints(journey, ARRAY['shop:buy'])::int AS bought
	FROM whole, planted JOIN truth USING (person)) s GROUP BY 1, 2 ORDER BY 1, 2;

\echo 'The first reason that explain() gives of those who are most likely to cancel'
SELECT intent, signal AS first_reason, count(*) AS people,
	CASE signal WHEN CASE intent WHEN 'cancels/quality' THEN 'open error' ELSE 'price question' END THEN 'found' ELSE 'missed' END AS mark
FROM (SELECT i.intent, person, (SELECT split_part(signal, ' for ', 1) FROM explain(journey, card, i.intent, '2026-04-01Z') WHERE signal <> '(base)' ORDER BY contribution DESC LIMIT 1) AS signal
	FROM (VALUES ('cancels/quality'), ('cancels/price')) i(intent),
		LATERAL (SELECT person, journey, card FROM whole, planted ORDER BY score(journey, card, i.intent, '2026-04-01Z') DESC, person LIMIT 200) p) r
GROUP BY 1, 2 ORDER BY 1, 3 DESC;
