-- score: the scorecard, and scoring of journeys by one

-- ----- the type -----

CREATE TYPE scorecard;

CREATE FUNCTION scorecard_in(cstring) RETURNS scorecard
AS 'MODULE_PATHNAME', 'intent_scorecard_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION scorecard_in(cstring) IS 'Text input of scorecard.';

CREATE FUNCTION scorecard_out(scorecard) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_scorecard_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION scorecard_out(scorecard) IS 'Text output of scorecard.';

CREATE FUNCTION scorecard_recv(internal) RETURNS scorecard
AS 'MODULE_PATHNAME', 'intent_scorecard_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION scorecard_recv(internal) IS 'Binary input of scorecard: its text.';

CREATE FUNCTION scorecard_send(scorecard) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_scorecard_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION scorecard_send(scorecard) IS 'Binary output of scorecard: its text, so that a client needs to know one form only.';

-- Main storage: as long as a card fits on a page with its row, each call compares it where it stands.
CREATE TYPE scorecard (
	INPUT = scorecard_in, OUTPUT = scorecard_out,
	RECEIVE = scorecard_recv, SEND = scorecard_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = main
);
COMMENT ON TYPE scorecard IS
'A scoring model as a value: intents with the log-odds they begin at, and signals that speak for or against them. Written as JSON and stored flat, with durations and numbers made ready. Keys may come in any order and intents are kept by name, so that one model has one value and one text. What is wrong is error 22023 or 22003, text that is no JSON 22P02; each names the place. See docs/scorecards.md. Example: SELECT ''{"intents": {"purchase": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": "2 days", "transform": "log1p", "weights": {"purchase": 0.4}}]}''::intent.scorecard;';

CREATE FUNCTION scorecard_to_jsonb(card scorecard) RETURNS jsonb
AS 'MODULE_PATHNAME', 'intent_scorecard_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION scorecard_to_jsonb(scorecard) IS
'The scorecard as jsonb; scorecard_from_jsonb gives the same scorecard back. The named twin of the cast. Example: SELECT intent.scorecard_to_jsonb(''{"intents": {"purchase": {"base": -3}}, "signals": []}''::intent.scorecard);';

CREATE FUNCTION scorecard_from_jsonb(card jsonb) RETURNS scorecard
AS 'MODULE_PATHNAME', 'intent_scorecard_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION scorecard_from_jsonb(jsonb) IS
'The scorecard that jsonb describes, with the errors of its text form. Of a key that was written twice jsonb has kept the last only. The named twin of the cast. Example: SELECT intent.scorecard_from_jsonb(''{"intents": {"purchase": {"base": -3}}, "signals": []}'');';

CREATE CAST (scorecard AS jsonb) WITH FUNCTION scorecard_to_jsonb(scorecard);
COMMENT ON CAST (scorecard AS jsonb) IS 'the scorecard as people write it';
CREATE CAST (jsonb AS scorecard) WITH FUNCTION scorecard_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS scorecard) IS 'the scorecard that is described';

CREATE FUNCTION scorecard_intents(card scorecard) RETURNS text[]
AS 'MODULE_PATHNAME', 'intent_scorecard_intents' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION scorecard_intents(scorecard) IS
'The names of the intents in order of their bytes, which score_array follows. Example: SELECT intent.scorecard_intents(''{"intents": {"purchase": {"base": -3}, "complaint": {"base": -4}}, "signals": []}''::intent.scorecard);';

-- ----- equality and hash: of content -----

CREATE FUNCTION same(a scorecard, b scorecard) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_scorecard_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(scorecard, scorecard) IS
'Are both the same model, however they were written? The named twin of =. Example: SELECT intent.same(''{"intents": {"a": {"base": 1}, "b": {"base": 2}}, "signals": []}''::intent.scorecard, ''{"signals": [], "session_gap": "PT30M", "intents": {"b": {"base": 2.0}, "a": {"base": 1e0}}}''::intent.scorecard);';

CREATE FUNCTION not_same(a scorecard, b scorecard) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_scorecard_not_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION not_same(scorecard, scorecard) IS
'Do the models differ in anything? The named twin of <>. Example: SELECT intent.not_same(''{"intents": {"a": {"base": 1}}, "signals": []}''::intent.scorecard, ''{"intents": {"a": {"base": 2}}, "signals": []}''::intent.scorecard);';

CREATE OPERATOR = (
	LEFTARG = scorecard, RIGHTARG = scorecard, FUNCTION = same,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (scorecard, scorecard) IS 'same model';

CREATE OPERATOR <> (
	LEFTARG = scorecard, RIGHTARG = scorecard, FUNCTION = not_same,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (scorecard, scorecard) IS 'different models';

CREATE FUNCTION scorecard_hash(card scorecard) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_scorecard_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scorecard_hash(scorecard) IS
'Hash of a scorecard, for hash joins, GROUP BY and DISTINCT. Example: SELECT intent.scorecard_hash(''{"intents": {"a": {"base": 1}}, "signals": []}''::intent.scorecard) = intent.scorecard_hash(''{"signals": [], "intents": {"a": {"base": 1.0}}}''::intent.scorecard);';

CREATE FUNCTION scorecard_hash(card scorecard, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_scorecard_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scorecard_hash(scorecard, bigint) IS
'Seeded 64-bit hash of a scorecard, for hash partitioning. Example: SELECT intent.scorecard_hash(c, 1) <> intent.scorecard_hash(c, 2) FROM (VALUES (''{"intents": {"a": {"base": 1}}, "signals": []}''::intent.scorecard)) t(c);';

CREATE OPERATOR CLASS scorecard_hash_ops DEFAULT FOR TYPE scorecard USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 scorecard_hash(scorecard),
	FUNCTION 2 scorecard_hash(scorecard, bigint);
COMMENT ON OPERATOR CLASS scorecard_hash_ops USING hash IS 'equality of scorecards';
COMMENT ON OPERATOR FAMILY scorecard_hash_ops USING hash IS 'equality of scorecards';

-- ----- scores -----

CREATE FUNCTION score(journey journey, card scorecard, intent text, as_of timestamptz,
	known_at timestamptz DEFAULT NULL) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_score' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION score(journey, scorecard, text, timestamptz, timestamptz) IS
'Probability of one intent: the logistic function of evidence(). Events that occurred after as_of count for nothing and, if known_at is given, neither do those recorded after it; both instants are inclusive. NULL if no event counts or journey, card or intent is NULL; as_of NULL is error 22004, an infinite time 22023, an intent that the card does not have 22023. Cost grows with the number of events. Example: SELECT intent.score(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ''{"intents": {"purchase": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": "2 days", "weights": {"purchase": 0.4}}]}''::intent.scorecard, ''purchase'', as_of => ''2026-03-03T10:00:00Z'');';

CREATE FUNCTION evidence(journey journey, card scorecard, intent text, as_of timestamptz,
	known_at timestamptz DEFAULT NULL) RETURNS numeric
AS 'MODULE_PATHNAME', 'intent_evidence' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION evidence(journey, scorecard, text, timestamptz, timestamptz) IS
'Evidence for one intent in log-odds, an exact decimal with 12 places: base + sum of weight x transform(measure). The same on every platform and under every plan. Evidence beyond 26 digits is error 22003; NULL and the other errors as in score(). Example: SELECT intent.evidence(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ''{"intents": {"purchase": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": "2 days", "weights": {"purchase": 0.4}}]}''::intent.scorecard, ''purchase'', as_of => ''2026-03-03T10:00:00Z'');';

CREATE FUNCTION score_array(journey journey, card scorecard, as_of timestamptz,
	known_at timestamptz DEFAULT NULL) RETURNS float8[]
AS 'MODULE_PATHNAME', 'intent_score_array' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION score_array(journey, scorecard, timestamptz, timestamptz) IS
'Probabilities of all intents in the order of scorecard_intents(card): the fastest form for many people. NULL if no event counts or journey or card is NULL; errors as in score(). Cost grows with the number of events. Example: SELECT intent.score_array(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ''{"intents": {"purchase": {"base": -3}, "complaint": {"base": -4}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "weights": {"purchase": 0.4}}]}''::intent.scorecard, as_of => ''2026-03-03T10:00:00Z'');';

CREATE FUNCTION scores(journey journey, card scorecard, as_of timestamptz,
	known_at timestamptz DEFAULT NULL,
	OUT intent text, OUT probability float8, OUT momentary float8, OUT overarching float8,
	OUT evidence numeric, OUT confidence float8, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_scores' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 300 ROWS 4;
COMMENT ON FUNCTION scores(journey, scorecard, timestamptz, timestamptz) IS
'One row per intent in the order of scorecard_intents(card). overarching: the probability from everything up to as_of, and probability is the same; momentary: from the session open at as_of alone, NULL if none is; evidence: log-odds of overarching, exact; confidence: the share, 0 to 1, of the intent''s |weights| whose signals saw an event. status: ok; no_events (no event counts, or the journey is NULL; the numbers are NULL); no_signal (no signal of the intent saw an event: what is left is the base); no_record_clock (known_at was given, but no event has a recorded_at, so that each counts as recorded when it occurred). No rows if card is NULL; errors as in score(). Cost grows with the number of events. Example: SELECT intent, probability, momentary, evidence, confidence, status FROM intent.scores(''{2026-03-01T10:00:00Z web:view}''::intent.journey, ''{"intents": {"purchase": {"base": -3}, "complaint": {"base": -4}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": "2 days", "weights": {"purchase": 0.4}}]}''::intent.scorecard, as_of => ''2026-03-01T10:10:00Z'');';

-- ----- explanation -----

CREATE FUNCTION explain(journey journey, card scorecard, intent text, as_of timestamptz,
	known_at timestamptz DEFAULT NULL,
	OUT signal text, OUT touchpoint text, OUT n bigint, OUT last_seen timestamptz, OUT contribution numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_explain' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 300 ROWS 10;
COMMENT ON FUNCTION explain(journey, scorecard, text, timestamptz, timestamptz) IS
'The evidence for one intent line by line: sum(contribution) = evidence, exactly. First the base, as signal (base), then the signals in the order of the card. Counts and sums are split over their touchpoints in proportion to |measure| before the cap, and the touchpoint with the largest takes what rounding leaves (of equal ones the first by the bytes of its text); other measures have one row without touchpoint. n and last_seen are what was seen before any decay. No rows if no event counts or journey, card or intent is NULL; errors as in score(). Cost grows with the number of events. Example: SELECT signal, touchpoint, n, last_seen, contribution FROM intent.explain(''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z app:view}''::intent.journey, ''{"intents": {"purchase": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["*:view"], "measure": "count", "half_life": "2 days", "transform": "log1p", "weights": {"purchase": 0.4}}]}''::intent.scorecard, ''purchase'', as_of => ''2026-03-03T10:05:00Z'');';
