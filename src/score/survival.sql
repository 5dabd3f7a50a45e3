-- survival: how long until it happens, when for some it has not happened yet

CREATE FUNCTION survival_add(partial, interval, boolean) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_survival_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_add(partial, interval, boolean) IS
'Transition function of survival_agg; not for direct use.';

CREATE FUNCTION survival_add(partial, interval, boolean, float8) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_survival_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_add(partial, interval, boolean, float8) IS
'Transition function of survival_agg, of weighted rows; not for direct use.';

CREATE FUNCTION survival_merge_add(partial, partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_survival_merge_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_merge_add(partial, partial) IS
'Transition function of survival_merge; not for direct use.';

-- ----- the state -----

CREATE AGGREGATE survival_agg(duration interval, happened boolean) (
	SFUNC = survival_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(interval, boolean) IS
'How long rows were watched and whether it happened then, as a value to read, keep and merge: duration is the time until it happened (true) or, where it has not, until watching ended (false, censored). Rows with a NULL are ignored; NULL if no row is left. A duration with months or that is negative is error 22023, one of more than 104249 days 22003. The same bytes whatever the order of the rows and the parts they came in. Cost of sorting. Example: SELECT s.* FROM (SELECT intent.survival_agg(duration, happened) AS state FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened)) a, intent.survival_summary(state) s;';

CREATE AGGREGATE survival_agg(duration interval, happened boolean, weight float8) (
	SFUNC = survival_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(interval, boolean, float8) IS
'As survival_agg(duration, happened), a row standing for weight rows. Weights are kept to 12 decimals; negative ones and those that are not finite are error 22003. Intervals are of as many rows of equal weight as say the same (Kish). Example: SELECT intent.survival_at(intent.survival_agg(duration, happened, 2), interval ''3 days'') FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened);';

CREATE AGGREGATE survival_merge(state partial) (
	SFUNC = survival_merge_add, STYPE = partial, COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_merge(partial) IS
'The state of all rows that several states hold: the same bytes as survival_agg over all of them. NULL states are ignored; states of another kind are error 42804. Example: SELECT intent.survival_at(intent.survival_merge(state), interval ''3 days'') FROM (SELECT intent.survival_agg(duration, happened) AS state FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened) GROUP BY happened) parts;';

-- ----- one number -----

CREATE FUNCTION survival_at(state partial, elapsed interval) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_survival_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION survival_at(partial, interval) IS
'The share for whom it has not happened by elapsed, after Kaplan and Meier (1958): the product of 1 - events / at risk over all durations up to then. NULL if nobody was watched for so long, but 0 if nobody is left. Example: SELECT intent.survival_at(intent.survival_agg(duration, happened), interval ''3 days'') FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened);';

CREATE FUNCTION survival_chance(state partial, elapsed interval, within interval) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_survival_chance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION survival_chance(partial, interval, interval) IS
'How likely it happens within the next interval to somebody for whom it has not happened by elapsed: 1 - survival_at(elapsed + within) / survival_at(elapsed). NULL if nobody was watched for so long, or nobody is left. Example: SELECT intent.survival_chance(intent.survival_agg(duration, happened), elapsed => interval ''2 days'', within => interval ''3 days'') FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened);';

CREATE FUNCTION survival_expected(state partial, elapsed interval, horizon interval) RETURNS interval
AS 'MODULE_PATHNAME', 'intent_survival_expected' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION survival_expected(partial, interval, interval) IS
'The time that is still to be expected until it happens, for somebody for whom it has not happened by elapsed, counting at most horizon (the restricted mean: without a horizon it is not known where some are censored). NULL if nobody was watched for elapsed + horizon, or nobody is left. Example: SELECT intent.survival_expected(intent.survival_agg(duration, happened), elapsed => interval ''2 days'', horizon => interval ''7 days'') FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened);';

-- ----- rows -----

CREATE FUNCTION survival_table(state partial,
	OUT elapsed interval, OUT at_risk float8, OUT events float8, OUT survival float8, OUT low float8, OUT high float8,
	OUT censored float8, OUT hazard float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_survival_table' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 100;
COMMENT ON FUNCTION survival_table(partial) IS
'The curve of Kaplan and Meier: a row for each duration at which it happened, and a last one for the longest that was watched. at_risk: weight of the rows for which it had neither happened nor watching ended before (a row censored at the same duration is at risk); events: of those for which it happened then; survival: the share for whom it has not happened by then, with its 95 % interval (Greenwood''s variance, on the scale of log(-log); NULL where survival is 1 or 0); censored: weight of the rows that ended since the row above; hazard: events / at_risk. No rows for NULL; a state of another kind is error 42804. Example: SELECT s.* FROM (SELECT intent.survival_agg(duration, happened) AS state FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened)) a, intent.survival_table(state) s;';

CREATE FUNCTION survival_summary(state partial, horizon interval DEFAULT NULL,
	OUT n bigint, OUT events bigint, OUT median interval, OUT horizon_used interval,
	OUT expected interval, OUT expected_low interval, OUT expected_high interval,
	OUT hazard float8, OUT hazard_low float8, OUT hazard_high float8, OUT status text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_survival_summary' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000 ROWS 1;
COMMENT ON FUNCTION survival_summary(partial, interval) IS
'In one row: how many rows and events; the median time until it happens (NULL while more than half have not had it); the restricted mean up to the horizon (the longest duration watched, unless given), with its 95 % interval; and the hazard up to there, in events a day of watching, with its 95 % interval (of a Poisson count, on the scale of its logarithm). status: ok; insufficient_data (fewer than 10 events); no_events; no_rows (also for NULL). What cannot be said is NULL. Example: SELECT s.* FROM (SELECT intent.survival_agg(duration, happened) AS state FROM (VALUES (interval ''2 days'', true), (''3 days'', false), (''5 days'', true), (''9 days'', false)) t(duration, happened)) a, intent.survival_summary(state, interval ''5 days'') s;';
