-- Alignments against a longest common subsequence, and against has_match.
BEGIN;
SET search_path = public, intent;
SELECT plan(5);

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

SELECT * FROM finish();
ROLLBACK;
