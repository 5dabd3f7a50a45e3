-- Alignments against a longest common subsequence, and against has_match; every way is tried by test/core/conformance_test.c.
BEGIN;
SET search_path = public, intent;
SELECT plan(10);

\if :{?full}
	\set people 3000
\else
	\set people 200
\endif

CREATE FUNCTION pg_temp.mix(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(n::text), 1, 8))::bit(32)::bigint $$;

-- random letters, one a minute, some of them missing
CREATE TABLE word AS
SELECT person, string_agg(substr('abcdx', 1 + (pg_temp.mix(person * 100 + n) % 5)::int, 1), '' ORDER BY n) AS letters
FROM generate_series(1, :people) person, generate_series(1, 9) n
WHERE n <= pg_temp.mix(person) % 10 GROUP BY person;
CREATE TABLE walked AS
SELECT person, letters, journey_agg(timestamptz '2026-03-01Z' + n * interval '1 minute', letter) AS journey
FROM word, string_to_table(letters, NULL) WITH ORDINALITY l(letter, n) GROUP BY person, letters;

CREATE FUNCTION pg_temp.common(a text, b text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	line int[] := array_fill(0, ARRAY[length(b) + 1]);
	before int[];
BEGIN
	FOR i IN 1 .. length(a) LOOP
		before := line;
		FOR j IN 1 .. length(b) LOOP
			line[j + 1] := CASE WHEN substr(a, i, 1) = substr(b, j, 1) THEN before[j] + 1
				ELSE greatest(before[j + 1], line[j]) END;
		END LOOP;
	END LOOP;
	RETURN line[length(b) + 1];
END $$;

CREATE TABLE ideal (steps text);
INSERT INTO ideal VALUES ('abc'), ('aab'), ('dcba'), ('abcd'), ('xx'), ('a');

SELECT is_empty($$
	SELECT letters, steps FROM walked, ideal,
		LATERAL (SELECT count(*) FILTER (WHERE deviation IN ('skipped', 'out of order')) AS missed, count(*) AS all_of_them
			FROM deviations(journey, (SELECT string_agg(s, ' -> ') FROM string_to_table(steps, NULL) s)::jpattern)) d
	WHERE missed <> length(steps) - pg_temp.common(letters, steps) OR all_of_them <> missed
$$, 'as few steps are missed as a longest common subsequence leaves');

SELECT is_empty($$
	SELECT letters, steps FROM walked, ideal,
		LATERAL (SELECT count(*) FILTER (WHERE deviation IN ('skipped', 'out of order')) AS missed,
				count(*) FILTER (WHERE deviation IN ('extra', 'out of order')) AS beside
			FROM deviations(journey, (SELECT string_agg(s, ' -> ') FROM string_to_table(steps, NULL) s)::jpattern, ARRAY['*'])) d
	WHERE missed <> length(steps) - pg_temp.common(letters, steps) OR beside <> length(letters) - pg_temp.common(letters, steps)
$$, 'and with every other event extra, all the others are');

CREATE TABLE pattern (pattern jpattern);
INSERT INTO pattern VALUES ('a -> b'), ('a b'), ('a b+ c'), ('(a | b) -> c'), ('{a & b} -> d'), ('a -> !x -> b'),
	('^ a -> b'), ('a -> b $'), ('a ->[<= 2 min] b ->[<= 2 min] c'), ('a ->[>= 3 min] d'), ('a -> b? -> c within 4 min'), ('(a b){2}'),
	('a -> b -> c within 3 min'), ('.{3}');
SELECT is_empty($$
	SELECT letters, pattern, has_match(journey, pattern), fitness, deviations
	FROM walked, pattern, conformance(journey, pattern) WHERE (fitness = 1) <> has_match(journey, pattern)
$$, 'what matches fits wholly, and nothing else does');
SELECT is_empty($$
	SELECT letters, pattern, fitness, cost FROM walked, pattern, conformance(journey, pattern)
	WHERE fitness NOT BETWEEN 0 AND 1 OR (cost = 0) <> (fitness = 1) OR cost <> cardinality(deviations)
		OR cost <> (SELECT count(*) FROM deviations(journey, pattern))
$$, 'fitness is between 0 and 1, cost the number of deviations');
SELECT is_empty($$
	SELECT pattern FROM pattern, conformance('{}', pattern) WHERE fitness <> 0
$$, 'nothing that happened fits nothing');

-- ----- ties: three letters a minute, in three orders inside it -----

CREATE TABLE tied AS
SELECT person, way, journey_agg(timestamptz '2026-03-01Z' + n / 3 * interval '1 minute', NULL, letter, NULL, NULL,
	lpad(((CASE way WHEN 1 THEN n WHEN 2 THEN 9 - n ELSE n * 7 % 10 END))::text, 2, '0')) AS journey
FROM word, generate_series(1, 3) way, string_to_table(letters, NULL) WITH ORDINALITY l(letter, n) GROUP BY person, way;
CREATE TABLE chain (pattern jpattern);
INSERT INTO chain VALUES ('a -> b -> c'), ('a -> {b & b & c} -> a'), ('(a | b) -> (b | c) -> (c | d) within 2 min'), ('{a & b} -> a? -> {b & c}'),
	('a ->[>= 1 min] b ->[<= 1 min] a -> b'), ('a -> !x -> b -> !c -> d'), ('!x ->[<= 1 min] a -> b -> !x'), ('. -> a -> . -> b'), ('a -> a -> b -> b strictly');
SELECT is((SELECT count(DISTINCT pattern_kind(pattern)) FROM chain), 1::bigint, 'chains');
SELECT is_empty($$
	SELECT journey, pattern, has_match(journey, pattern), fitness, deviations
	FROM tied, (TABLE chain UNION ALL TABLE pattern) p, conformance(journey, pattern) WHERE (fitness = 1) <> has_match(journey, pattern)
$$, 'what matches fits wholly, with ties');
SELECT is_empty($$
	SELECT person, pattern::text, extra FROM tied, chain, (VALUES (NULL::text[]), (ARRAY['a', 'x']), (ARRAY['*'])) e(extra), conformance(journey, pattern, extra)
	GROUP BY person, pattern::text, extra HAVING count(DISTINCT (fitness, cost, ARRAY(SELECT d FROM unnest(deviations) d ORDER BY 1))) > 1
$$, 'the order inside an instant means nothing to a chain');

-- what the pattern does not know changes nothing
SELECT is_empty($$
	SELECT person, pattern FROM tied, chain, conformance(journey, pattern) c,
		conformance(unite(journey, '{2026-03-01T00:00:00Z other, 2026-03-01T00:01:00Z other, 2026-03-01T00:01:30Z other}'), pattern) o
	WHERE strpos(pattern::text, '.') = 0 AND (c.fitness, c.cost, c.deviations) <> (o.fitness, o.cost, o.deviations)
$$, 'events that no step and no exclusion knows may as well not be there');

-- one way a step would not do: the c that comes first leads to one that is too late for `within`
SELECT results_eq($$SELECT cost, deviations FROM conformance('{2026-03-01T07:00:00Z c, 2026-03-01T13:00:00Z a, 2026-03-01T16:00:00Z a, 2026-03-01T16:00:00Z c}',
	'(a | b) -> (b | c) -> (c | d) within 3 h')$$, $$VALUES (1, ARRAY['out of order: (b | c)'])$$, 'the cheapest way, not the latest');

SELECT * FROM finish();
ROLLBACK;
