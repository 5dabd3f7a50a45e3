#!/usr/bin/perl
# statement_timeout stops whatever identity does within half a second, wherever it is in its work.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);

use constant { LATEST => 0.5, MOMENTS => 5 };

my $pairs = $ENV{INTENT_FULL} ? 10_000_000 : 200_000;
my $database = 'cancel_identity';

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
	'SET client_min_messages = warning',
	"CREATE TABLE pair AS SELECT 'n' || i AS a, 'n' || (i * 7919::bigint % $pairs) / 3 AS b, i AS x, (i * 7919::bigint % $pairs) / 3 AS y FROM generate_series(1::bigint, $pairs) i",
	'CREATE TABLE map AS SELECT intent.component_agg(a, b) AS map FROM pair',
	'CREATE TABLE literal AS SELECT map::text AS literal, map::jsonb AS json FROM map');
ok($ready, "$pairs pairs");

my %statements = (
	components => q{SELECT count(*) FROM intent.components('SELECT a, b FROM pair')},
	components_bigint => q{SELECT count(*) FROM intent.components_bigint('SELECT x, y FROM pair')},
	component_agg => q{SELECT pg_column_size(intent.component_agg(a, b)) FROM pair},
	component_merge => q{SELECT pg_column_size(intent.component_merge(map)) FROM map, generate_series(1, 2)},
	unite => q{SELECT pg_column_size(intent.unite(map, map)) FROM map},
	members => q{SELECT count(*) FROM map, intent.members(map)},
	'text out' => q{SELECT length(map::text) FROM map},
	'text in' => q{SELECT pg_column_size(literal::intent.identity_map) FROM literal},
	'jsonb out' => q{SELECT pg_column_size(map::jsonb) FROM map},
	'jsonb in' => q{SELECT pg_column_size(json::intent.identity_map) FROM literal});

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
		next if $ended;
		$cancelled++;
		$latest = $late if $late > $latest;
	}
	open STDERR, '>&', $stderr or die;
	ok($cancelled > 0, sprintf '%s, which takes %.2f s, is cancelled', $name, $whole);
	cmp_ok($latest, '<', LATEST, "$name stops in time");
}
system 'dropdb', $database;
done_testing();
