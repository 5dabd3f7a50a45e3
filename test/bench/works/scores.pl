# Sessions and scores of everybody, over stored journeys.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub scores
{
	my $expert = Bench::read_file("$here/expert.sql");
	my $ours = "SELECT sum(session_count(journey)), count(score_array(journey, card(), $AS_OF)) FROM journeys";
	my $expert_all = "SELECT sum(sessions), sum(purchase), sum(enquiry), sum(complaint), sum(cancellation) FROM ($expert) e";

	compare_with_expert($expert);
	my ($scan, $array, $rows) = $session->alternate($option{rounds}, [ $THE_SCAN, $ours, scores_statement() ]);
	ratio_row('`session_count` + `score_array` of 4 intents', '`count(*), sum(value)` of the events', 0.35, $array, $scan);
	ratio_row('`session_count` + `scores` of 4 intents', '`count(*), sum(value)` of the events', 0.8, $rows, $scan);

	my ($again, $by_hand) = $session->alternate($option{rounds}, [ $ours, $expert_all ]);
	gain_row('`session_count` + `score_array` of 4 intents', 'expert SQL on the events', 60, $again, $by_hand);

	parallel('`session_count` + `score_array`', '`count(*), sum(value)`', $ours, $THE_SCAN);
	return;
}

# What is timed must be the same answer: sessions to the last one, probabilities to 1e-9.
sub compare_with_expert
{
	my ($expert) = @_;
	my $different = $session->query(<<~SQL);
		SELECT count(*)
		FROM ($expert) e
		FULL JOIN (SELECT person, session_count(journey) AS sessions, score_array(journey, card(), $AS_OF) AS p FROM journeys) o
		USING (person)
		WHERE (e.sessions = o.sessions
			AND abs(e.cancellation - p[1]) <= 1e-9 AND abs(e.complaint - p[2]) <= 1e-9
			AND abs(e.enquiry - p[3]) <= 1e-9 AND abs(e.purchase - p[4]) <= 1e-9) IS NOT TRUE
		SQL

	die "bench: of $different people the extension and expert.sql say different things\n" if $different != 0;
	return;
}

1;
