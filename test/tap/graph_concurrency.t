#!/usr/bin/perl
# Eight sessions at once, about the same people and in opposite orders: no error and no deadlock reaches them, nothing is
# lost, and the persons are those of the same observations taken in as a set. Where limits are in the way, with cookies
# that adopt, and with merges, their undoing and sets in between, no limit is broken and the persons are the same from
# scratch as those of the same observations one after the other.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

use constant CLIENTS => 8;

my $tag = "graph_$$";
my $folder = tempdir(CLEANUP => 1);
my $each = $ENV{INTENT_FULL} ? 12_500 : 60;
my $names = $ENV{INTENT_FULL} ? 20_000 : 80;

sub psql
{
	my (@commands) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $tag, map { ('-c', $_) } @commands or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

# Runs scripts, given as name => [weight, text], in all sessions.
sub race
{
	my ($title, $each, %scripts) = @_;
	my @files;

	for my $name (sort keys %scripts)
	{
		my ($weight, $text) = @{ $scripts{$name} };
		open my $script, '>', "$folder/$name.sql" or die "cannot write: $!\n";
		print $script $text;
		close $script;
		push @files, '-f', "$folder/$name.sql\@$weight";
	}
	my $said = qx(pgbench -n -c @{[CLIENTS]} -j 2 -t $each --random-seed=7 @files $tag 2>&1);
	is($?, 0, "$title: pgbench ends well") or diag substr($said, -2000);
	unlike($said, qr/error|deadlock|abort/i, 'no error and no deadlock reaches a session') or diag substr($said, -2000);
	return;
}

system('createdb', $tag) == 0 or die "createdb failed\n";
psql('CREATE EXTENSION intent', '\i ' . dirname(__FILE__) . '/graph_histories.sql',
	'CREATE TABLE seen (n bigint GENERATED ALWAYS AS IDENTITY, occurred_at timestamptz, identifiers jsonb)',
	'CREATE TABLE guarded (n bigint GENERATED ALWAYS AS IDENTITY, identifiers jsonb)',
	'CREATE TABLE merged (id bigint)');

# ----- without limits -----

my $rules = '{"usual_kinds": false, "kinds": {"a": {"priority": 1}, "b": {"priority": 2}, "c": {"priority": 3}, "d": {"priority": 4}}}';
psql("SELECT intent.create_graph('$_', '$rules')") for qw(race set);

# every second observation names the same identifiers the other way round
race('without limits', $each, observe => [1, <<"SQL"]);
\\set x random(1, $names)
\\set y random(1, $names)
\\set way random(0, 1)
\\set at random(1, 1000000)
INSERT INTO seen (occurred_at, identifiers) SELECT timestamptz '2026-01-01Z' + :at * interval '1 s', CASE :way WHEN 0 THEN jsonb_build_object('a', 'v' || :x, 'b', 'v' || :y) ELSE jsonb_build_object('c', 'v' || :y, 'b', 'v' || :x, 'd', 'v' || :x) END;
SELECT intent.observe('race', CASE :way WHEN 0 THEN jsonb_build_object('a', 'v' || :x, 'b', 'v' || :y) ELSE jsonb_build_object('c', 'v' || :y, 'b', 'v' || :x, 'd', 'v' || :x) END, timestamptz '2026-01-01Z' + :at * interval '1 s');
SQL
is(psql('SELECT count(*) FROM seen'), CLIENTS * $each, 'all was observed');
is(psql(q{SELECT intent.ingest('set', 'SELECT occurred_at, identifiers FROM public.seen')}), CLIENTS * $each, 'the same as a set');
is(psql(q{SELECT md5(persons(intent.graph_named('race')))}), psql(q{SELECT md5(persons(intent.graph_named('set')))}), 'gives the same persons');
is(psql(q{SELECT faults(intent.graph_named('race')) LIMIT 5}), '', 'each what its links join, named by its oldest identifier');
is(psql(q{SELECT count(*) FROM intent.link WHERE state <> 'active'}), 0, 'and nothing was refused');
is(psql(q{SELECT count(*) FROM (SELECT a.kind, a.value, b.kind, b.value, l.occurred_at FROM intent.link l JOIN intent.identifier a ON a.id = l.a JOIN intent.identifier b ON b.id = l.b
		WHERE l.graph = intent.graph_named('set')
	EXCEPT SELECT a.kind, a.value, b.kind, b.value, l.occurred_at FROM intent.link l CROSS JOIN LATERAL (VALUES (l.a, l.b), (l.b, l.a)) e(a, b)
		JOIN intent.identifier a ON a.id = e.a JOIN intent.identifier b ON b.id = e.b WHERE l.graph = intent.graph_named('race')) lost}), 0,
	'no link of the set is missing, nor the time since when it holds');

# ----- with limits, cookies, and what people do -----

$rules = '{"usual_kinds": false, "kinds": {"a": {"priority": 1, "unique": true}, "b": {"priority": 2, "max_per_person": 2}, "c": {"priority": 3}, "s": {"priority": 4, "shared": true}}}';
psql("SELECT intent.create_graph('$_', '$rules')") for qw(guarded ordered);
psql(split /^(?=CREATE)/m, <<'SQL');
CREATE FUNCTION somebody(n int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('a', CASE WHEN n % 3 = 0 THEN 'a' || n % 101 END, 'b', CASE WHEN n % 5 < 3 THEN 'b' || n % 97 END,
		'c', CASE WHEN n % 7 < 4 THEN 'c' || n % 89 END, 's', CASE WHEN n % 2 = 0 THEN 's' || n % 83 END)) $$;
CREATE FUNCTION observe(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	at bigint;
BEGIN
	INSERT INTO guarded (identifiers) VALUES (somebody(n)) RETURNING guarded.n INTO at;
	RETURN intent.observe('guarded', somebody(n), timestamptz '2026-01-01Z' + at * interval '1 min');
END $$;
CREATE FUNCTION observe_three(x int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	observations jsonb[];
BEGIN
	WITH made AS (INSERT INTO guarded (identifiers) SELECT somebody(x * m) FROM generate_series(1, 3) m RETURNING *)
	SELECT array_agg(jsonb_build_object('occurred_at', timestamptz '2026-01-01Z' + n * interval '1 min', 'identifiers', identifiers)) INTO observations FROM made;
	RETURN (SELECT count(*) FROM intent.observe('guarded', observations));
END $$;
CREATE FUNCTION merge_two(x int, y int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO merged SELECT intent.merge('guarded', intent.person('a', 'a' || x, 'guarded'), intent.person('a', 'a' || y, 'guarded'));
EXCEPTION WHEN invalid_parameter_value THEN
	-- one person, or nobody yet
	NULL;
END $$;
CREATE FUNCTION undo_one(x int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM intent.undo((SELECT id FROM merged ORDER BY md5(x || ' ' || id) LIMIT 1));
EXCEPTION WHEN invalid_parameter_value THEN
	-- somebody else did, or there is none yet
	NULL;
END $$;
SQL
race('with limits, cookies and merges', int($each / 2),
	observe => [20, "\\set n random(1, 1000000)\nSELECT observe(:n);\n"], array => [2, "\\set n random(1, 300000)\nSELECT observe_three(:n);\n"],
	merge => [1, "\\set x random(0, 100)\n\\set y random(0, 100)\nSELECT merge_two(:x, :y);\n"], undo => [1, "\\set x random(1, 1000)\nSELECT undo_one(:x);\n"]);
psql(q{SELECT intent.undo(m.id) FROM merged m JOIN intent.link l USING (id) WHERE l.state = 'active'});
is(psql(q{SELECT faults(intent.graph_named('guarded')) LIMIT 5}), '', 'the persons are what their links join');
is(psql(<<'SQL'), 0, 'nothing that was seen together is lost, be it linked or refused');
SELECT count(*) FROM guarded o CROSS JOIN LATERAL jsonb_each_text(o.identifiers - 's') e
CROSS JOIN LATERAL (SELECT key, value FROM jsonb_each_text(o.identifiers - 's') ORDER BY key LIMIT 1) first
WHERE e.key <> first.key AND NOT EXISTS (SELECT FROM intent.link l JOIN intent.identifier a ON a.id = l.a JOIN intent.identifier b ON b.id = l.b
	WHERE l.graph = intent.graph_named('guarded') AND l.state IN ('active', 'refused')
		AND ((a.kind, a.value, b.kind, b.value) = (first.key, first.value, e.key, e.value) OR (b.kind, b.value, a.kind, a.value) = (first.key, first.value, e.key, e.value)))
SQL
is(psql(q{SELECT count(*) FROM intent.sighting WHERE graph = intent.graph_named('guarded')}),
	psql(q{SELECT count(*) FROM guarded WHERE identifiers ? 's' AND identifiers - 's' <> '{}'}), 'nor who was seen on a cookie');
psql(q{DO $$ DECLARE o record; BEGIN FOR o IN SELECT * FROM guarded ORDER BY n LOOP PERFORM intent.observe('ordered', o.identifiers, timestamptz '2026-01-01Z' + o.n * interval '1 min');
	-- plans of the first ones are for empty tables
	IF o.n IN (100, 1000, 10000) THEN ANALYZE; END IF; END LOOP; END $$});
psql("DO \$\$ BEGIN PERFORM intent.rebuild('$_'); END \$\$") for qw(guarded ordered);
is(psql(q{SELECT faults(intent.graph_named(g)) FROM unnest('{guarded,ordered}'::text[]) g LIMIT 5}), '', 'from scratch, too');
is(psql(q{SELECT persons(intent.graph_named('guarded'))}), psql(q{SELECT persons(intent.graph_named('ordered'))}), 'and then they are those of the same observations one after the other');

system('dropdb', $tag);
done_testing();
