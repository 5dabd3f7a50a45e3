# Scores of one person, as an application asks for them.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

# Transactions of pgbench, one connection, prepared; latencies in microseconds as its log has them.
# Client and backend share one processor: otherwise waking an idle one, 10 to 60 us as it pleases, is most of it.
sub latencies
{
	my ($name, $people, $sql, $processor) = @_;
	my $count = $option{smoke} ? 200 : 5_000;
	my $file = "$scratch/$name.sql";
	my @found;

	open my $script, '>', $file or die "bench: cannot write $file: $!\n";
	print $script "\\set person random(1, $people)\n$sql;\n";
	close $script or die "bench: cannot write $file: $!\n";
	my $prefix = "$scratch/$name";
	local $ENV{PGOPTIONS} = join ' ', map { "-c $_=$PINNED{$_}" } sort keys %PINNED;
	run_command("taskset -c $processor pgbench -n -M prepared -c 1 -j 1 -t $count --random-seed=1 -f '$file' -l --log-prefix='$prefix' > '$prefix.out' 2>&1");
	for my $log (glob "$prefix.[0-9]*")
	{
		@found = map { (split ' ')[2] } split /\n/, Bench::read_file($log);
		unlink $log;
	}
	splice @found, 0, @found / 10;    # the first of a connection fill its caches
	return @found;
}

sub one_person
{
	my $people = $session->query(<<~'SQL');
		CREATE TABLE thousand (person integer PRIMARY KEY, events integer NOT NULL, journey journey NOT NULL);
		INSERT INTO thousand
		SELECT row_number() OVER (ORDER BY person), event_count(j), j
		FROM (SELECT person, journey_agg(occurred_at, channel, event, value) AS j
			FROM (SELECT *, row_number() OVER (PARTITION BY person ORDER BY occurred_at) AS n
				FROM events JOIN (SELECT person FROM journeys WHERE event_count(journey) >= 1000) busy USING (person)) e
			WHERE n <= 1000 GROUP BY person) g;
		VACUUM ANALYZE thousand;
		SELECT count(*) FROM thousand
		SQL
	if ($people == 0)
	{
		print "Nobody has 1,000 events: one_person needs more of them.\n";
		return;
	}
	my %statement = (
		bare => 'SELECT events FROM thousand WHERE person = :person',
		scores => "SELECT s.* FROM thousand, scores(journey, card(), $AS_OF) s WHERE person = :person");
	my %run = (bare => [], scores => []);

	# New backends run where the postmaster does.
	my $postmaster = $session->postmaster;
	my $all = Bench::processors($postmaster);
	my ($one) = $all =~ /(\d+)$/;
	run_command("taskset -cp $one $postmaster > '$scratch/taskset.out'");

	latencies('bare', $people, $statement{bare}, $one);    # does not count
	for my $round (1 .. $option{rounds})
	{
		push @{ $run{$_} }, [ latencies($_, $people, $statement{$_}, $one) ] for qw(bare scores);
	}
	run_command("taskset -cp $all $postmaster > '$scratch/taskset.out'");
	my %at = map {
		my $share = $_;
		($share => { map { my $name = $_; ($name => Bench::median(map { Bench::percentile($share, @$_) } @{ $run{$name} })) } keys %run })
	} 0.5, 0.99;
	my $above = $at{0.5}{scores} - $at{0.5}{bare};

	row('one person of 1,000 events: `scores`, prepared, p50', 'the bare key look-up',
		'≤ 30 µs above', sprintf('%d µs above', $above), '', sprintf('%d : %d µs', @{ $at{0.5} }{qw(scores bare)}), holds($above <= 30));
	row('the same, p99', 'the bare key look-up',
		'', sprintf('%d µs above', $at{0.99}{scores} - $at{0.99}{bare}), '', sprintf('%d : %d µs', @{ $at{0.99} }{qw(scores bare)}), '');
	return;
}

1;
