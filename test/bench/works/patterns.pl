# Sessions, funnels and patterns with limits of time, for everybody, over stored journeys; and one very long journey.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

# The ways in plain SQL: who reached which step; and who matched, from the last good event before.
my $FUNNEL = <<~'SQL';
	WITH s1 AS (SELECT person, min(occurred_at) AS at FROM events WHERE event = 'view' GROUP BY person),
	s2 AS (SELECT person, min(occurred_at) AS at FROM events JOIN s1 USING (person) WHERE event = 'cart' AND occurred_at >= at GROUP BY person),
	s3 AS (SELECT person, min(occurred_at) AS at FROM events JOIN s2 USING (person) WHERE event = 'checkout' AND occurred_at >= at GROUP BY person),
	s4 AS (SELECT person, min(occurred_at) AS at FROM events JOIN s3 USING (person) WHERE event = 'purchase' AND occurred_at >= at GROUP BY person)
	SELECT person, count(*) AS level
	FROM (SELECT person FROM s1 UNION ALL SELECT person FROM s2 UNION ALL SELECT person FROM s3 UNION ALL SELECT person FROM s4) s GROUP BY person
	SQL
my $GATED = <<~'SQL';
	SELECT DISTINCT person
	FROM (SELECT person, event, occurred_at, max(CASE WHEN good THEN occurred_at END) OVER w AS last_good
		FROM (SELECT person, event, occurred_at,
				event = 'cart' AND occurred_at - max(CASE WHEN event = 'view' THEN occurred_at END) OVER w <= interval '1 day' AS good
			FROM events WINDOW w AS (PARTITION BY person ORDER BY occurred_at)) s
		WINDOW w AS (PARTITION BY person ORDER BY occurred_at)) s
	WHERE event = 'purchase' AND occurred_at - last_good <= interval '7 days'
	SQL
my $SESSIONS = <<~'SQL';
	SELECT person, count(*) FILTER (WHERE pause IS NULL OR pause > interval '30 minutes') AS sessions
	FROM (SELECT person, occurred_at - lag(occurred_at) OVER (PARTITION BY person ORDER BY occurred_at) AS pause FROM events) s GROUP BY person
	SQL

sub patterns
{
	my $steps = q{'view -> cart -> checkout -> purchase'};
	my $gates = q{'view ->[<= 1 day] cart ->[<= 7 days] purchase'};
	my $level = "SELECT sum(funnel_level(journey, $steps)) FROM journeys";
	my $match = "SELECT count(*) FROM journeys WHERE journey ~ $gates";
	my $sessions = 'SELECT sum(session_count(journey)) FROM journeys';

	my $different = $session->query(<<~SQL);
		SELECT (SELECT count(*) FROM ($FUNNEL) e FULL JOIN (SELECT person, funnel_level(journey, $steps) AS level FROM journeys) o USING (person)
				WHERE coalesce(e.level, 0) <> o.level)
			+ (SELECT count(*) FROM ($GATED) e FULL JOIN (SELECT person FROM journeys WHERE journey ~ $gates) o USING (person)
				WHERE e.person IS NULL OR o.person IS NULL)
			+ (SELECT count(*) FROM ($SESSIONS) e FULL JOIN (SELECT person, session_count(journey) AS sessions FROM journeys) o USING (person)
				WHERE e.sessions IS DISTINCT FROM o.sessions)
		SQL
	die "bench: of $different people the patterns and plain SQL say different things\n" if $different != 0;

	my ($scan, $session_time, $level_time, $match_time, $window, $report) = $session->alternate($option{rounds}, [ $THE_SCAN, $sessions, $level, $match,
		q{SELECT count(*) FROM journeys WHERE journey ~ 'view ->[<= 1 day] cart ->[>= 10 min, <= 7 days] purchase -> call:* within 14 days'},
		"SELECT count(*) FROM funnel_report((SELECT funnel_agg(journey, $steps) FROM journeys))" ]);
	ratio_row('`session_count`', '`count(*), sum(value)` of the events', 0.25, $session_time, $scan);
	ratio_row('`funnel_level` of 4 steps', '`count(*), sum(value)` of the events', 0.35, $level_time, $scan);
	ratio_row('`~` with limits of time', '`count(*), sum(value)` of the events', 0.4, $match_time, $scan);
	ratio_row('`~` with limits of time, least ones, and a window', '`count(*), sum(value)` of the events', 0.4, $window, $scan);
	ratio_row('`funnel_agg` of 4 steps and its report', '`count(*), sum(value)` of the events', undef, $report, $scan);

	my ($level_again, $by_joins, $match_again, $by_windows, $sessions_again, $by_lag) = $session->alternate($option{rounds},
		[ $level, "SELECT sum(level) FROM ($FUNNEL) e", $match, "SELECT count(*) FROM ($GATED) e", $sessions, "SELECT sum(sessions) FROM ($SESSIONS) e" ]);
	gain_row('`session_count`', 'window functions on the events', 20, $sessions_again, $by_lag);
	gain_row('`funnel_level` of 4 steps', 'joins of the events', 20, $level_again, $by_joins);
	gain_row('`~` with limits of time', 'window functions on the events', 20, $match_again, $by_windows);
	parallel('`funnel_level` of 4 steps', '`count(*), sum(value)`', $level, $THE_SCAN);
	very_long();
	return;
}

# A million events of one person, a limit of time at every step, and no match until the end: where trying in turn never ends.
sub very_long
{
	$session->query(<<~'SQL');
		CREATE TABLE very_long AS
		SELECT journey_agg(timestamptz '2026-01-01Z' + i * interval '1 s', CASE WHEN i = 1000000 THEN 'd' ELSE substr('aabc', 1 + i % 4, 1) END) AS journey
		FROM generate_series(1, 1000000) i
		SQL
	my @ways = (
		[ 'a match', "has_match(journey, 'a ->[>= 1 min, <= 1 hour] b ->[>= 1 min, <= 1 hour] c ->[<= 2 s] d within 1 day')" ],
		[ 'repetitions', "has_match(journey, '(a ->[<= 10 s] b | a ->[<= 1 hour] c)+ ->[>= 30 min, <= 1 hour] d')" ],
		[ 'all matches', "match_count(journey, 'a ->[<= 1 min] b ->[>= 2 s, <= 1 min] c within 5 min')" ]);
	my @times = $session->alternate($option{rounds}, [ map { "SELECT $_->[1] FROM very_long" } @ways ]);

	for my $i (0 .. $#ways)
	{
		my $seconds = $times[$i]{cpu} / 1e9;

		row("$ways[$i][0] with limits of time in 1,000,000 events of one person", 'seconds of CPU', '≤ 1',
			Bench::number($seconds), Bench::number($times[$i]{wall} / 1e9), '', holds($seconds <= 1));
	}
	return;
}

1;
