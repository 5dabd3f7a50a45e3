#!/usr/bin/perl
# The GIN index on journeys serves @>, ~ and their named twins, and gives what a scan of all journeys gives.
use strict;
use warnings;
use File::Temp qw(tempfile);
use Test::More;

my $tag = "plans_gin_$$";

sub psql
{
	my ($script) = @_;
	my ($file, $name) = tempfile(UNLINK => 1);

	print $file $script;
	close $file;
	my $printed = qx(psql -XAtq -v ON_ERROR_STOP=1 -d $tag -f '$name' 2>&1);
	diag $printed if $?;
	return $printed;
}

system('createdb', $tag) == 0 or BAIL_OUT('cannot make a database');
psql(<<'SQL');
CREATE EXTENSION intent;
CREATE TABLE person AS
SELECT p, intent.journey_agg(timestamptz '2026-01-01Z' + i * 37 % 11 * interval '1 day',
	(ARRAY['web', 'app', NULL, 'call'])[1 + p * i % 4], 'e' || p * i * 7 % 401, (p + i) % 7) AS journey
FROM generate_series(1, 4000) p, generate_series(1, 8) i GROUP BY p;
INSERT INTO person VALUES (0, '{}'), (-1, NULL);
-- a name beyond what a key holds
INSERT INTO person SELECT -2, intent.journey_agg('2026-01-01Z', repeat('long ', 100) || 'a');
INSERT INTO person SELECT -3, intent.journey_agg('2026-01-01Z', repeat('long ', 100) || 'b');
CREATE INDEX person_journey ON person USING gin (journey);
VACUUM ANALYZE person;
SQL

my $short = 'SET search_path = public, intent; ';
my $empty = "SET search_path = ''; ";
my %asks = (
	'@>' => [ $short, q{journey @> ARRAY['web:e5', 'e7']} ],
	'~' => [ $short, q{journey ~ 'web:e5 -> e7'} ],
	'has_touchpoints()' => [ $empty, q{intent.has_touchpoints(journey, ARRAY['web:e5', 'e7'])} ],
	'has_match()' => [ $empty, q{intent.has_match(journey, 'web:e5 -> e7')} ],
	'~ with its pattern from a subquery' => [ $short, q{journey ~ (SELECT 'web:e5 -> e7'::jpattern)} ],
	'has_match() with its pattern from a subquery' => [ $empty, q{intent.has_match(journey, (SELECT 'web:e5 -> e7'::intent.jpattern))} ],
);
for my $name (sort keys %asks)
{
	my ($path, $condition) = @{ $asks{$name} };
	like(psql("$path EXPLAIN (COSTS OFF) SELECT * FROM public.person WHERE $condition"), qr/Bitmap Index Scan on person_journey/, "$name uses the index");
}
unlike(psql("$short EXPLAIN (COSTS OFF) SELECT * FROM person WHERE has_match(journey, ('e' || p)::jpattern)"), qr/Index/,
	'a pattern that differs from row to row does not');
like(psql('EXPLAIN (COSTS OFF) SELECT * FROM person a, person b WHERE a.p = 1 AND intent.has_touchpoints(b.journey, ARRAY[\'e\' || a.p])'),
	qr/Index Cond: \(journey OPERATOR\(intent\.@>\)/, 'touchpoints from another table do');

# Whatever is asked, with the index and without it.
my @conditions = (
	(map { "journey ~ '$_'" } 'e5 -> e7', 'web:* -> (e4 | app:e8) -> :*', '!e5 -> e7', '. -> e7?', '{e5 & e10[value > 2]} within 3 days',
		'(e5 | e7 -> e8)', '(e5 e9)+', 'e5{2} | e7', '(!e5) -> e7', 'e14? -> e21', '^ (e7 | e14) $', ':e28', 'call:* -> e12', 'nothing'),
	(map { "journey @> $_" } q{'{}'}, q{'{*}'}, q{ARRAY['call:*', 'e12']}, q{ARRAY[':e28']}, q{ARRAY[':*', 'web:*']}, q{ARRAY['*:e7']},
		q{ARRAY['"' || repeat('long ', 100) || 'a"']}));
my $compare = join ' UNION ALL ', map {
	(my $quoted = $_) =~ s/'/''/g;
	"SELECT '$quoted' AS condition, count(*), sum(p::bigint * p) FROM person WHERE $_"
} @conditions;
$compare = "SET max_parallel_workers_per_gather = 0; $compare ORDER BY 1";
my $scanned = psql("$short SET enable_indexscan = off; SET enable_bitmapscan = off; $compare");
my $indexed = psql("$short SET enable_seqscan = off; $compare");
is(scalar(split /\n/, $scanned), scalar @conditions, 'every condition is answered');
is($indexed, $scanned, 'and the same with the index');
(my $explain = $compare) =~ s/; /; EXPLAIN /;
is(scalar(() = psql("$short SET enable_seqscan = off; $explain") =~ /Bitmap Index Scan/g), scalar @conditions, 'which was used');
is(psql("SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcname IN ('journey_gin_ops', 'jpattern_hash_ops') ORDER BY opcname COLLATE \"C\""),
	"journey_gin_ops|t\njpattern_hash_ops|t\n", 'the operator classes are valid');

system('dropdb', $tag);
done_testing();
