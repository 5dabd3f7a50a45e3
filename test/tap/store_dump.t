#!/usr/bin/perl
# The store of a plain owner goes through dump and restore: the same bytes, owners, policies, triggers and rights, and it goes
# on from there.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $tag = "store_dump_$$";

sub psql
{
	my ($user, $database, $sql) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', $user, '-d', $database, '-c', $sql or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

psql('postgres', 'postgres', $_) for "CREATE ROLE $tag LOGIN NOSUPERUSER", "CREATE ROLE ${tag}_reader LOGIN NOSUPERUSER",
	"CREATE DATABASE $tag OWNER $tag", "CREATE DATABASE ${tag}_2";
psql($tag, $tag, <<"SQL");
SET client_min_messages = warning;
CREATE EXTENSION intent;
CREATE SCHEMA shop;
CREATE TABLE shop.visit (id int PRIMARY KEY, at timestamptz, what text, login text, cookie text);
INSERT INTO shop.visit SELECT n, timestamptz '2026-03-01Z' + n * interval '7 minutes', 'e' || n % 7, CASE WHEN n % 3 = 0 THEN 'u' || n % 20 END, 'c' || n % 30
FROM generate_series(1, 2000) n;
SELECT intent.add_source('visits', 'shop.visit', 'at', 'what', '{"user_id": "login", "cookie": "cookie"}');
SELECT intent.watch_source('visits');
SELECT intent.refresh();
INSERT INTO shop.visit VALUES (3001, '2026-03-20Z', 'waits', 'u3', NULL);
GRANT USAGE ON SCHEMA intent TO ${tag}_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA intent TO ${tag}_reader;
CREATE INDEX mine ON intent.chunk (starts_at);
SQL
my $content = q{SELECT md5(concat((SELECT string_agg(concat(person, source, anchor, carriers, n, alone, intent.journey_send(journey)), ',' ORDER BY anchor, source, carriers, n) FROM intent.chunk),
	(SELECT string_agg(concat(name, relation, occurred_at, event, identifiers, seen_until, watched), ',') FROM intent.source), (SELECT string_agg(t::text, ',' ORDER BY t::text) FROM intent.inbox t),
	(SELECT string_agg(t::text, ',' ORDER BY t.id) FROM intent.refresh_run t)))};
my $catalogue = q{SELECT md5(string_agg(concat(c.relname, pg_get_userbyid(c.relowner), c.relacl, c.relrowsecurity, p.polname, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid), g.tgname), ',' ORDER BY c.relname, p.polname, g.tgname))
	FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid LEFT JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
	WHERE c.relnamespace IN ('intent'::regnamespace, 'shop'::regnamespace) AND c.relkind IN ('r', 'i', 'S', 'v')};
my $one = q{SELECT intent.variant(intent.journey_of(intent.person('user_id', 'u3')))};
like(psql("${tag}_reader", $tag, $one), qr/waits$/, 'a reader sees what is stored and what waits');
is(system("pg_dump -U $tag -Fc $tag 2>&1 | pg_restore -U postgres -d ${tag}_2 --exit-on-error 2>&1"), 0, 'dumped, and restored by another role');
is(psql('postgres', "${tag}_2", $content), psql('postgres', $tag, $content), 'with the same bytes');
is(psql('postgres', "${tag}_2", $catalogue), psql('postgres', $tag, $catalogue), 'the same owners, rights, policies, indexes and triggers');
is(psql("${tag}_reader", "${tag}_2", $one), psql("${tag}_reader", $tag, $one), 'a reader sees the same');
for my $database ($tag, "${tag}_2")
{
	psql($tag, $database, q{INSERT INTO shop.visit VALUES (3002, '2026-03-21Z', 'later', 'u3', 'c1')});
	is(psql($tag, $database, q{SELECT state || ' ' || added FROM intent.refresh()}), 'done 2', "refresh goes on in $database");
}
my $journeys = q{SELECT md5(string_agg(person || intent.journey_send(journey)::text, ',' ORDER BY person)) FROM intent.person_journey};
is(psql('postgres', "${tag}_2", $journeys), psql('postgres', $tag, $journeys), 'to the same journeys');
psql($tag, "${tag}_2", 'SELECT intent.refresh(rebuild => true)');
is(psql('postgres', "${tag}_2", $journeys), psql('postgres', $tag, $journeys), 'which are those of a rebuild');

psql('postgres', 'postgres', $_) for "DROP DATABASE $tag", "DROP DATABASE ${tag}_2", "DROP ROLE ${tag}_reader", "DROP ROLE $tag";
done_testing();
