-- data: rows to train on and rows to judge by; twenty numbers, the label hangs on ten of them
CREATE EXTENSION intent;
-- roughly normal, and the same on every machine of one byte order
CREATE FUNCTION draw(n bigint, what int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT ((hashint8extended(n, what) & 65535) + (hashint8extended(n, what + 100) & 65535) + (hashint8extended(n, what + 200) & 65535) - 98302.5) / 32768.0
	+ (hashint8extended(n, what + 300) & 65535) * 1e-7 $$;
SELECT format($$
	CREATE UNLOGGED TABLE wide AS
	SELECT t.*, (hashint8extended(n, 77) & 16777215) / 16777216.0 < 1 / (1 + exp(1 - x1 - 0.8 * x2 + 0.6 * x3 - 0.4 * x4 - 0.3 * x5 + 0.2 * x6
		- 0.7 * abs(x7) - CASE WHEN x8 > 0.3 THEN 0.5 ELSE 0 END - 0.5 * x9 * x10)) AS y
	FROM (SELECT n, %s FROM generate_series(1::bigint, %s) n) t $$,
	string_agg(format('draw(n, %s) AS x%s', c, c), ', '), :rows + 100000) FROM generate_series(1, 20) c \gexec
CREATE TABLE judged AS SELECT * FROM wide WHERE n > :rows;
DELETE FROM wide WHERE n > :rows;
CREATE UNLOGGED TABLE scored AS SELECT x1 AS score, y AS label FROM wide;
VACUUM ANALYZE wide, judged, scored;
