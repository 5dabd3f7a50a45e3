#!/usr/bin/perl
# A plain owner of a database installs the extension, uses all of it, and keeps what it made through dump and restore.
use strict;
use warnings;
use Test::More;

my $tag = "trusted_$$";

sub psql
{
	my ($user, $database, $sql) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', $user, '-d', $database, '-c', $sql or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

psql('postgres', 'postgres', "CREATE ROLE $tag LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE");
psql('postgres', 'postgres', "CREATE DATABASE $tag OWNER $tag");
psql('postgres', 'postgres', "CREATE DATABASE ${tag}_2");

psql($tag, $tag, 'CREATE EXTENSION intent');
is(psql($tag, $tag, "SELECT extname FROM pg_extension WHERE extname = 'intent'"), 'intent', 'a plain owner may install it');
is(psql($tag, $tag, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'intent'::regnamespace AND prosecdef"), 0,
	'no function runs with more rights than its caller has');

psql($tag, $tag, <<'SQL');
CREATE TABLE journeys AS
SELECT person, intent.journey_agg(timestamptz '2026-01-01Z' + n * interval '1 h', 'web', 'e' || n % 7, n / 4.0) AS journey
FROM generate_series(1, 20) person, generate_series(1, 30) n GROUP BY person;
CREATE TABLE cards AS SELECT
'{"intents": {"purchase": {"base": -1}}, "signals": [{"name": "s", "touchpoints": ["web:e1"], "measure": "count", "weights": {"purchase": 0.5}}]}'::intent.scorecard AS card;
CREATE TABLE maps AS SELECT '{{a,b},{c}}'::intent.identity_map AS map;
SQL
my $content = q{SELECT md5(string_agg(person || journey::text || intent.score(journey, card, 'purchase', '2026-03-01Z') || map::text, ',' ORDER BY person))
	FROM journeys, cards, maps};
my $before = psql($tag, $tag, $content);
like($before, qr/^[0-9a-f]{32}$/, 'it uses it');

is(system("pg_dump -U $tag -Fc $tag 2>&1 | pg_restore -U postgres -d ${tag}_2 --exit-on-error 2>&1"), 0, 'what it made is dumped by it and restored by another');
is(psql('postgres', "${tag}_2", $content), $before, 'and the same');
is(psql('postgres', "${tag}_2", "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'journeys'"), $tag, 'with its owner');

psql('postgres', 'postgres', $_) for "DROP DATABASE ${tag}_2", "DROP DATABASE $tag", "DROP ROLE $tag";
done_testing();
