-- registry: what another version would change

CREATE FUNCTION score_diff(model_a bigint, model_b bigint, query text, as_of timestamptz DEFAULT NULL, known_at timestamptz DEFAULT NULL,
	OUT person text, OUT intent text, OUT score_a float8, OUT score_b float8, OUT difference float8, OUT evidence_difference numeric,
	OUT rank_a bigint, OUT rank_b bigint)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 1000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	a record;
	b record;
	asked text;
BEGIN
	SELECT m.id, m.name, intent.unpacked(m.scorecard) AS scorecard, intent.unpacked(m.predictor) AS predictor INTO a FROM intent.model m WHERE m.id = model_a;
	SELECT m.id, m.name, intent.unpacked(m.scorecard) AS scorecard, intent.unpacked(m.predictor) AS predictor INTO b FROM intent.model m WHERE m.id = model_b;
	IF a.id IS NULL OR b.id IS NULL THEN
		RAISE undefined_object USING MESSAGE = format('there is no model %s here', coalesce((CASE WHEN a.id IS NULL THEN model_a ELSE model_b END)::text, 'NULL')),
			HINT = 'Give the numbers that intent.register_model or intent.model_id gave.';
	ELSIF query IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'query must not be null',
			HINT = 'Write ''SELECT person, journey FROM intent.person_journey''.';
	ELSIF (a.scorecard IS NULL) <> (b.scorecard IS NULL) THEN
		RAISE wrong_object_type USING MESSAGE = format('models %s and %s are a scorecard and a predictor', model_a, model_b),
			HINT = 'Compare two of one kind: they ask for different columns.';
	ELSIF a.scorecard IS NOT NULL AND as_of IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'as_of must not be null',
			HINT = 'Say up to which time the journeys count, for example as_of => ''2026-03-01Z''.';
	END IF;
	-- a row of the query is its number: persons may come twice
	IF a.scorecard IS NOT NULL THEN
		asked := 'SELECT q.n, q.person, s.intent, s.overarching AS score, s.evidence
			FROM question q CROSS JOIN LATERAL intent.scores(q.journey, %s, $5, $6) s';
		asked := format('question AS MATERIALIZED (SELECT row_number() OVER () AS n, o.person::text AS person, o.journey::intent.journey AS journey FROM (%s' || E'\n' || ') o),
			a AS (%s), b AS (%s)', query, format(asked, '$1'), format(asked, '$2'));
	ELSE
		asked := 'SELECT q.n, q.person, %1$L::text AS intent, intent.predict(%2$s, q.features) AS score, intent.predict_evidence(%2$s, q.features) AS evidence FROM question q';
		-- another version of one model, or another model of the same: one row a person either way
		asked := format('question AS MATERIALIZED (SELECT row_number() OVER () AS n, o.person::text AS person, to_jsonb(o) - ''person'' AS features FROM (%s' || E'\n' || ') o),
			a AS (%s), b AS (%s)', query, format(asked, b.name, '$3'), format(asked, b.name, '$4'));
	END IF;
	RETURN QUERY EXECUTE 'WITH ' || asked || '
		SELECT coalesce(a.person, b.person), coalesce(a.intent, b.intent), a.score, b.score, b.score - a.score, b.evidence - a.evidence,
			CASE WHEN a.score IS NOT NULL THEN rank() OVER (PARTITION BY coalesce(a.intent, b.intent) ORDER BY a.score DESC NULLS LAST) END,
			CASE WHEN b.score IS NOT NULL THEN rank() OVER (PARTITION BY coalesce(a.intent, b.intent) ORDER BY b.score DESC NULLS LAST) END
		FROM a FULL JOIN b USING (n, intent)
		ORDER BY abs(b.score - a.score) DESC NULLS LAST, coalesce(a.intent, b.intent) COLLATE "C", n'
	USING a.scorecard, b.scorecard, a.predictor, b.predictor, as_of, known_at;
END $$;
COMMENT ON FUNCTION score_diff(bigint, bigint, text, timestamptz, timestamptz) IS
'Who moves if model_b takes the place of model_a, and by how much: a row a person and intent, those that move most first, with both scores, their difference (b less a), that of the evidence, exact, and the place among all people, 1 being the likeliest, by either. Of scorecards the query gives person and journey, and as_of and known_at are those of scores(); of predictors it gives person and the features, and intent is the name of model_b. What one of them does not say is NULL: an intent that only one has, a person without events. The query runs read-only, with the rights of the caller and an empty search_path: name tables with their schema. An unknown model is error 42704, a scorecard and a predictor 42809, no query, or no as_of for scorecards, 22004. Cost of scoring twice, and of sorting. Example: SELECT person, intent, score_a, score_b, rank_a, rank_b FROM intent.score_diff(intent.model_id(''default'', 1), intent.model_id(''default'', 2), ''SELECT 17 AS person, intent.journey_agg(timestamptz ''''2026-03-01Z'''', ''''view'''') AS journey'', as_of => ''2026-03-02Z'');';
