# What follows what, for everybody, over stored journeys.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub transitions
{
	my $ours = 'SELECT sum(n), sum(people) FROM edges((SELECT transitions(journey) FROM journeys))';
	my $expert = <<~'SQL';
		SELECT source, target, count(*) AS n, count(DISTINCT person) AS people,
			percentile_disc(0.5) WITHIN GROUP (ORDER BY time) AS p50, percentile_disc(0.9) WITHIN GROUP (ORDER BY time) AS p90
		FROM (SELECT person, lag(touchpoint) OVER w AS source, touchpoint AS target, occurred_at - lag(occurred_at) OVER w AS time
			FROM (SELECT *, coalesce(channel || ':', '') || event AS touchpoint FROM events) t
			WINDOW w AS (PARTITION BY person ORDER BY occurred_at, channel COLLATE "C", event COLLATE "C", value)) s
		WHERE source IS NOT NULL GROUP BY source, target
		SQL

	my $different = $session->query(<<~SQL);
		SELECT count(*) FROM ($expert) e
		FULL JOIN (SELECT * FROM edges((SELECT transitions(journey) FROM journeys)) WHERE source <> '(start)' AND target <> '(end)') o USING (source, target)
		WHERE (e.n = o.n AND e.people = o.people AND abs(o.p50 - extract(epoch FROM e.p50)) <= extract(epoch FROM e.p50) / 128 + 1e-6) IS NOT TRUE
		SQL
	die "bench: $different transitions differ between the extension and plain SQL\n" if $different != 0;

	my ($scan, $graph) = $session->alternate($option{rounds}, [ $THE_SCAN, $ours ]);
	ratio_row('`transitions` and its `edges`', '`count(*), sum(value)` of the events', 0.6, $graph, $scan);
	my ($again, $by_hand) = $session->alternate($option{rounds}, [ $ours, "SELECT sum(n), sum(people) FROM ($expert) e" ]);
	gain_row('`transitions` and its `edges`', 'window functions on the events', 20, $again, $by_hand);
	parallel('`transitions`', '`count(*), sum(value)`', $ours, $THE_SCAN);
	return;
}

1;
