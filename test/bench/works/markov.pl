# Attribution by a Markov chain: 10,000 paths, counted and solved.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub markov
{
	my $paths = $session->query(<<~'SQL');
		CREATE TABLE path AS
		SELECT path_transform(path, 'trim', '20') AS path, conversions, non_conversions, value
		FROM (SELECT * FROM journeys ORDER BY person) j, conversion_paths(journey, 'purchase', steps => 'touchpoint') LIMIT 10000;
		ANALYZE path;
		SELECT count(*) FROM path
		SQL

	for my $order (1 .. 3)
	{
		my ($solved) = $session->alternate($option{rounds}, [
			"SELECT count(r.conversions) FROM removal_effects((SELECT markov_agg(path, conversions, non_conversions, value, $order) FROM path)) r" ]);
		my $seconds = $solved->{cpu} / 1e9;

		row("Markov of order $order on $paths paths", 'seconds of CPU', $order == 2 ? '≤ 0.2' : '',
			Bench::number($seconds), Bench::number($solved->{wall} / 1e9), '', holds($order == 2 ? $seconds <= 0.2 : undef));
	}
	return;
}

1;
