-- journeys: everybody's journey in one pass over a table or a query

-- columns are given as text: of type name, their collation "C" would become that of a text person
CREATE FUNCTION journeys(key anyelement, relation regclass, person text, occurred_at text, event text,
	channel text DEFAULT NULL, value text DEFAULT NULL, recorded_at text DEFAULT NULL, ref text DEFAULT NULL,
	condition text DEFAULT NULL)
RETURNS TABLE(person anyelement, journey journey)
AS 'MODULE_PATHNAME', 'intent_journeys' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION journeys(anyelement, regclass, text, text, text, text, text, text, text, text) IS
'The journey of every person of a table, view or foreign table, in one pass: the same bytes as journey_agg under GROUP BY, at a fraction of its cost. `key` is only there for its type, which is the person''s: null::bigint, null::uuid, null::text, or integer, smallint, varchar or a domain of these. The others name columns: person, occurred_at (timestamptz), event (text), and if there are, channel (text), value (a number), recorded_at (timestamptz) and ref (text, uuid or an integer). `condition` is one expression over the relation, as behind WHERE. Runs with the caller''s rights and row policies, in the snapshot of the statement. Rows without person (NULL or an empty text), occurred_at or event are ignored; texts are told apart by their bytes. NULL for relation, person, occurred_at or event is error 22004, a wrong type 42804, before the first row. Cost grows with the number of rows; least if they come in order of time. Memory: about 100 bytes a person and 8 an event, up to intent.build_mem (default: work_mem times hash_mem_multiplier), then temporary files; beside that each different touchpoint is kept once, and the rows of one person are unpacked at 48 bytes an event. The result is stored before it is read, as that of any function. Example: SELECT intent.event_count(journey), intent.variant(journey) FROM intent.journeys(null::integer, ''pg_catalog.pg_stat_activity'', ''pid'', ''backend_start'', ''backend_type'', condition => ''pid = pg_backend_pid()'');';

CREATE FUNCTION journeys(key anyelement, query text)
RETURNS TABLE(person anyelement, journey journey)
AS 'MODULE_PATHNAME', 'intent_journeys_query' LANGUAGE C STABLE PARALLEL RESTRICTED COST 100000 ROWS 10000;
COMMENT ON FUNCTION journeys(anyelement, text) IS
'As journeys over a table, for the rows of a query, whose columns are found by name: person, occurred_at, event and, if it has them, channel, value, recorded_at, ref. The query must be one SELECT that modifies and locks nothing. Example: SELECT person, journey FROM intent.journeys(null::bigint, ''SELECT 7 AS person, timestamptz ''''2026-03-01 10:00Z'''' AS occurred_at, ''''view'''' AS event, ''''web'''' AS channel'');';

CREATE FUNCTION journeys_stats(OUT people bigint, OUT events bigint, OUT ignored bigint, OUT out_of_order bigint,
	OUT memory_bytes bigint, OUT spilled_bytes bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_journeys_stats' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1 ROWS 1;
COMMENT ON FUNCTION journeys_stats() IS
'What the last call of journeys() in this session did: journeys made, events in them, rows ignored, rows that came before their time, most memory taken, bytes written to temporary files. No row if there was none. `SET intent."verbose" = on` says the same in a NOTICE. Example: SELECT people, events, ignored FROM intent.journeys_stats() WHERE false;';
