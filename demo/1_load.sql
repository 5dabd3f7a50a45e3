-- Both data sets into ordinary tables, as a shop would have them.
\ir settings.sql

CREATE EXTENSION intent;

-- Real: one row per mailing, redemption and purchase of a household (CC0, The Complete Journey).
CREATE TEMP TABLE raw (household int, occurred_at timestamptz, kind text, amount numeric);
\copy raw FROM PROGRAM 'gzip -dc data/journey_events.csv.gz' WITH (FORMAT csv, HEADER)

CREATE TABLE event (
	household   int NOT NULL,
	occurred_at timestamptz NOT NULL,
	channel     text,
	event       text NOT NULL,
	value       float8,
	ref         text
);

-- `kind` becomes a touchpoint: mail:type_a, coupon:redeem, shop:buy. Only a purchase has a value.
-- A mailing and a coupon are named by campaign and running number, so that loading them twice would change nothing.
INSERT INTO event
SELECT household, occurred_at,
	CASE WHEN kind LIKE 'mail %' THEN 'mail' WHEN kind = 'redeem' THEN 'coupon' ELSE 'shop' END,
	CASE WHEN kind LIKE 'mail %' THEN lower(replace(substr(kind, 6), ' ', '_')) ELSE kind END,
	CASE WHEN kind = 'buy' THEN amount END,
	CASE WHEN kind <> 'buy' THEN amount || '/' ||
		row_number() OVER (PARTITION BY household, occurred_at, kind, amount) END
FROM raw;

-- Generated: visits with four kinds of identifier, and the planted person for measuring.
CREATE TABLE visit (
	seconds int NOT NULL,
	cookie  text,
	device  text,
	login   text,
	email   text,
	truth   int NOT NULL,
	id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
\copy visit (seconds, cookie, device, login, email, truth) FROM PROGRAM 'gzip -dc data/identity_events.tsv.gz' WITH (FORMAT csv, DELIMITER E'\t')

ANALYZE event, visit;

\echo
\echo 'What is in the two files'
SELECT 'household shopping, real (CC0)' AS "data", count(*) AS "events", count(DISTINCT household) AS "households or persons",
	min(occurred_at)::date AS "from", max(occurred_at)::date AS "to"
FROM event
UNION ALL
SELECT 'visits with identifiers, GENERATED', count(*), count(DISTINCT truth), NULL, NULL
FROM visit;

\echo 'How often each touchpoint occurs in the shopping data'
SELECT concat_ws(':', channel, event) AS "touchpoint", count(*) AS "events",
	count(DISTINCT household) AS "households", round(sum(value)::numeric, 2) AS "dollars"
FROM event GROUP BY channel, event ORDER BY 2 DESC;
