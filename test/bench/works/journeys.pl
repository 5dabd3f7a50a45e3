# Building journeys in one pass, from the raw table.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub journeys
{
	my $call = "journeys(null::bigint, 'events', 'person', 'occurred_at', 'event', 'channel', 'value')";
	my $whole = "SELECT sum(session_count(journey)), sum(event_count(keep(journey, ARRAY['*:purchase']))),
		count(score_array(journey, card(), $AS_OF)) FROM $call";
	my $expert = Bench::read_file("$here/expert.sql");
	my @statements = (
		$THE_SCAN, "SELECT count(journey) FROM $call", grouped('sum(value)'),
		grouped('journey_agg(occurred_at, channel, event, value)'),
		"SELECT sum(session_count(journey)), count(score_array(journey, card(), $AS_OF)) FROM $call",
		"SELECT sum(session_count(journey)), sum(funnel_level(journey, 'view -> cart -> checkout -> purchase')), count(score_array(journey, card(), $AS_OF)) FROM $call",
		"SELECT sum(sessions), sum(purchase), sum(enquiry), sum(complaint), sum(cancellation) FROM ($expert) e");
	my ($scan, $ours, $sum, $agg, $answers, $with_funnel, $by_hand) = $session->alternate($option{rounds}, \@statements);

	ratio_row('`journeys()`, all rows returned', '`count(*), sum(value)` of the events', 2.0, $ours, $scan);
	ratio_row('`journeys()`', '`sum(value) GROUP BY person`', undef, $ours, $sum);
	ratio_row('`journeys()`', '`journey_agg GROUP BY person`', undef, $ours, $agg);
	ratio_row('sessions + 4 scores over `journeys()`', '`count(*), sum(value)` of the events', 2.3, $answers, $scan);
	ratio_row('sessions + funnel of 4 steps + 4 scores over `journeys()`', '`count(*), sum(value)` of the events', 2.3, $with_funnel, $scan);
	gain_row('sessions + 4 scores over `journeys()`', 'expert SQL on the events', 9, $answers, $by_hand);
	spilling($call);
	index_only();
	return;
}

# Rows in order of person and time from the covering index, which a user may have: without the channel, which it lacks.
sub index_only
{
	my $columns = 'person, occurred_at, event, value';
	my $call = "SELECT count(journey) FROM journeys(null::bigint, 'SELECT $columns FROM events')";
	my %settings = (off => 'SET enable_seqscan = off; SET enable_bitmapscan = off', on => 'RESET enable_seqscan; RESET enable_bitmapscan');

	$session->query('CREATE INDEX events_covering ON events (person, occurred_at) INCLUDE (event, value)');
	$session->query('VACUUM (ANALYZE) events');
	$session->query($settings{off});
	die "bench: no index-only scan\n" unless $session->query("EXPLAIN SELECT $columns FROM events") =~ /Index Only Scan/;
	my ($ours, $agg, $scan) = $session->alternate($option{rounds},
		[ $call, grouped('journey_agg(occurred_at, NULL, event, value)'), $THE_SCAN ],
		before => [ @settings{qw(off off on)} ]);
	$session->query($settings{on});
	ratio_row('`journeys()` of the covering index', '`count(*), sum(value)` of the events', undef, $ours, $scan);
	ratio_row('`journeys()` of the covering index', '`journey_agg GROUP BY person` of it', undef, $ours, $agg);
	$session->query('DROP INDEX events_covering');
	return;
}

# A quarter of the memory that one pass takes.
sub spilling
{
	my ($call) = @_;
	my $statement = "SELECT count(journey) FROM $call";

	$session->query($statement);
	my ($people, $rows, $memory) = split /\|/, $session->query('SELECT people, events, memory_bytes FROM journeys_stats()');
	row('`journeys()`, memory of grouping', '100 bytes a person + 8 an event',
		'≤ 1 ×', Bench::number($memory / (100 * $people + 8 * $rows)) . ' ×', '',
		sprintf('%s MB', Bench::number($memory / 1e6)), holds($memory <= 100 * $people + 8 * $rows));
	my $quarter = int($memory / 4 / 1024);
	my ($whole, $spilled) = $session->alternate($option{rounds}, [ $statement, $statement ],
		before => [ 'RESET intent.build_mem', "SET intent.build_mem = '${quarter}kB'" ]);
	ratio_row('`journeys()` in a quarter of the memory', 'with all of it', 2.0, $spilled, $whole);
	$session->query('RESET intent.build_mem');
	return;
}

1;
