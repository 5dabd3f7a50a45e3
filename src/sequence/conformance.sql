-- conformance: how far journeys are from the one that was meant

CREATE FUNCTION conformance(journey journey, ideal jpattern, extra text[] DEFAULT NULL,
	OUT fitness float8, OUT cost integer, OUT deviations text[])
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_conformance' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 200 ROWS 1;
COMMENT ON FUNCTION conformance(journey, jpattern, text[]) IS
'One row: how well the journey fits an ideal one. The journey is aligned with the pattern so that the fewest steps are skipped and the fewest events are extra, and among such alignments the fewest limits of time broken; `cost` is the number of deviations left, `deviations` names them in order: "skipped: step", "extra: touchpoint", "out of order: step" (skipped in its place, come at another), "too late: step", "too early: step" ("too late" alone: later than `within`). Fitness is 1 if there is none, which a journey that matches the pattern has; 0 if nothing fits; else 1 - cost / (steps of the shortest way, and events that could be extra). An event is extra where the pattern wants its next event immediately, where it excludes the event, and if it matches one of the touchpoint texts of `extra` anywhere: ARRAY[''*''] counts every event beside the ideal. A NULL journey is an empty one; no row for a NULL pattern. Cost grows with events times places of the pattern; more than 2^25 together is error 54000. Method: alignments of process mining (Adriansyah 2014), on the automaton of the pattern. Example: SELECT fitness, cost, deviations FROM intent.conformance(''{2026-03-01T10:00:00Z view, 2026-03-09T11:00:00Z purchase}''::intent.journey, ''view -> cart -> purchase within 7 days'');';

CREATE FUNCTION deviations(journey journey, ideal jpattern, extra text[] DEFAULT NULL,
	OUT deviation text, OUT step text, OUT n integer, OUT touchpoint text, OUT occurred_at timestamptz, OUT waited interval)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_deviations' LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 200 ROWS 3;
COMMENT ON FUNCTION deviations(journey, jpattern, text[]) IS
'The deviations that conformance counts, one row each in order of the alignment: what it is (skipped, extra, out of order, too late, too early), the step of the pattern, the event (number from 1, touchpoint, time) and, for limits of time, how long it was since the step before. Group them over people to see what is lost where. NULL rules, cost and method as of conformance. Example: SELECT deviation, step, touchpoint, waited FROM intent.deviations(''{2026-03-01T10:00:00Z view, 2026-03-03T11:00:00Z cart, 2026-03-03T11:30:00Z purchase}''::intent.journey, ''view ->[<= 1 day] cart -> pay -> purchase'');';
