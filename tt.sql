\timing on
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 0scan
SELECT count(*), sum(value) FROM events;
\echo 6explain
SELECT count(contribution) FROM journeys, explain(journey, card(), 'purchase', timestamptz '2026-01-01Z') s;
\echo 2sess
SELECT sum(session_count(journey)) FROM journeys;
\echo 4both
SELECT sum(session_count(journey)), count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 3array
SELECT count(score_array(journey, card(), timestamptz '2026-01-01Z')) FROM journeys;
\echo 5scores
SELECT sum(sessions), count(s.probability) FROM (SELECT journey, session_count(journey) AS sessions FROM journeys OFFSET 0) j, scores(journey, card(), timestamptz '2026-01-01Z') s;
\echo 1count
SELECT count(journey) FROM journeys;
\echo 7scoresonly
SELECT count(s.probability) FROM journeys, scores(journey, card(), timestamptz '2026-01-01Z') s;
