-- What somebody who knows PostgreSQL well writes without the extension: sessions and the four intents of card.json
-- for everybody, in one pass over the events.
WITH marked AS (
	SELECT person, channel, event, value, occurred_at,
		date_part('epoch', timestamptz '2026-01-01Z' - occurred_at) AS age,
		occurred_at - lag(occurred_at) OVER (PARTITION BY person ORDER BY occurred_at) > interval '30 minutes' AS after_gap
	FROM events
	WHERE occurred_at <= timestamptz '2026-01-01Z'
), measured AS (
	SELECT person,
		1 + count(*) FILTER (WHERE after_gap) AS sessions,
		coalesce(sum(power(2, -age / 172800)) FILTER (WHERE event IN ('view', 'search') AND channel IN ('web', 'app')), 0) AS viewing,
		coalesce(sum(power(2, -age / 604800)) FILTER (WHERE event = 'cart'), 0) AS cart,
		coalesce(sum(value * power(2, -age / 7776000)) FILTER (WHERE event = 'purchase'), 0) AS spending,
		coalesce(power(2, -min(age) FILTER (WHERE event = 'click' AND channel = 'mail') / 259200), 0) AS click,
		least(coalesce(sum(power(2, -age / 1209600)) FILTER (WHERE event = 'question' AND channel = 'call'), 0), 3) AS question,
		least(coalesce(sum(power(2, -age / 2592000)) FILTER (WHERE event = 'complaint' AND channel = 'call'), 0), 3) AS complaint
	FROM marked
	GROUP BY person
)
SELECT person, sessions,
	1 / (1 + exp(3.0 - 0.4 * ln(1 + viewing) - 1.1 * ln(1 + cart) - 0.2 * ln(1 + spending) - 0.5 * click + 0.8 * complaint)) AS purchase,
	1 / (1 + exp(3.5 - 0.2 * ln(1 + viewing) - 0.3 * click - 0.9 * question)) AS enquiry,
	1 / (1 + exp(4.5 - 0.3 * question - 2.0 * complaint)) AS complaint,
	1 / (1 + exp(4.0 + 0.2 * ln(1 + cart) + 0.3 * ln(1 + spending) - 1.2 * complaint)) AS cancellation
FROM measured
