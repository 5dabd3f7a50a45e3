# Sixty signals of everybody, over stored journeys: those that are proposed for them, and sums and half-lives alone.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub features
{
	my $proposed = $session->query(q{SELECT propose_signals('SELECT journey FROM journeys WHERE person % 10 = 0', 60)});
	my $plain = $session->query(<<~'SQL');
		SELECT jsonb_agg(jsonb_build_object('name', touchpoint, 'touchpoints', jsonb_build_array(touchpoint), 'measure', 'count',
			'half_life', '["1 hour", "1 day", "14 days", null]'::jsonb) ORDER BY touchpoint)
			|| jsonb_agg(jsonb_build_object('name', touchpoint || ' seen', 'touchpoints', jsonb_build_array(touchpoint), 'measure', 'recency',
			'half_life', '14 days') ORDER BY touchpoint)
		FROM (SELECT DISTINCT concat_ws(':', channel, event) AS touchpoint FROM journeys, touchpoints(journey) WHERE person < 1000 ORDER BY 1 LIMIT 12) t
		SQL

	constant(proposed => $proposed);
	constant(plain => $plain);
	my ($scan, $of_proposed, $of_plain) = $session->alternate($option{rounds},
		[ $THE_SCAN, map { "SELECT count(features(journey, $_(), $AS_OF)) FROM journeys" } qw(proposed plain) ]);
	ratio_row('`features` of ' . size('proposed') . ' signals, as proposed', '`count(*), sum(value)` of the events', 1.0, $of_proposed, $scan);
	ratio_row('`features` of ' . size('plain') . ' signals, counts and recency', '`count(*), sum(value)` of the events', 1.0, $of_plain, $scan);
	return;
}

sub constant
{
	my ($name, $list) = @_;

	$session->query("CREATE FUNCTION $name() RETURNS signal_list LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN \$list\$$list\$list\$::signal_list");
	return;
}

sub size
{
	my ($name) = @_;

	return $session->query("SELECT cardinality(signal_names($name()))");
}

1;
