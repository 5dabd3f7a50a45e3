# Building journeys under GROUP BY.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

sub journey_agg
{
	my @forms = (
		[ 'journey_agg(occurred_at, channel, event, value)', 1.8 ],
		[ 'journey_agg(occurred_at, event)', undef ]);
	my @statements = map { grouped($_) } 'sum(value)', map { $_->[0] } @forms;
	my ($sum, @ours) = $session->alternate($option{rounds}, \@statements);

	ratio_row("`$forms[$_][0]`", '`sum(value)`, both GROUP BY person', $forms[$_][1], $ours[$_], $sum) for 0 .. $#forms;

	# A hash table that went to disk would look small.
	for my $statement (@statements)
	{
		die "bench: this went to disk, so its memory means nothing:\n$statement\n"
		  if $session->query("EXPLAIN (ANALYZE, TIMING OFF) $statement") =~ /Disk|Batches: (?!1\b)/;
	}
	my ($sum_memory, @memory) = map {
		my $alone = Bench->connect(%PINNED);
		$alone->query('SELECT sum(value), journey_agg(occurred_at, channel, event, value) FROM (SELECT * FROM events LIMIT 1) e');
		my $megabytes = $alone->peak_memory($_);
		$alone->disconnect;
		$megabytes;
	} @statements;
	for my $i (0 .. $#forms)
	{
		my $bar = $i == 0 ? 330 : undef;
		row("`$forms[$i][0]`", 'memory', $bar ? "≤ $bar MB" : '', Bench::number($memory[$i]) . ' MB',
			'', 'sum(value): ' . Bench::number($sum_memory) . ' MB', holds($bar ? $memory[$i] <= $bar : undef));
	}

	parallel("`$forms[0][0]`", '`sum(value)`', $statements[1], $statements[0]);
	return;
}

1;
