#!/usr/bin/perl
# A cluster goes through pg_upgrade: stored journeys, graph, inbox, models and scores are the same to the byte, and it goes on
# from there. On two servers of its own.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

# two clusters and the upgrade are all of its time
plan skip_all => 'scripts/check --full runs it' unless $ENV{INTENT_FULL};
plan skip_all => 'there is no pg_upgrade here' unless -x "$ENV{INTENT_BIN}/pg_upgrade";

my $root = "$FindBin::Bin/../..";
my $folder = tempdir(CLEANUP => 1);
my ($old, $new) = ("$folder/old", "$folder/new");
chmod 0755, $folder;

sub run
{
	my (@command) = @_;
	system(@command) == 0 or die "@command failed\n";
}

# As the owner of the servers and in a folder of his, with what it says in a file.
sub as_owner
{
	return system('bash', '-c', '. "$1/scripts/lib.sh"; shift; as_owner bash -c \'cd "$0" && exec "$@"\' "$@" >"$0" 2>&1', "$folder/log", $root, $new, @_);
}

sub psql
{
	my ($user, $server, $sql) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', $server, '-U', $user, '-d', 'shop', '-c', $sql or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

END
{
	my $status = $?;
	for my $server ($old, $new)
	{
		system("$root/scripts/server", 'stop', $server, 'immediate') if $server && -e "$server/data/postmaster.pid";
	}
	$? = $status;
}

for my $server ($old, $new)
{
	mkdir $server or die "mkdir: $!\n";
	chmod 0755, $server;
	symlink "$ENV{INTENT_SERVER}/stage", "$server/stage" or die "symlink: $!\n";
	run("$root/scripts/server", 'create', $server);
}
run("$root/scripts/server", 'start', $old);
run('psql', '-Xq', '-h', $old, '-d', 'postgres', '-c', 'CREATE ROLE owner LOGIN', '-c', 'CREATE DATABASE shop OWNER owner');
psql('owner', $old, <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION intent;
CREATE TABLE visit (id int PRIMARY KEY, at timestamptz, what text, login text, mail text, cookie text, amount float8);
INSERT INTO visit SELECT n, timestamptz '2026-03-01Z' + n * interval '7 minutes', 'e' || n % 7, CASE WHEN n % 3 = 0 THEN 'u' || n % 20 END,
	CASE WHEN n % 11 = 0 THEN 'u' || n % 20 || '@example.com' END, 'c' || n % 30, CASE WHEN n % 5 = 0 THEN n / 3.0 END
FROM generate_series(1, 2000) n;
SELECT intent.add_source('visits', 'visit', 'at', 'what', '{"user_id": "login", "email": "mail", "cookie": "cookie"}', channel => '''web''', value => 'amount');
SELECT intent.watch_source('visits');
SELECT intent.refresh();
SELECT intent.setup();
SELECT intent.promote_model(intent.register_model('default', '{"intents": {"purchase": {"base": -2}, "complaint": {"base": -3}}, "signals": [
	{"name": "some", "touchpoints": ["web:e1", "web:e2"], "measure": "count", "half_life": "2 days", "transform": "log1p", "weights": {"purchase": 0.4, "complaint": 0.1}},
	{"name": "spent", "touchpoints": ["web:*"], "measure": "sum", "half_life": "7 days", "weights": {"purchase": 0.01}}]}'::intent.scorecard));
SELECT intent.register_model('shop', '{"kind": "logistic", "base": -2, "features": []}'::intent.predictor, note => 'base rate');
SELECT intent.snapshot_scores(as_of => '2026-03-12Z');
SELECT intent.refresh_bi();
-- what waits: rows in the inbox, and a merge that no refresh has seen
INSERT INTO visit VALUES (3001, '2026-03-20Z', 'waits', 'u3', NULL, NULL, 1);
DELETE FROM visit WHERE id = 30;
SELECT intent.merge('default', intent.person('user_id', 'u6'), intent.person('user_id', 'u9'));
CREATE TABLE kept AS SELECT person, journey FROM intent.person_journey;
CREATE INDEX kept_journey ON kept USING gin (journey intent.journey_gin_ops);
SQL

# Every row of every table, views included; and what is made of them.
my $tables = q{SELECT string_agg(format('%s %s', c.oid::regclass, md5(query_to_xml(format('SELECT t::text AS t FROM %s t ORDER BY 1', c.oid::regclass), true, true, '')::text)), E'\n' ORDER BY c.oid::regclass::text)
	FROM pg_class c WHERE c.relnamespace IN ('intent'::regnamespace, 'intent_bi'::regnamespace, 'public'::regnamespace) AND c.relkind IN ('r', 'v', 'm')
		AND c.oid::regclass::text NOT IN ('intent_bi.freshness')};
my $bytes = q{SELECT md5(string_agg(intent.journey_send(journey)::text, ',' ORDER BY anchor, source, carriers, n)) FROM intent.chunk};
my $scores = q{SELECT string_agg(s::text, E'\n' ORDER BY s::text) FROM (SELECT id, s.*, intent.journey_of(id) FROM intent.identifier CROSS JOIN LATERAL intent.scores(id, '2026-03-21Z') s) s};
my $catalogue = q{SELECT string_agg(concat_ws(' ', c.oid::regclass, c.relkind, pg_get_userbyid(c.relowner), c.relacl, c.relrowsecurity, p.polname, pg_get_expr(p.polqual, c.oid), g.tgname), E'\n' ORDER BY c.oid::regclass::text, p.polname, g.tgname)
	FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid LEFT JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
	WHERE c.relnamespace IN ('intent'::regnamespace, 'intent_bi'::regnamespace, 'public'::regnamespace) AND c.relkind IN ('r', 'i', 'S', 'v', 'm')};
my $found = q{SET enable_seqscan = off; SELECT count(*) || ' of ' || (SELECT count(*) FROM intent.persons_matching('waits | e1 -> e2')) FROM kept WHERE journey OPERATOR(intent.@>) ARRAY['web:e1']};
my %asked = (tables => $tables, 'bytes of chunks' => $bytes, scores => $scores, catalogue => $catalogue, 'what indexes find' => $found);
my %before = map { $_ => psql('owner', $old, $asked{$_}) } keys %asked;
ok(length $before{$_}, "there is something to compare: $_") for sort keys %before;
run("$root/scripts/server", 'stop', $old);

my $status = as_owner("$ENV{INTENT_BIN}/pg_upgrade", '-U', 'postgres', '-s', $old, '-b', $ENV{INTENT_BIN}, '-B', $ENV{INTENT_BIN}, '-d', "$old/data", '-D', "$new/data");
is($status, 0, 'pg_upgrade') or BAIL_OUT(qx(tail -n 30 '$folder/log'));
run("$root/scripts/server", 'start', $new);
is(psql('owner', $new, $asked{$_}), $before{$_}, "the same: $_") for sort keys %asked;

psql('owner', $new, q{INSERT INTO visit VALUES (3002, '2026-03-21Z', 'later', 'u3', NULL, 'c1', 2)});
is(psql('owner', $new, q{SELECT intent.variant(intent.journey_of(intent.person('user_id', 'u3'))) ~ 'web:waits -> web:later$'}), 't', 'a row that is written after it is there at once');
is(psql('owner', $new, q{SELECT state || ' ' || added || ' ' || removed FROM intent.refresh()}), 'done 2 1', 'refresh goes on');
my $journeys = q{SELECT md5(string_agg(person || intent.journey_send(journey)::text, ',' ORDER BY person)) FROM intent.person_journey};
my $refreshed = psql('owner', $new, $journeys);
psql('owner', $new, 'SELECT intent.refresh(rebuild => true)');
is(psql('owner', $new, $journeys), $refreshed, 'to the journeys of a rebuild');
is(psql('owner', $new, q{SELECT intent.registry_add('default', intent.live_scorecard('default'), NULL, '', NULL, NULL, NULL, NULL, NULL, NULL) > 2}), 't', 'numbers go on, too');

done_testing();
