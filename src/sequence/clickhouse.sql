-- clickhouse: aggregates over rows, called as ClickHouse's
--
-- Conditions are VARIADIC "any", each a boolean: as boolean[] they would cost an array for each row.

-- ----- the shared state -----

CREATE FUNCTION sequence_rows_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_sequence_rows_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_rows_combine(internal, internal) IS
'Combine function of window_funnel and the aggregates sequence_match, sequence_count and sequence_match_events; not for direct use.';

CREATE FUNCTION sequence_rows_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_sequence_rows_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sequence_rows_serialize(internal) IS
'Serialisation function of window_funnel and the aggregates sequence_match, sequence_count and sequence_match_events; not for direct use.';

CREATE FUNCTION sequence_rows_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_sequence_rows_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sequence_rows_deserialize(bytea, internal) IS
'Deserialisation function of window_funnel and the aggregates sequence_match, sequence_count and sequence_match_events; not for direct use.';

-- ----- window_funnel -----

CREATE FUNCTION window_funnel_add(internal, bigint, text, bigint, VARIADIC "any") RETURNS internal
AS 'MODULE_PATHNAME', 'intent_window_funnel_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION window_funnel_add(internal, bigint, text, bigint, VARIADIC "any") IS
'Transition function of window_funnel; not for direct use.';

CREATE FUNCTION window_funnel_add(internal, interval, text, timestamptz, VARIADIC "any") RETURNS internal
AS 'MODULE_PATHNAME', 'intent_window_funnel_add_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION window_funnel_add(internal, interval, text, timestamptz, VARIADIC "any") IS
'Transition function of window_funnel over timestamptz; not for direct use.';

CREATE FUNCTION window_funnel_final(internal) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_window_funnel_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION window_funnel_final(internal) IS
'Final function of window_funnel; not for direct use.';

CREATE AGGREGATE window_funnel(window_size bigint, mode text, ts bigint, VARIADIC conditions "any") (
	SFUNC = window_funnel_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = window_funnel_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE window_funnel(bigint, text, bigint, VARIADIC "any") IS
'How many of the conditions, booleans, the rows of a group meet in their order, from the first one on within window_size (inclusive, in the unit of ts): the same as ClickHouse''s windowFunnel(window_size, mode)(ts, conditions). mode is '''' or, separated by commas, some of strict_deduplication (a condition met again ends the search), strict_order (so does a row that meets no condition or one out of order), strict_increase (ts must grow from step to step), strict_once (a row serves one step), allow_reentry (with strict_order: conditions out of order are ignored). Needs no ORDER BY; rows of one ts count in the order of the conditions they meet. A NULL condition is not met; rows without ts are ignored; 0 if there is no row. At most 60 conditions (error 54023); a negative or changing window_size, an unknown or changing mode is error 22023. docs/clickhouse.md tells where its answer is not the true maximum. Cost grows with the number of rows, by n log n only if they come out of order. Example: SELECT intent.window_funnel(3600, '''', ts, event = ''view'', event = ''cart'', event = ''purchase'') FROM (VALUES (100, ''view''), (200, ''cart''), (9000, ''purchase'')) e(ts, event);';

CREATE AGGREGATE window_funnel(window_size interval, mode text, occurred_at timestamptz, VARIADIC conditions "any") (
	SFUNC = window_funnel_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = window_funnel_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE window_funnel(interval, text, timestamptz, VARIADIC "any") IS
'As window_funnel over numbers, for times: window_size is an interval without months (error 22023), infinite times are error 22023. Example: SELECT intent.window_funnel(''1 hour'', ''strict_increase'', occurred_at, event = ''view'', event = ''cart'') FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''view''), (''2026-03-01 10:30Z'', ''cart'')) e(occurred_at, event);';

-- ----- window_funnel with the names of the steps -----

CREATE FUNCTION window_funnel_add(internal, bigint, text, bigint, text, text[]) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_window_funnel_add_named' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION window_funnel_add(internal, bigint, text, bigint, text, text[]) IS
'Transition function of window_funnel with the names of the steps; not for direct use.';

CREATE FUNCTION window_funnel_add(internal, interval, text, timestamptz, text, text[]) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_window_funnel_add_named_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION window_funnel_add(internal, interval, text, timestamptz, text, text[]) IS
'Transition function of window_funnel over timestamptz with the names of the steps; not for direct use.';

CREATE AGGREGATE window_funnel(window_size bigint, mode text, ts bigint, event text, steps text[]) (
	SFUNC = window_funnel_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = window_funnel_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE window_funnel(bigint, text, bigint, text, text[]) IS
'As window_funnel over conditions, condition i being that event is the i-th of the steps: cheaper, where comparing texts is most of the cost. Names are compared by their bytes; a name that is twice among the steps meets both, a NULL one nothing, nor does a NULL event. NULL steps are error 22004, more than 60 are 54023; all else as there. Example: SELECT intent.window_funnel(3600, '''', ts, event, ARRAY[''view'', ''cart'', ''purchase'']) FROM (VALUES (100, ''view''), (200, ''cart''), (9000, ''purchase'')) e(ts, event);';

CREATE AGGREGATE window_funnel(window_size interval, mode text, occurred_at timestamptz, event text, steps text[]) (
	SFUNC = window_funnel_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = window_funnel_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE window_funnel(interval, text, timestamptz, text, text[]) IS
'As window_funnel over numbers with the names of the steps, for times. Example: SELECT intent.window_funnel(''1 hour'', '''', occurred_at, event, ARRAY[''view'', ''cart'']) FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''view''), (''2026-03-01 10:30Z'', ''cart'')) e(occurred_at, event);';

-- ----- sequence_match, sequence_count, sequence_match_events -----

CREATE FUNCTION sequence_add(internal, text, bigint, VARIADIC "any") RETURNS internal
AS 'MODULE_PATHNAME', 'intent_sequence_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_add(internal, text, bigint, VARIADIC "any") IS
'Transition function of sequence_match, sequence_count and sequence_match_events; not for direct use.';

CREATE FUNCTION sequence_add(internal, text, timestamptz, VARIADIC "any") RETURNS internal
AS 'MODULE_PATHNAME', 'intent_sequence_add_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_add(internal, text, timestamptz, VARIADIC "any") IS
'Transition function of sequence_match, sequence_count and sequence_match_events over timestamptz; not for direct use.';

CREATE FUNCTION sequence_match_final(internal) RETURNS boolean
AS 'MODULE_PATHNAME', 'intent_sequence_match_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_match_final(internal) IS
'Final function of sequence_match; not for direct use.';

CREATE FUNCTION sequence_count_final(internal) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_sequence_count_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_count_final(internal) IS
'Final function of sequence_count; not for direct use.';

CREATE FUNCTION sequence_match_events_final(internal) RETURNS bigint[]
AS 'MODULE_PATHNAME', 'intent_sequence_match_events_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_match_events_final(internal) IS
'Final function of sequence_match_events; not for direct use.';

CREATE FUNCTION sequence_match_events_final_time(internal) RETURNS timestamptz[]
AS 'MODULE_PATHNAME', 'intent_sequence_match_events_final_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_match_events_final_time(internal) IS
'Final function of sequence_match_events over timestamptz; not for direct use.';

CREATE AGGREGATE sequence_match(pattern text, ts bigint, VARIADIC conditions "any") (
	SFUNC = sequence_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = sequence_match_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_match(text, bigint, VARIADIC "any") IS
'Do the rows of a group match the pattern? The same as ClickHouse''s sequenceMatch(pattern)(ts, conditions), without its limit of a million tries. A pattern is a chain of (?1), a row that meets condition 1; . for any row; .* for any rows; (?t<=10), the time between the steps around it, also with <, >, >= and ==, in the unit of ts. Steps without .* or a time between them are neighbours. Only rows that meet some condition count; rows of one ts stand in the order of the conditions they meet, which ClickHouse leaves open. A NULL condition is not met; rows without ts are ignored; false if there is no row. A malformed pattern is error 42601, a condition that is not given or a changing pattern 22023. Cost grows with rows times steps. Example: SELECT intent.sequence_match(''(?1).*(?2)'', ts, event = ''view'', event = ''purchase'') FROM (VALUES (1, ''view''), (2, ''cart''), (3, ''view''), (4, ''purchase'')) e(ts, event);';

CREATE AGGREGATE sequence_match(pattern text, occurred_at timestamptz, VARIADIC conditions "any") (
	SFUNC = sequence_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = sequence_match_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_match(text, timestamptz, VARIADIC "any") IS
'As sequence_match over numbers, for times: those of the pattern are in seconds. Example: SELECT intent.sequence_match(''(?1)(?t<=1800)(?2)'', occurred_at, event = ''view'', event = ''purchase'') FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''view''), (''2026-03-01 10:20Z'', ''cart''), (''2026-03-01 10:30Z'', ''view''), (''2026-03-01 10:31Z'', ''purchase'')) e(occurred_at, event);';

CREATE AGGREGATE sequence_count(pattern text, ts bigint, VARIADIC conditions "any") (
	SFUNC = sequence_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = sequence_count_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_count(text, bigint, VARIADIC "any") IS
'How often the rows of a group match the pattern of sequence_match, each match beginning behind the one before: the same as ClickHouse''s sequenceCount(pattern)(ts, conditions), without its limit of a million tries. 0 if there is no row. Memory grows with rows times steps. Example: SELECT intent.sequence_count(''(?1)'', ts, event = ''view'', event = ''purchase'') FROM (VALUES (1, ''view''), (2, ''cart''), (3, ''view''), (4, ''purchase'')) e(ts, event);';

CREATE AGGREGATE sequence_count(pattern text, occurred_at timestamptz, VARIADIC conditions "any") (
	SFUNC = sequence_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = sequence_count_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_count(text, timestamptz, VARIADIC "any") IS
'As sequence_count over numbers, for times: those of the pattern are in seconds. Example: SELECT intent.sequence_count(''(?1)(?t<=1800)(?2)'', occurred_at, event = ''view'', event = ''purchase'') FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''view''), (''2026-03-01 10:20Z'', ''cart''), (''2026-03-01 10:30Z'', ''view''), (''2026-03-01 10:31Z'', ''purchase'')) e(occurred_at, event);';

CREATE AGGREGATE sequence_match_events(pattern text, ts bigint, VARIADIC conditions "any") (
	SFUNC = sequence_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = sequence_match_events_final, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_match_events(text, bigint, VARIADIC "any") IS
'The ts of the rows that meet the conditions of the pattern of sequence_match or, where it does not match, of as much of its beginning as does: the same as ClickHouse''s sequenceMatchEvents(pattern)(ts, conditions), as corrected in September 2026. Empty if nothing matches. Example: SELECT intent.sequence_match_events(''(?1)(?2).*(?3)'', ts, event = ''view'', event = ''cart'', event = ''purchase'') FROM (VALUES (1, ''view''), (2, ''cart''), (3, ''view''), (4, ''purchase'')) e(ts, event);';

CREATE AGGREGATE sequence_match_events(pattern text, occurred_at timestamptz, VARIADIC conditions "any") (
	SFUNC = sequence_add, STYPE = internal, SSPACE = 160,
	FINALFUNC = sequence_match_events_final_time, COMBINEFUNC = sequence_rows_combine,
	SERIALFUNC = sequence_rows_serialize, DESERIALFUNC = sequence_rows_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_match_events(text, timestamptz, VARIADIC "any") IS
'As sequence_match_events over numbers, for times: those of the pattern are in seconds. Example: SELECT intent.sequence_match_events(''(?1)(?t>60)(?2)'', occurred_at, event = ''view'', event = ''cart'') FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''view''), (''2026-03-01 10:20Z'', ''cart''), (''2026-03-01 10:30Z'', ''view''), (''2026-03-01 10:31Z'', ''purchase'')) e(occurred_at, event);';

-- ----- sequence_next_node -----

CREATE FUNCTION sequence_next_node_add(internal, text, text, bigint, text, boolean, VARIADIC "any") RETURNS internal
AS 'MODULE_PATHNAME', 'intent_next_node_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_add(internal, text, text, bigint, text, boolean, VARIADIC "any") IS
'Transition function of sequence_next_node; not for direct use.';

CREATE FUNCTION sequence_next_node_add(internal, text, text, timestamptz, text, boolean, VARIADIC "any") RETURNS internal
AS 'MODULE_PATHNAME', 'intent_next_node_add_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_add(internal, text, text, timestamptz, text, boolean, VARIADIC "any") IS
'Transition function of sequence_next_node over timestamptz; not for direct use.';

CREATE FUNCTION sequence_next_node_add(internal, text, text, bigint, text, boolean) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_next_node_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_add(internal, text, text, bigint, text, boolean) IS
'Transition function of sequence_next_node without conditions; not for direct use.';

CREATE FUNCTION sequence_next_node_add(internal, text, text, timestamptz, text, boolean) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_next_node_add_time' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_add(internal, text, text, timestamptz, text, boolean) IS
'Transition function of sequence_next_node over timestamptz without conditions; not for direct use.';

CREATE FUNCTION sequence_next_node_final(internal) RETURNS text
AS 'MODULE_PATHNAME', 'intent_next_node_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_final(internal) IS
'Final function of sequence_next_node; not for direct use.';

CREATE FUNCTION sequence_next_node_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_next_node_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_combine(internal, internal) IS
'Combine function of sequence_next_node; not for direct use.';

CREATE FUNCTION sequence_next_node_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_next_node_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_serialize(internal) IS
'Serialisation function of sequence_next_node; not for direct use.';

CREATE FUNCTION sequence_next_node_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'intent_next_node_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sequence_next_node_deserialize(bytea, internal) IS
'Deserialisation function of sequence_next_node; not for direct use.';

CREATE AGGREGATE sequence_next_node(direction text, base text, ts bigint, node text, base_condition boolean, VARIADIC conditions "any") (
	SFUNC = sequence_next_node_add, STYPE = internal, SSPACE = 600,
	FINALFUNC = sequence_next_node_final, COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serialize, DESERIALFUNC = sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, bigint, text, boolean, VARIADIC "any") IS
'The node of the row that follows a chain of rows: the same as ClickHouse''s sequenceNextNode(direction, base)(ts, node, base_condition, conditions). All rows stand in order of ts, those of one ts in order of the bytes of node. The chain begins at a row that meets base_condition: with base head the first row, tail the last one, first_match the first and last_match the last row that meets condition 1. Its rows are neighbours and meet the conditions one after the other, forward or backward in time. NULL if there is no such chain, or nothing beside it. A NULL condition is not met; rows without ts or node are ignored. Other directions and bases, head with backward and tail with forward are error 22023. Cost grows with n log n. Example: SELECT intent.sequence_next_node(''forward'', ''head'', ts, page, page = ''home'', page = ''home'', page = ''search'') FROM (VALUES (1, ''home''), (2, ''search''), (3, ''product'')) e(ts, page);';

CREATE AGGREGATE sequence_next_node(direction text, base text, occurred_at timestamptz, node text, base_condition boolean, VARIADIC conditions "any") (
	SFUNC = sequence_next_node_add, STYPE = internal, SSPACE = 600,
	FINALFUNC = sequence_next_node_final, COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serialize, DESERIALFUNC = sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, timestamptz, text, boolean, VARIADIC "any") IS
'As sequence_next_node over numbers, for times. Example: SELECT intent.sequence_next_node(''backward'', ''last_match'', occurred_at, page, true, page = ''purchase'') FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''cart''), (''2026-03-01 10:05Z'', ''purchase'')) e(occurred_at, page);';

CREATE AGGREGATE sequence_next_node(direction text, base text, ts bigint, node text, base_condition boolean) (
	SFUNC = sequence_next_node_add, STYPE = internal, SSPACE = 600,
	FINALFUNC = sequence_next_node_final, COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serialize, DESERIALFUNC = sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, bigint, text, boolean) IS
'The first node (head) or the last one (tail) of a group, if it meets base_condition: sequence_next_node without conditions. Example: SELECT intent.sequence_next_node(''forward'', ''head'', ts, page, page = ''home'') FROM (VALUES (1, ''home''), (2, ''search'')) e(ts, page);';

CREATE AGGREGATE sequence_next_node(direction text, base text, occurred_at timestamptz, node text, base_condition boolean) (
	SFUNC = sequence_next_node_add, STYPE = internal, SSPACE = 600,
	FINALFUNC = sequence_next_node_final, COMBINEFUNC = sequence_next_node_combine,
	SERIALFUNC = sequence_next_node_serialize, DESERIALFUNC = sequence_next_node_deserialize,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sequence_next_node(text, text, timestamptz, text, boolean) IS
'As sequence_next_node without conditions over numbers, for times. Example: SELECT intent.sequence_next_node(''backward'', ''tail'', occurred_at, page, true) FROM (VALUES (timestamptz ''2026-03-01 10:00Z'', ''cart''), (''2026-03-01 10:05Z'', ''purchase'')) e(occurred_at, page);';

-- ----- retention -----

CREATE FUNCTION retention_add(bigint, VARIADIC "any") RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_retention_add' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_add(bigint, VARIADIC "any") IS
'Transition function of retention; not for direct use.';

CREATE FUNCTION retention_unite(bigint, bigint) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_retention_unite' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_unite(bigint, bigint) IS
'Combine function of retention; not for direct use.';

CREATE FUNCTION retention_final(bigint, VARIADIC "any") RETURNS integer[]
AS 'MODULE_PATHNAME', 'intent_retention_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_final(bigint, VARIADIC "any") IS
'Final function of retention; not for direct use.';

CREATE AGGREGATE retention(VARIADIC conditions "any") (
	SFUNC = retention_add, STYPE = bigint,
	FINALFUNC = retention_final, FINALFUNC_EXTRA, COMBINEFUNC = retention_unite,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention(VARIADIC "any") IS
'For each condition, a boolean: 1 if some row of the group meets it and some row meets the first one, else 0. The same as ClickHouse''s retention(conditions). A NULL condition is not met; all 0 if there is no row. At most 60 conditions (error 54023). retention_agg counts cohorts by calendar periods. Example: SELECT intent.retention(day = ''2026-03-01'', day = ''2026-03-02'', day = ''2026-03-03'') FROM (VALUES (date ''2026-03-01''), (''2026-03-03'')) v(day);';
