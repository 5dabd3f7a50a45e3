#!/usr/bin/perl
# statement_timeout stops record linkage within half a second, wherever it is in its work.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);

use constant { LATEST => 0.5, MOMENTS => 2 };

my $rows = $ENV{INTENT_FULL} ? 200_000 : 1_500;
my $database = 'cancel_linkage';

sub psql
{
	my (@commands) = @_;

	open my $psql, '-|', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=sqlstate', '-d', $database, map { ('-c', $_) } @commands
	  or die "cannot run psql: $!";
	local $/ = undef;
	my $said = <$psql> // '';
	close $psql;
	return ($said, $? == 0);
}

is(system('createdb', $database), 0, 'a database');
my (undef, $ready) = psql(
	'CREATE EXTENSION intent',
	"CREATE TABLE record AS SELECT i AS id, left(translate(md5((i / 2)::text), '0123456789', 'aeioulmnrs'), 7) AS name, md5((i / 3)::text) || ' ' || md5((i % 50)::text) AS address,
		date '1930-01-01' + i * 7919 % 30000 AS born FROM generate_series(1, $rows) i",
	q{CREATE TABLE model AS SELECT intent.train_linkage('SELECT * FROM record') AS m});
ok($ready, "$rows records");

my %statements = (
	train_linkage => q{SELECT pg_column_size(intent.train_linkage('SELECT * FROM record'))},
	link_pairs => q{SELECT count(*) FROM model, intent.link_pairs('SELECT * FROM record', m, threshold => 0)},
	link_records => q{SELECT count(*) FROM model, intent.link_records('SELECT * FROM record', m, threshold => 0)});

open my $stderr, '>&', \*STDERR or die;
for my $name (sort keys %statements)
{
	my $start = time;
	psql($statements{$name});
	my $whole = time - $start;
	my ($cancelled, $latest) = (0, 0);

	# the errors that are wanted need not be seen
	open STDERR, '>', '/dev/null' or die;
	for my $moment (1 .. MOMENTS)
	{
		my $timeout = int(1000 * $whole * $moment / (MOMENTS + 1)) || 1;
		$start = time;
		my (undef, $ended) = psql("SET statement_timeout = $timeout", $statements{$name});
		my $late = time - $start - $timeout / 1000;
		$cancelled++ unless $ended;
		$latest = $late if $late > $latest && !$ended;
	}
	open STDERR, '>&', $stderr or die;
	cmp_ok($cancelled, '>', 0, "$name is cancelled");
	cmp_ok($latest, '<', LATEST, '... soon') or diag sprintf '%.2f s late', $latest;
}
is(system('dropdb', $database), 0, 'and nothing is left');
done_testing;
