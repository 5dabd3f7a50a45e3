-- markov: paths counted, removal effects, what is refused
SET search_path = public, intent;

-- prints an error as SQLSTATE, message, detail and hint
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE TEMP TABLE path (path text[], conversions bigint, non_conversions bigint, value float8);
INSERT INTO path VALUES
	('{web,mail}', 3, 2, 60),
	('{web}', 1, 4, 15.5),
	('{web,web,mail}', 1, 0, 10),		-- a self loop
	('{ads,web}', 0, 6, NULL),			-- ads converts nowhere, but leads to web
	('{lost}', 0, 5, NULL),				-- leads nowhere
	('{web,NULL,""}', 1, 0, 1),			-- NULL is left out, '' is a channel
	('{}', 2, 1, 8),					-- no channel at all
	(NULL, 9, 9, 9),					-- adds nothing
	('{never}', 0, 0, NULL), ('{never}', NULL, NULL, NULL);

SELECT k, r.channel, round(removal_effect::numeric, 6) AS effect, r.conversions, r.value
FROM generate_series(1, 4) k, LATERAL (SELECT markov_agg(path, conversions, non_conversions, value, k) AS m FROM path) a,
	removal_effects(m) r ORDER BY k, r.channel COLLATE "C";
SELECT s.* FROM (SELECT markov_agg(path, conversions, non_conversions, value, 2) AS m FROM path) a, markov_steps(m) s;

-- nothing to count, nothing converts, values that cancel out
SELECT markov_agg(path, conversions, non_conversions, value, 1) IS NULL FROM path WHERE false;
SELECT markov_agg(path, 1, 0, NULL, 1) IS NULL AS null_paths FROM path WHERE path IS NULL;
SELECT r.* FROM removal_effects(markov_add(NULL, '{never}', 0, 0, NULL, 1)) r;
SELECT r.* FROM removal_effects(markov_add(NULL, '{web,mail}', 0, 7, NULL, 1)) r;
SELECT r.* FROM removal_effects(markov_add(markov_add(NULL, '{web}', 3, 0, -9, 1), '{mail}', 1, 1, 8, 1)) r;
SELECT removal_effects(NULL);

-- shares that cannot be written exactly sum to the total
SELECT sum(conversions), array_agg(conversions) FROM removal_effects(
	markov_add(markov_add(markov_add(NULL, '{a}', 1, 0, NULL, 1), '{b}', 1, 0, NULL, 1), '{c}', 1, 0, NULL, 1));

-- the same model whatever the order; forms
SELECT unite(markov_add(NULL, '{b,a}', 1, 2, 3, 2), markov_add(NULL, '{a}', 1, 0, 5, 2))::text
	= markov_add(markov_add(NULL, '{a}', 1, 0, 5, 2), '{b,a}', 1, 2, 3, 2)::text AS same;
SELECT markov_add(NULL, '{web}', 1, 0, 2.5, 1);
SELECT removal_effects('\x0100010003776562010200020102000106005039278c04');
SELECT markov_merge(m) IS NULL FROM (VALUES (NULL::markov_model)) t(m);

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT markov_agg('{web}', -1, 0, NULL, 1)$$),
	(2, $$SELECT markov_agg('{web}', 1, -2, NULL, 1)$$),
	(3, $$SELECT markov_agg('{web}', 0, 1, 5, 1)$$),
	(4, $$SELECT markov_agg('{web}', 1, 1, 'NaN', 1)$$),
	(5, $$SELECT markov_agg('{web}', 1, 1, 1e30, 1)$$),
	(6, $$SELECT markov_agg('{web}', 1, 1, 1, 0)$$),
	(7, $$SELECT markov_agg('{web}', 1, 1, 1, 5)$$),
	(8, $$SELECT markov_agg('{web}', 1, 1, 1, NULL)$$),
	(9, $$SELECT markov_agg('{web}', 1, 1, 1, k) FROM generate_series(1, 2) k$$),
	(10, $$SELECT unite(markov_add(NULL, '{web}', 1, 0, NULL, 1), markov_add(NULL, '{web}', 1, 0, NULL, 2))$$),
	(11, $$SELECT markov_agg('{web}', 9223372036854775807, 1, NULL, 1)$$),
	(12, $$SELECT markov_agg('{web}', 9223372036854775807, 0, NULL, 1) FROM generate_series(1, 2)$$),
	(13, $$SELECT ''::markov_model$$),
	(14, $$SELECT '{}'::markov_model$$),
	(15, $$SELECT '\x'::markov_model$$),
	(16, $$SELECT '\x02'::markov_model$$),
	(17, $$SELECT '\x0200'::markov_model$$),
	(18, $$SELECT '\x0180'::markov_model$$),
	(19, $$SELECT '\x01000100037765620102000201000001'::markov_model$$),
	(20, $$SELECT '\x0100010003776562010200020101000102038094a58d1d'::markov_model$$),
	(21, $$SELECT '\x0100020003776562000377656201020002010000010203'::markov_model$$)
) t(n, command) ORDER BY n;
