-- share interval: how far a share can be trusted

CREATE FUNCTION share_interval(k bigint, n bigint, OUT low float8, OUT high float8)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10
BEGIN ATOMIC
	-- 1.96, the normal distribution's 97.5 % quantile, in full
	SELECT CASE WHEN n > 0 THEN greatest(0, (k + z2 / 2 - root) / (n + z2)) END, CASE WHEN n > 0 THEN least(1, (k + z2 / 2 + root) / (n + z2)) END
	FROM (SELECT 3.841458820694124::float8 AS z2) z,
		LATERAL (SELECT CASE WHEN n > 0 AND k BETWEEN 0 AND n THEN sqrt(z2 * (k::float8 * (n - k) / n + z2 / 4)) END AS root) r;
END;
COMMENT ON FUNCTION share_interval(bigint, bigint) IS
'The 95 % interval of the share of k in n after Wilson (1927), which is right for small n and for shares near 0 and 1, too. NULLs if n is 0 or k is not from 0 to n. Example: SELECT * FROM intent.share_interval(3, 10);';
