-- signals: what can be measured in a journey, and the numbers to learn from

-- ----- the type -----

CREATE TYPE signal_list;

CREATE FUNCTION signal_list_in(cstring) RETURNS signal_list
AS 'MODULE_PATHNAME', 'intent_signal_list_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION signal_list_in(cstring) IS 'Text input of signal_list.';

CREATE FUNCTION signal_list_out(signal_list) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_signal_list_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION signal_list_out(signal_list) IS 'Text output of signal_list.';

CREATE FUNCTION signal_list_recv(internal) RETURNS signal_list
AS 'MODULE_PATHNAME', 'intent_signal_list_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION signal_list_recv(internal) IS 'Binary input of signal_list: its text.';

CREATE FUNCTION signal_list_send(signal_list) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_signal_list_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION signal_list_send(signal_list) IS 'Binary output of signal_list: its text, so that a client needs to know one form only.';

CREATE TYPE signal_list (
	INPUT = signal_list_in, OUTPUT = signal_list_out,
	RECEIVE = signal_list_recv, SEND = signal_list_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = main
);
COMMENT ON TYPE signal_list IS
'Signals as a value: what is measured in a journey, without saying what it weighs. Written as the signals of a scorecard without weights, an array or an object with the keys session_gap, utc_offset and signals, and stored flat. half_life may be a list, such as ["1 hour", "14 days", null], which stands for a signal each. Errors as of scorecard. See docs/scorecards.md. Example: SELECT ''[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": ["1 hour", "1 day", null], "transform": "log1p"}]''::intent.signal_list;';

CREATE FUNCTION signal_list_to_jsonb(signals signal_list) RETURNS jsonb
AS 'MODULE_PATHNAME', 'intent_signal_list_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION signal_list_to_jsonb(signal_list) IS
'The list as jsonb; signal_list_from_jsonb gives the same list back. The named twin of the cast. Example: SELECT intent.signal_list_to_jsonb(''[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count"}]''::intent.signal_list);';

CREATE FUNCTION signal_list_from_jsonb(signals jsonb) RETURNS signal_list
AS 'MODULE_PATHNAME', 'intent_signal_list_from_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION signal_list_from_jsonb(jsonb) IS
'The list that jsonb describes, with the errors of its text form. The named twin of the cast. Example: SELECT intent.signal_list_from_jsonb(''[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count"}]'');';

CREATE CAST (signal_list AS jsonb) WITH FUNCTION signal_list_to_jsonb(signal_list);
COMMENT ON CAST (signal_list AS jsonb) IS 'the signals as people write them';
CREATE CAST (jsonb AS signal_list) WITH FUNCTION signal_list_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS signal_list) IS 'the signals that are described';

CREATE FUNCTION signal_names(signals signal_list) RETURNS text[]
AS 'MODULE_PATHNAME', 'intent_signal_names' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION signal_names(signal_list) IS
'The names of the signals in their order, which features() follows. Example: SELECT intent.signal_names(''[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": ["1 hour", "1 day", null]}]'');';

CREATE FUNCTION scorecard_signals(card scorecard) RETURNS signal_list
AS 'MODULE_PATHNAME', 'intent_scorecard_signals' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION scorecard_signals(scorecard) IS
'The signals of a scorecard without their weights: to look at what it measures, or to learn weights from outcomes. Example: SELECT intent.scorecard_signals(''{"intents": {"purchase": {"base": -3}}, "signals": [{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "weights": {"purchase": 0.4}}]}'');';

-- ----- equality and hash: of content, as of scorecards -----

CREATE FUNCTION same(a signal_list, b signal_list) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_scorecard_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(signal_list, signal_list) IS
'Are both the same signals in the same order, however they were written? The named twin of =. Example: SELECT intent.same(''[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count"}]''::intent.signal_list, ''{"signals": [{"measure": "count", "name": "viewing", "touchpoints": ["web:view"]}], "session_gap": "PT30M"}''::intent.signal_list);';

CREATE FUNCTION not_same(a signal_list, b signal_list) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_scorecard_not_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION not_same(signal_list, signal_list) IS
'Do the lists differ in anything? The named twin of <>. Example: SELECT intent.not_same(''[]''::intent.signal_list, ''[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count"}]''::intent.signal_list);';

CREATE OPERATOR = (
	LEFTARG = signal_list, RIGHTARG = signal_list, FUNCTION = same,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (signal_list, signal_list) IS 'same signals';

CREATE OPERATOR <> (
	LEFTARG = signal_list, RIGHTARG = signal_list, FUNCTION = not_same,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (signal_list, signal_list) IS 'different signals';

CREATE FUNCTION signal_list_hash(signals signal_list) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_scorecard_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION signal_list_hash(signal_list) IS
'Hash of a list of signals, for hash joins, GROUP BY and DISTINCT. Example: SELECT intent.signal_list_hash(''[]''::intent.signal_list) = intent.signal_list_hash(''{"signals": []}''::intent.signal_list);';

CREATE FUNCTION signal_list_hash(signals signal_list, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_scorecard_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION signal_list_hash(signal_list, bigint) IS
'Seeded 64-bit hash of a list of signals, for hash partitioning. Example: SELECT intent.signal_list_hash(s, 1) <> intent.signal_list_hash(s, 2) FROM (VALUES (''[]''::intent.signal_list)) t(s);';

CREATE OPERATOR CLASS signal_list_hash_ops DEFAULT FOR TYPE signal_list USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 signal_list_hash(signal_list),
	FUNCTION 2 signal_list_hash(signal_list, bigint);
COMMENT ON OPERATOR CLASS signal_list_hash_ops USING hash IS 'equality of lists of signals';
COMMENT ON OPERATOR FAMILY signal_list_hash_ops USING hash IS 'equality of lists of signals';

-- ----- features -----

CREATE FUNCTION features(journey journey, signals signal_list, as_of timestamptz,
	known_at timestamptz DEFAULT NULL) RETURNS float8[]
AS 'MODULE_PATHNAME', 'intent_features' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION features(journey, signal_list, timestamptz, timestamptz) IS
'What each signal measures in the journey, capped and transformed, in the order of signal_names(signals): the numbers that a scorecard with the same signals weighs. Events that occurred after as_of count for nothing and, if known_at is given, neither do those recorded after it; both instants are inclusive. All sums are exact decimals that become float8 at the end, so that neither plan nor platform changes a number. NULL if no event counts or journey or signals is NULL; as_of NULL is error 22004, an infinite time 22023, numbers beyond 26 digits 22003. Cost grows with the number of events, and with that of the signals that see one. Example: SELECT intent.features(''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z web:view}''::intent.journey, ''[{"name": "viewing", "touchpoints": ["web:view"], "measure": "count", "half_life": ["1 day", null]}, {"name": "tenure", "touchpoints": ["*"], "measure": "tenure"}]'', as_of => ''2026-03-03T10:00:00Z'');';

-- ----- a queue's own distribution -----

CREATE FUNCTION wait_points(waits interval[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000
BEGIN ATOMIC
	SELECT pg_catalog.jsonb_build_object('points', pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(p.days, p.share) ORDER BY p.days))
	FROM (
		SELECT q.days, pg_catalog.max(q.share) AS share
		FROM (
			SELECT 0::numeric AS days, 0::numeric AS share
			UNION ALL
			SELECT pg_catalog.percentile_disc(s.share::float8) WITHIN GROUP (ORDER BY pg_catalog.round(extract(epoch FROM w.wait) / 86400, 6)), s.share
			FROM pg_catalog.unnest(waits) w(wait), pg_catalog.unnest('{0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95,0.99}'::numeric[]) s(share)
			WHERE w.wait >= '0'::interval
			GROUP BY s.share
		) q GROUP BY q.days
	) p;
END;
COMMENT ON FUNCTION wait_points(interval[]) IS
'The distribution of waits as the transform of a signal that measures a wait in days: {"points": [[days, share], ...]}, where share is that of the waits which were over by then. With it a wait is told by how unusual it is for its own queue: 0.5 is an ordinary one, 0.99 one in a hundred. Take the waits from times_between(), and measure tenure with until. NULL and negative waits count for nothing; without any, every wait is 0. NULL for NULL. Cost grows with n log n. Example: SELECT intent.wait_points(ARRAY[interval ''1 hour'', interval ''2 hours'', interval ''12 hours'', interval ''5 days'']);';
