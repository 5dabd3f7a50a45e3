# Every line of the scores of everybody.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub explain
{
	my ($ours, $theirs) = $session->alternate($option{rounds}, [
		"SELECT count(x.contribution) FROM journeys, explain(journey, card(), 'purchase', $AS_OF) x",
		"SELECT count(s.probability) FROM journeys, scores(journey, card(), $AS_OF) s" ]);

	ratio_row('`explain` of one intent', '`scores` of 4', 1.5, $ours, $theirs);
	return;
}

1;
