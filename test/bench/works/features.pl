# Sixty signals of everybody, over stored journeys: those that are proposed for them.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub features
{
	my $list = $session->query(q{SELECT propose_signals('SELECT journey FROM journeys WHERE person % 10 = 0', 60)});
	my $ours = "SELECT count(features(journey, signals(), $AS_OF)) FROM journeys";

	$session->query("CREATE FUNCTION signals() RETURNS signal_list LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN \$list\$$list\$list\$::signal_list");
	my $signals = $session->query('SELECT cardinality(signal_names(signals()))');
	my ($scan, $features) = $session->alternate($option{rounds}, [ $THE_SCAN, $ours ]);
	ratio_row("`features` of $signals signals", '`count(*), sum(value)` of the events', 1.0, $features, $scan);
	return;
}

1;
