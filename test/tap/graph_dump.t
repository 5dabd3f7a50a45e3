#!/usr/bin/perl
# A graph of a plain owner goes through dump and restore with all its rows, rights and policies; who was erased is nowhere
# in the dump, and does not come back.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $tag = "graph_dump_$$";
my $folder = tempdir(CLEANUP => 1);

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
CREATE EXTENSION intent;
SELECT intent.create_graph('default'), intent.create_graph('theirs', tenant => '${tag}_other');
SELECT intent.observe('default', '{"cookie": "shared", "user_id": "anna", "email": "anna\@example.com"}', '2026-03-01Z');
SELECT intent.observe('default', '{"cookie": "shared", "device": "zebra-device", "user_id": "zebra-login", "email": "zebra\@example.com"}', '2026-03-02Z');
SELECT intent.observe('default', '{"cookie": "zebra-cookie", "user_id": "zebra-login"}', '2026-03-03Z');
SELECT intent.observe('default', '{"user_id": "anna", "email": "zebra\@example.com"}', '2026-03-03Z');
SELECT intent.observe('theirs', '{"user_id": "anna"}', '2026-03-03Z');
SELECT intent.set_consent('default', intent.person('user_id', 'zebra-login'), 'zebra-purpose', true);
SELECT intent.undo(intent.merge('default', intent.person('user_id', 'anna'), intent.observe('default', '{"user_id": "bert"}', '2026-03-04Z')));
GRANT USAGE ON SCHEMA intent TO ${tag}_reader;
GRANT SELECT ON intent.graph, intent.graph_kind, intent.identifier, intent.profile, intent.suppression TO ${tag}_reader;
CREATE INDEX mine ON intent.identifier (first_seen);
SQL
is(psql("${tag}_reader", $tag, q{SELECT intent.person('user_id', 'anna') IS NOT NULL}), 't', 'a reader sees the tenant of everybody');
is(psql("${tag}_reader", $tag, q{SELECT count(*) FROM intent.graph}), 1, 'and no other');

is(system("pg_dump -U $tag -f $folder/with $tag"), 0, 'dumped');
my $erased = psql($tag, $tag, q{SELECT intent.graph_erase('default', intent.person('user_id', 'zebra-login'))});
is(psql($tag, $tag, q{SELECT identifiers, consents FROM intent.graph_erasure}), '4|1', 'erased, with a certificate');
is(system("pg_dump -U $tag -f $folder/without $tag"), 0, 'dumped again');
like(slurp("$folder/with"), qr/zebra/, 'before, the person was in the dump');
unlike(slurp("$folder/without"), qr/zebra/, 'and is not any more');
like(slurp("$folder/without"), qr/shared/, 'but what is not of this person is');

psql($tag, $tag, q{SELECT intent.observe('default', '{"user_id": "Zebra-login", "email": "ZEBRA@example.com", "cookie": "zebra-cookie"}', '2026-03-05Z')});
psql($tag, $tag, q{SELECT intent.ingest('default', 'SELECT timestamptz ''2026-03-05Z'' AS occurred_at, jsonb ''{"user_id": "zebra-login", "email": "zebra@example.com"}'' AS identifiers')});
is(psql($tag, $tag, q{SELECT string_agg(value, ' ') FROM intent.identifier WHERE value ILIKE 'zebra%'}), 'Zebra-login', 'it does not come back; another spelling of a login is another login');

my $content = q{SELECT md5(concat((SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE "C") FROM intent.identifier t),
	(SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE "C") FROM intent.profile t), (SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE "C") FROM intent.link t),
	(SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE "C") FROM intent.sighting t), (SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE "C") FROM intent.suppression t),
	(SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE "C") FROM intent.graph_kind t), (SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE "C") FROM intent.graph t)))};
my $catalogue = q{SELECT md5(string_agg(concat(c.relname, pg_get_userbyid(c.relowner), c.relacl, c.relrowsecurity, p.polname, pg_get_expr(p.polqual, c.oid)), ',' ORDER BY c.relname, p.polname))
	FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relnamespace = 'intent'::regnamespace AND c.relkind IN ('r', 'i', 'S')};
is(system("pg_dump -U $tag -Fc $tag 2>&1 | pg_restore -U postgres -d ${tag}_2 --exit-on-error 2>&1"), 0, 'restored by another role');
is(psql('postgres', "${tag}_2", $content), psql('postgres', $tag, $content), 'with the same rows');
is(psql('postgres', "${tag}_2", $catalogue), psql('postgres', $tag, $catalogue), 'the same owners, rights, policies and indexes');
is(psql($tag, "${tag}_2", q{SELECT intent.observe('default', '{"user_id": "new"}', '2026-03-05Z') > (SELECT max(id) FROM intent.identifier WHERE value <> 'new')}), 't', 'and ids that go on');

sub slurp
{
	open my $in, '<', $_[0] or die "cannot read $_[0]: $!\n";
	local $/;
	return <$in>;
}

psql('postgres', 'postgres', $_) for "DROP DATABASE $tag", "DROP DATABASE ${tag}_2", "DROP ROLE ${tag}_reader", "DROP ROLE $tag";
done_testing();
