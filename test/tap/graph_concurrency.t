#!/usr/bin/perl
# Many sessions observe at once, in opposite orders and about the same people: no error reaches them, and the persons are
# those of the same observations taken in as a set.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $tag = "graph_$$";
my $folder = tempdir(CLEANUP => 1);
my $each = $ENV{INTENT_FULL} ? 12_500 : 60;
my $clients = 8;
my $names = $ENV{INTENT_FULL} ? 20_000 : 80;

sub psql
{
	my ($sql) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $tag, '-c', $sql or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

system('createdb', $tag) == 0 or die "createdb failed\n";
psql(<<'SQL');
CREATE EXTENSION intent;
CREATE TABLE seen (n bigint GENERATED ALWAYS AS IDENTITY, occurred_at timestamptz, identifiers jsonb);
SQL
my $rules = '{"usual_kinds": false, "kinds": {"a": {"priority": 1}, "b": {"priority": 2}, "c": {"priority": 3}, "d": {"priority": 4}}}';
psql("SELECT intent.create_graph('$_', '$rules')") for qw(race set);

# every second observation names the same identifiers the other way round
open my $script, '>', "$folder/observe.sql" or die "cannot write: $!\n";
print $script <<"SQL";
\\set x random(1, $names)
\\set y random(1, $names)
\\set way random(0, 1)
\\set at random(1, 1000000)
INSERT INTO seen (occurred_at, identifiers) SELECT timestamptz '2026-01-01Z' + :at * interval '1 s', CASE :way WHEN 0 THEN jsonb_build_object('a', 'v' || :x, 'b', 'v' || :y) ELSE jsonb_build_object('c', 'v' || :y, 'b', 'v' || :x, 'd', 'v' || :x) END;
SELECT intent.observe('race', CASE :way WHEN 0 THEN jsonb_build_object('a', 'v' || :x, 'b', 'v' || :y) ELSE jsonb_build_object('c', 'v' || :y, 'b', 'v' || :x, 'd', 'v' || :x) END, timestamptz '2026-01-01Z' + :at * interval '1 s');
SQL
close $script;

my $said = qx(pgbench -n -c $clients -j 2 -t $each --random-seed=7 -f $folder/observe.sql $tag 2>&1);
is($?, 0, 'pgbench ends well') or diag substr($said, -2000);
unlike($said, qr/error|deadlock|abort/i, 'no error and no deadlock reaches a session') or diag substr($said, -2000);
is(psql('SELECT count(*) FROM seen'), $clients * $each, 'all was observed');

my $persons = sub {
	return psql(qq{SELECT md5(string_agg(names, ',' ORDER BY names COLLATE "C")) FROM (
		SELECT string_agg(i.kind || i.value, ' ' ORDER BY i.kind || i.value COLLATE "C") AS names
		FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile
		WHERE i.graph = intent.graph_named('$_[0]') GROUP BY p.person) x});
};
is(psql(q{SELECT intent.ingest('set', 'SELECT occurred_at, identifiers FROM public.seen')}), $clients * $each, 'the same as a set');
is($persons->('race'), $persons->('set'), 'gives the same persons');
is(psql(q{SELECT count(*) FROM intent.profile p WHERE person <> (SELECT min(i.id) FROM intent.identifier i JOIN intent.profile o ON o.id = i.profile WHERE o.person = p.person)}),
	0, 'each named by its oldest identifier');
is(psql(q{SELECT count(*) FROM intent.link WHERE state <> 'active'}), 0, 'and nothing was refused');

system('dropdb', $tag);
done_testing();
