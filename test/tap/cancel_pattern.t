#!/usr/bin/perl
# statement_timeout stops patterns and funnels on a large journey soon, also where all of it happens at one instant.
use strict;
use warnings;
use File::Temp qw(tempfile);
use Test::More;

my $full = $ENV{INTENT_FULL};
my $events = $full ? 5_000_000 : 300_000;
my $timeout = $full ? 200 : 20;    # in milliseconds
my $delay = $full ? 500 : 100;
my $tag = "cancel_pattern_$$";

sub psql
{
	my ($script) = @_;
	my ($file, $name) = tempfile(UNLINK => 1);

	print $file $script;
	close $file;
	return split /\n/, qx(psql -XAtq -d $tag -f '$name' 2>&1);
}

my %functions = (
	'has_match of a chain' => "SELECT journey ~ (SELECT (repeat('. ->[<= 1 hour] ', 100) || 'none')::jpattern) FROM large",
	'has_match in order' => q{SELECT journey ~ '.{300} none' FROM large},
	'funnel_level' => q{SELECT funnel_level(journey, '{a & b & c & . & . & . & . & none} within 1 day') FROM large},
	'match_count' => q{SELECT sum(match_count(journey, 'a ->[>= 1 min] b ->[>= 1 min] c')) FROM large, generate_series(1, 100)},
	'match_count in one instant' => q{SELECT match_count(journey, 'a -> b -> c') FROM instant},
	'matches' => q{SELECT count(*) FROM large, matches(journey, 'a -> b')},
	'matches that overlap' => q{SELECT count(*) FROM large, matches(journey, '^ .* a', 'overlapping')},
	'matches that overlap in one instant' => q{SELECT count(*) FROM instant, matches(journey, 'a -> b', 'overlapping')},
	'all matches' => q{SELECT count(*) FROM large, matches(journey, 'a -> b', 'all')},
	'funnel' => q{SELECT sum(f.level) FROM large, generate_series(1, 200) g, funnel(journey, ('a -> b -> c -> none' || repeat(' ', g))::jpattern) f},
	'funnel_agg' => q{SELECT funnel_agg(journey, 'a -> b -> c -> none') FROM large, generate_series(1, 200)},
);

qx(createdb $tag);
my @said = psql(<<SQL);
CREATE EXTENSION intent;
SET search_path = public, intent;
CREATE UNLOGGED TABLE large AS SELECT journey_agg(timestamptz '2026-01-01Z' + i * interval '20 s', (ARRAY['a', 'b', 'c', 'd'])[1 + i % 1009 % 4]) AS journey
FROM generate_series(1, $events) i;
CREATE UNLOGGED TABLE instant AS SELECT journey_agg('2026-01-01Z', (ARRAY['a', 'b', 'c', 'd'])[1 + i % 1009 % 4]) AS journey FROM generate_series(1, $events) i;
SQL
is(join("\n", @said), '', 'large journeys are there') or BAIL_OUT('nothing to stop');

for my $name (sort keys %functions)
{
	my @lines = psql(<<SQL);
SET search_path = public, intent;
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION pg_temp.ticks() RETURNS bigint LANGUAGE sql AS
\$\$ SELECT sum(field::bigint) FROM string_to_table(regexp_replace(pg_read_file('/proc/self/stat'), '.*\\) ', ''), ' ') WITH ORDINALITY AS f(field, n) WHERE n IN (12, 13) \$\$;
SELECT pg_temp.ticks() AS before \\gset
SET statement_timeout = $timeout;
$functions{$name};
SET statement_timeout = 0;
SELECT 10 * (pg_temp.ticks() - :before);
SQL
	like($lines[0], qr/canceling statement due to statement timeout/, "$name is stopped");
	cmp_ok($lines[-1], '<=', $timeout + $delay, "$name within $delay ms of processor time");
}
qx(dropdb $tag);
done_testing();
