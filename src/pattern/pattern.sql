-- pattern: the type jpattern, and matching of journeys by one

-- ----- the type -----

CREATE TYPE jpattern;

CREATE FUNCTION jpattern_in(cstring) RETURNS jpattern
AS 'MODULE_PATHNAME', 'intent_jpattern_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION jpattern_in(cstring) IS 'Text input of jpattern.';

CREATE FUNCTION jpattern_out(jpattern) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_jpattern_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jpattern_out(jpattern) IS 'Text output of jpattern.';

CREATE FUNCTION jpattern_recv(internal) RETURNS jpattern
AS 'MODULE_PATHNAME', 'intent_jpattern_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION jpattern_recv(internal) IS 'Binary input of jpattern: its text.';

CREATE FUNCTION jpattern_send(jpattern) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_jpattern_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jpattern_send(jpattern) IS 'Binary output of jpattern: its text, the same on every machine. Example: SELECT intent.jpattern_send(''view -> cart''::intent.jpattern);';

-- Main storage: as long as a pattern fits on a page with its row, each call compares it where it stands.
CREATE TYPE jpattern (
	INPUT = jpattern_in, OUTPUT = jpattern_out,
	RECEIVE = jpattern_recv, SEND = jpattern_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = main
);
COMMENT ON TYPE jpattern IS
'What to look for in a journey: steps, what may be between them, and how long it may take. view -> cart is eventually, view cart immediately next, ->[<= 1 day] and ->[>= 10 min, <= 7 days] limit the gap (ends included), -> !call:* -> allows nothing of it between, -> !purchase at the end nothing behind, (a | b) is one of, !a something else, {a & b} both in any order, ? * + {2,5} repeat (with ? behind them reluctantly), . is any event, purchase[value > 100] looks at the value, ^ and $ are the first and the last event, name:=a names an event, and behind all of it strictly asks for rising times and within 14 days for the time from the first to the last event. Touchpoints are written as everywhere: web:view, call:*, :event without a channel, other characters in double quotes. Parsed once and stored as a program with its canonical text. What is wrong is error 42601 naming the position, what is too large 54000. See docs/patterns.md. Example: SELECT ''view -> cart ->[<= 7 days] !purchase''::intent.jpattern;';

CREATE FUNCTION pattern_kind(pattern jpattern) RETURNS text
AS 'MODULE_PATHNAME', 'intent_pattern_kind' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION pattern_kind(jpattern) IS
'How events of one instant are treated. chain: steps joined by arrows, each an event, a set, optional or in any order; events of one instant may serve the steps in any order. ordered: all other patterns; the canonical order of the journey decides. NULL for NULL. Example: SELECT intent.pattern_kind(''view -> cart''), intent.pattern_kind(''view cart'');';

-- ----- equality and hash: of the canonical text -----

CREATE FUNCTION same(a jpattern, b jpattern) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_jpattern_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION same(jpattern, jpattern) IS
'Have both the same canonical text? The named twin of =. Example: SELECT intent.same(''view->cart within 1 week''::intent.jpattern, ''view -> cart within 7 days''::intent.jpattern);';

CREATE FUNCTION not_same(a jpattern, b jpattern) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_jpattern_not_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION not_same(jpattern, jpattern) IS
'Do the canonical texts differ? The named twin of <>. Example: SELECT intent.not_same(''view -> cart''::intent.jpattern, ''view cart''::intent.jpattern);';

CREATE OPERATOR = (
	LEFTARG = jpattern, RIGHTARG = jpattern, FUNCTION = same,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (jpattern, jpattern) IS 'same pattern';

CREATE OPERATOR <> (
	LEFTARG = jpattern, RIGHTARG = jpattern, FUNCTION = not_same,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (jpattern, jpattern) IS 'different patterns';

CREATE FUNCTION jpattern_hash(pattern jpattern) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_jpattern_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jpattern_hash(jpattern) IS 'Hash of the canonical text, for hash joins and GROUP BY. Example: SELECT intent.jpattern_hash(''view -> cart''::intent.jpattern);';

CREATE FUNCTION jpattern_hash_extended(pattern jpattern, seed bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_jpattern_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jpattern_hash_extended(jpattern, bigint) IS 'Hash of the canonical text with a seed, for hash partitioning. Example: SELECT intent.jpattern_hash_extended(''view -> cart''::intent.jpattern, 0);';

CREATE OPERATOR CLASS jpattern_hash_ops DEFAULT FOR TYPE jpattern USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 jpattern_hash(jpattern),
	FUNCTION 2 jpattern_hash_extended(jpattern, bigint);
COMMENT ON OPERATOR CLASS jpattern_hash_ops USING hash IS 'equality of patterns';
COMMENT ON OPERATOR FAMILY jpattern_hash_ops USING hash IS 'equality of patterns';

-- ----- order: of the canonical text by bytes, so that patterns can be sorted, distinct and unique -----

CREATE FUNCTION jpattern_cmp(a jpattern, b jpattern) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_jpattern_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION jpattern_cmp(jpattern, jpattern) IS
'Below 0 if a stands before b, 0 if they are the same, above 0 if it stands behind: the order of the bytes of their canonical texts, for ORDER BY, DISTINCT and unique indexes. Example: SELECT intent.jpattern_cmp(''view -> cart''::intent.jpattern, ''view->cart''::intent.jpattern);';

CREATE FUNCTION less(a jpattern, b jpattern) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_jpattern_less' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION less(jpattern, jpattern) IS
'Does a stand before b? Patterns stand in the order of the bytes of their canonical texts. The named twin of <. Example: SELECT intent.less(''cart -> purchase''::intent.jpattern, ''view -> cart''::intent.jpattern);';

CREATE FUNCTION less_or_same(a jpattern, b jpattern) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_jpattern_less_or_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION less_or_same(jpattern, jpattern) IS
'Does a stand before b, or are they the same? Patterns stand in the order of the bytes of their canonical texts. The named twin of <=. Example: SELECT intent.less_or_same(''cart -> purchase''::intent.jpattern, ''view -> cart''::intent.jpattern);';

CREATE FUNCTION greater(a jpattern, b jpattern) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_jpattern_greater' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION greater(jpattern, jpattern) IS
'Does a stand behind b? Patterns stand in the order of the bytes of their canonical texts. The named twin of >. Example: SELECT intent.greater(''cart -> purchase''::intent.jpattern, ''view -> cart''::intent.jpattern);';

CREATE FUNCTION greater_or_same(a jpattern, b jpattern) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_jpattern_greater_or_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION greater_or_same(jpattern, jpattern) IS
'Does a stand behind b, or are they the same? Patterns stand in the order of the bytes of their canonical texts. The named twin of >=. Example: SELECT intent.greater_or_same(''cart -> purchase''::intent.jpattern, ''view -> cart''::intent.jpattern);';

CREATE OPERATOR < (
	LEFTARG = jpattern, RIGHTARG = jpattern, FUNCTION = less,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (jpattern, jpattern) IS 'stands before, by the bytes of the canonical text';

CREATE OPERATOR <= (
	LEFTARG = jpattern, RIGHTARG = jpattern, FUNCTION = less_or_same,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (jpattern, jpattern) IS 'stands before or is the same';

CREATE OPERATOR >= (
	LEFTARG = jpattern, RIGHTARG = jpattern, FUNCTION = greater_or_same,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (jpattern, jpattern) IS 'stands behind or is the same';

CREATE OPERATOR > (
	LEFTARG = jpattern, RIGHTARG = jpattern, FUNCTION = greater,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (jpattern, jpattern) IS 'stands behind';

CREATE OPERATOR CLASS jpattern_btree_ops DEFAULT FOR TYPE jpattern USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 jpattern_cmp(jpattern, jpattern);
COMMENT ON OPERATOR CLASS jpattern_btree_ops USING btree IS 'order of patterns';
COMMENT ON OPERATOR FAMILY jpattern_btree_ops USING btree IS 'order of patterns';

-- ----- matching -----

CREATE FUNCTION has_match(journey journey, pattern jpattern) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_has_match' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION has_match(journey, jpattern) IS
'Does the pattern match anywhere in the journey? NULL for NULL. An automaton: cost grows with the number of events times the steps they can serve, limits of time cost no backtracking. A GIN index on the journeys finds those that have the touchpoints every match needs. The named twin of ~. Example: SELECT intent.has_match(''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:05:00Z web:cart}''::intent.journey, ''view ->[<= 2 days] cart'');';

CREATE OPERATOR ~ (
	LEFTARG = journey, RIGHTARG = jpattern, FUNCTION = has_match,
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR ~ (journey, jpattern) IS 'matches the pattern';

CREATE FUNCTION match_count(journey journey, pattern jpattern) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_match_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION match_count(journey, jpattern) IS
'Number of matches that do not overlap: the one that ends first, of these the one that began last, then on with the events behind it, in a chain with those of the same instant that it did not use. The rows of matches() without an overlap. NULL for NULL. Cost as of has_match. Example: SELECT intent.match_count(''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z cart, 2026-03-02T10:00:00Z view, 2026-03-02T11:00:00Z cart}''::intent.journey, ''view -> cart'');';

CREATE FUNCTION matches(journey journey, pattern jpattern, overlap text DEFAULT 'none',
	OUT match integer, OUT started_at timestamptz, OUT ended_at timestamptz,
	OUT steps integer[], OUT events integer[], OUT times timestamptz[], OUT refs text[], OUT captures jsonb)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_matches' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200 ROWS 5;
COMMENT ON FUNCTION matches(journey, jpattern, text) IS
'One row per match in order of their ends, numbered from 1. For each event of the match, in order: the step it serves (from 1), its number n in touchpoints(journey), its time and ref; captures holds the events that the pattern names, of a name with several the last. overlap: none, matches that share no event, the earliest end first and of those the latest start; first, only the first of these; last, the match that ends last and of these began last, all that end in one instant of a chain ending together; overlapping, for each last event the latest start; all, for each first and each last event one match. Inside a match an optional step is taken where it can be, each step is the earliest event that lets the rest match. Another overlap is error 22023. No rows for NULL. Cost grows with the number of events times steps, and for overlapping and all with the lengths of the matches. Example: SELECT match, started_at, steps, captures FROM intent.matches(''{2026-03-01T10:00:00Z view, 2026-03-01T11:00:00Z cart value=20}''::intent.journey, ''view basket:=cart'');';
