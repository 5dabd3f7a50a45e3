-- shapley: sets of channels counted, values and shares, what is refused
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

CREATE TEMP TABLE journey (channels text[], conversions bigint, non_conversions bigint, value float8);
INSERT INTO journey VALUES
	('{web,mail}', 3, 2, 60),
	('{mail,web,web}', 1, 0, 10),		-- the same set
	('{web}', 1, 4, 15.5),
	('{ads,mail,web}', 1, 1, 7),
	('{ads}', 0, 6, NULL),
	('{NULL,""}', 1, 0, 1),				-- NULL is left out, '' is a channel
	('{}', 2, 1, 8),					-- no channel at all
	(NULL, 9, 9, 9),					-- adds nothing
	('{never}', 0, 0, NULL), ('{never}', NULL, NULL, NULL);
CREATE TEMP TABLE model AS SELECT shapley_agg(channels, conversions, non_conversions, value) AS model FROM journey;

SELECT v.* FROM model, shapley_values(model) v;
SELECT v.* FROM model, shapley_values(model, 'rate') v;
SELECT v.* FROM model, shapley_values(model, worth => 'counterfactual') v;
SELECT s.* FROM model, shapley_shares(model) s;
SELECT s.* FROM model, shapley_shares(model, 'counterfactual') s;

-- 20 channels are exact, 21 are sampled: equal ones share equally but for the sampling
CREATE TEMP TABLE wide AS
SELECT n, shapley_agg(ARRAY(SELECT 'c' || lpad(i::text, 2, '0') FROM generate_series(1, n) i), 7, 3, 21) AS model
FROM generate_series(20, 21) n GROUP BY n;
SELECT n, count(*), sum(conversions), min(conversions), max(standard_error) > 0 AS sampled FROM wide, shapley_values(model, 'rate', 100) GROUP BY n ORDER BY n;
SELECT n, count(*), sum(conversions), min(conversions), max(conversions) FROM wide, shapley_values(model) GROUP BY n ORDER BY n;

-- nothing to count; forms
SELECT shapley_agg(channels, conversions, non_conversions, value) IS NULL FROM journey WHERE false;
SELECT v.* FROM shapley_values(shapley_add(NULL, '{never}', 0, 0, NULL)) v;
SELECT v.* FROM shapley_values(shapley_add(NULL, '{never}', 0, 1, NULL), 'rate') v;
SELECT shapley_values(NULL);
SELECT shapley_add(NULL, '{web}', 1, 0, 2.5);
SELECT unite(shapley_add(NULL, '{b,a}', 1, 2, 3), shapley_add(NULL, '{a}', 1, 0, 5))::text
	= shapley_add(shapley_add(NULL, '{a}', 1, 0, 5), '{a,b}', 1, 2, 3)::text AS same;
SELECT shapley_merge(m) IS NULL FROM (VALUES (NULL::shapley_model)) t(m);

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT shapley_agg('{web}', -1, 0, NULL)$$),
	(2, $$SELECT shapley_agg('{web}', 1, -2, NULL)$$),
	(3, $$SELECT shapley_agg('{web}', 0, 1, 5)$$),
	(4, $$SELECT shapley_agg('{web}', 1, 1, 'Infinity')$$),
	(5, $$SELECT shapley_agg('{web}', 9223372036854775807, 1, NULL)$$),
	(6, $$SELECT shapley_values(model, 'fair') FROM model$$),
	(7, $$SELECT shapley_shares(model, 'rate') FROM model$$),
	(8, $$SELECT shapley_values(model, 'rate', 1) FROM model$$),
	(9, $$SELECT ''::shapley_model$$),
	(10, $$SELECT '\x0100'::shapley_model$$),
	(11, $$SELECT '\x010001000377656201010001'::shapley_model$$),
	(12, $$SELECT '\x0100010003776562010101000000'::shapley_model$$)
) t(n, command) ORDER BY n;
