#!/usr/bin/perl
# statement_timeout stops what works on a large journey soon. Processor time is what counts, for the machine may be busy.
use strict;
use warnings;
use File::Temp qw(tempfile);
use Test::More;

# What is stopped would take much longer than the time it gets, and than it may take to stop.
my $full = $ENV{INTENT_FULL};
my $events = $full ? 10_000_000 : 200_000;
my $timeout = $full ? 200 : 20;	# in milliseconds
my $delay = $full ? 500 : 100;
my $tag = "cancel_$$";

# Runs a script in one session; returns its lines, errors among them.
sub psql
{
	my ($script) = @_;
	my ($file, $name) = tempfile(UNLINK => 1);

	print $file $script;
	close $file;
	return split /\n/, qx(psql -XAtq -d $tag -f '$name' 2>&1);
}

my %functions = (
	'text out' => 'SELECT length(journey::text) FROM large',
	'text in' => 'SELECT event_count(text::journey) FROM forms',
	'jsonb out' => 'SELECT length(journey::jsonb::text) FROM large',
	'jsonb in' => 'SELECT event_count(json::journey) FROM forms',
	'journey_agg' => 'SELECT event_count(journey_agg(occurred_at, channel, event, value, NULL, ref)) FROM event',
	'journey_agg of many touchpoints' => q{SELECT event_count(journey_agg(occurred_at, 'the page of article number ' || ref)) FROM event},
	'journeys' => q{SELECT count(*) FROM journeys(null::text, 'event', 'ref', 'occurred_at', 'event', 'channel', 'value')},
	'journeys of one person' => q{SELECT event_count(journey) FROM journeys(null::int, 'SELECT 1 AS person, * FROM event')},
	'journeys in files' => q{SELECT count(j.journey) FROM set_config('intent.build_mem', '64kB', false) s,
		journeys(null::text, left(s, 0) || 'SELECT ref AS person, occurred_at, event FROM event') j},
	'journey_merge' => 'SELECT event_count(journey_merge(journey)) FROM large, generate_series(1, 4)',
	'unite' => 'SELECT event_count(unite(journey, journey)) FROM large',
	'touchpoints' => 'SELECT count(*) FROM large, touchpoints(journey)',
	'sessions' => q{SELECT count(*) FROM large, sessions(journey, '0')},
);
if ($full)
{
	# these end too soon on anything smaller
	$functions{'slice'} = q{SELECT event_count(slice(journey, '(,)')) FROM large};
	$functions{'as_of'} = q{SELECT event_count(as_of(journey, '2100-01-01Z', '2100-01-01Z')) FROM large};
	$functions{'keep'} = q{SELECT event_count(keep(journey, ARRAY['*:e1'])) FROM large};
	$functions{'collapse'} = 'SELECT event_count(collapse(journey)) FROM large';
	$functions{'variant'} = 'SELECT length(variant(journey)) FROM large';
	$functions{'session_count'} = 'SELECT session_count(journey) FROM large';
}

qx(createdb $tag);
my @said = psql(<<SQL);
CREATE EXTENSION intent;
SET search_path = public, intent;
CREATE UNLOGGED TABLE event AS
SELECT timestamptz '2026-01-01Z' + i * 7919::bigint % $events * interval '1 s' AS occurred_at,
	'c' || i % 3 AS channel, 'e' || i % 50 AS event, i % 1000 / 4.0::float8 AS value, 'r' || i AS ref
FROM generate_series(1, $events) i;
CREATE UNLOGGED TABLE large (journey journey);
ALTER TABLE large ALTER journey SET STORAGE external;
INSERT INTO large SELECT journey_agg(occurred_at, channel, event, value, NULL, ref) FROM event;
-- texts of events enough to be slow and few enough for a gigabyte
CREATE UNLOGGED TABLE forms (text text, json jsonb);
ALTER TABLE forms ALTER text SET STORAGE external, ALTER json SET STORAGE external;
INSERT INTO forms SELECT slice(journey, '[2026-01-01Z,2026-02-01Z)')::text, slice(journey, '[2026-01-01Z,2026-01-11Z)')::jsonb FROM large;
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
