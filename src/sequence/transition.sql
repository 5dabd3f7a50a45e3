-- transition: which touchpoint followed which, as one mergeable value

CREATE TYPE transition_graph;

CREATE FUNCTION transition_graph_in(cstring) RETURNS transition_graph
AS 'MODULE_PATHNAME', 'intent_transition_graph_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION transition_graph_in(cstring) IS 'Text input of transition_graph.';

CREATE FUNCTION transition_graph_out(transition_graph) RETURNS cstring
AS 'MODULE_PATHNAME', 'intent_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION transition_graph_out(transition_graph) IS 'Text output of transition_graph: its bytes as hexadecimal digits.';

CREATE FUNCTION transition_graph_recv(internal) RETURNS transition_graph
AS 'MODULE_PATHNAME', 'intent_transition_graph_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION transition_graph_recv(internal) IS 'Binary input of transition_graph.';

CREATE FUNCTION transition_graph_send(transition_graph) RETURNS bytea
AS 'MODULE_PATHNAME', 'intent_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION transition_graph_send(transition_graph) IS 'Binary output of transition_graph: the bytes as they are stored.';

CREATE TYPE transition_graph (
	INPUT = transition_graph_in, OUTPUT = transition_graph_out,
	RECEIVE = transition_graph_recv, SEND = transition_graph_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE transition_graph IS
'Which touchpoint followed which in many journeys, how often, in how many of them and after what times: what transitions gives. The same journeys give the same bytes, whatever their order, split and merging. Its text form is \x and hexadecimal digits; edges shows it as rows. Example: SELECT source, target, n FROM intent.edges(''\x0100010377656204766965770280c8ceb40d0103000301010003010101000003010101ba0701''::intent.transition_graph);';

CREATE FUNCTION transitions_add(graph transition_graph, journey journey) RETURNS transition_graph
AS 'MODULE_PATHNAME', 'intent_transitions_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION transitions_add(transition_graph, journey) IS
'The graph with one more journey counted; graph NULL is an empty one. The transition function of transitions(journey). Example: SELECT intent.edges(intent.transitions_add(NULL, ''{2026-03-01T10:00:00Z web:view}''));';

CREATE FUNCTION transitions_add(graph transition_graph, journey journey, gap interval) RETURNS transition_graph
AS 'MODULE_PATHNAME', 'intent_transitions_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION transitions_add(transition_graph, journey, interval) IS
'The graph with one more journey counted, broken where it pauses longer than gap; graph NULL is an empty one. The transition function of transitions(journey, interval). Example: SELECT intent.edges(intent.transitions_add(NULL, ''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z web:view}'', ''30 minutes''));';

CREATE FUNCTION unite(a transition_graph, b transition_graph) RETURNS transition_graph
AS 'MODULE_PATHNAME', 'intent_transition_merge' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION unite(transition_graph, transition_graph) IS
'The journeys of both graphs counted together; NULL adds nothing. Commutative and associative. Graphs of different gaps are error 22023. Example: SELECT intent.unite(intent.transitions_add(NULL, ''{2026-03-01T10:00:00Z web:view}''), intent.transitions_add(NULL, ''{2026-03-01T10:00:00Z web:cart}''))::text;';

CREATE AGGREGATE transitions(journey journey) (
	SFUNC = transitions_add, STYPE = transition_graph, SSPACE = 100000,
	COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE transitions(journey) IS
'Counts over all journeys which touchpoint directly follows which (the directly-follows graph), with (start) before the first and (end) behind the last. NULL and empty journeys add nothing; NULL if there is no journey. Cost grows with the number of events: some 30 ns each. Example: SELECT source, target, n, people, p50 FROM intent.edges((SELECT intent.transitions(j) FROM (VALUES (''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart}''::intent.journey), (''{2026-03-01T11:00:00Z web:view}'')) t(j)));';

CREATE AGGREGATE transitions(journey journey, gap interval) (
	SFUNC = transitions_add, STYPE = transition_graph, SSPACE = 100000,
	COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE transitions(journey, interval) IS
'As transitions(journey), with journeys broken where more than gap passes between two events: the event before the pause leads to (drop-off), with the pause as its time, and the one behind it comes from (start) again; (end) is where a journey ends for good. So (start) has as many ways out as (drop-off) and (end) have in. A gap of exactly the limit is no pause. Months and years, negative, NULL and different gaps are errors. Example: SELECT source, target, n, p50 FROM intent.edges((SELECT intent.transitions(j, ''30 minutes'') FROM (VALUES (''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart, 2026-03-03T10:05:00Z web:cart}''::intent.journey)) t(j)));';

CREATE AGGREGATE transition_merge(graph transition_graph) (
	SFUNC = unite, STYPE = transition_graph, SSPACE = 100000,
	COMBINEFUNC = unite, PARALLEL = SAFE
);
COMMENT ON AGGREGATE transition_merge(transition_graph) IS
'The journeys of all graphs counted together: the same bytes as transitions over all of them; one person''s journey counts once for each graph it is in. NULL graphs are ignored; NULL if there is no other. Graphs of different gaps are error 22023. Example: SELECT intent.transition_merge(g)::text FROM (VALUES (intent.transitions_add(NULL, ''{2026-03-01T10:00:00Z web:view}'')), (NULL)) t(g);';

CREATE FUNCTION edges(graph transition_graph,
	OUT source text, OUT target text, OUT n bigint, OUT people bigint, OUT p50 float8, OUT p90 float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_edges' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION edges(transition_graph) IS
'One row per pair of nodes that followed each other, as a Sankey diagram takes them: how often, in how many journeys, and the times in seconds that 50 % and 90 % of them did not exceed. Nodes are touchpoint texts and (start), (end), (drop-off); times are NULL from (start) and to (end), and to (drop-off) they are the pause. A time is the middle of a bucket and within 0.8 % of the exact one (times below 128 microseconds are exact): the buckets are fixed, so merged graphs give the same as whole ones. Ordered by nodes, special ones first. Example: SELECT source, target, n, people, p50, p90 FROM intent.edges(intent.transitions_add(NULL, ''{2026-03-01T10:00:00Z web:view, 2026-03-01T10:05:00Z web:cart}''));';

CREATE FUNCTION journey_count(graph transition_graph) RETURNS bigint
AS 'MODULE_PATHNAME', 'intent_transition_journeys' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION journey_count(transition_graph) IS
'How many journeys the graph has counted, empty ones left out: what people of an edge is a part of. Example: SELECT intent.journey_count(intent.transitions_add(NULL, ''{2026-03-01T10:00:00Z web:view}''));';
