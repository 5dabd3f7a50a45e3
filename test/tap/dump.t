#!/usr/bin/perl
# Journeys go through pg_dump and back without loss: plain, as INSERT and in custom format, whatever the settings of both sides.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $tag = "dump_$$";
my $folder = tempdir(CLEANUP => 1);

sub psql
{
	my ($database, $sql) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-c', $sql or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	$out =~ s/\n\z//;
	return $out;
}

sub run
{
	my ($command) = @_;

	my $said = qx(( $command ) 2>&1);
	diag substr($said, -2000) if $?;
	return $?;
}

psql('postgres', "CREATE DATABASE $tag");
psql($tag, <<'SQL');
CREATE EXTENSION intent;
CREATE TABLE journeys (id int PRIMARY KEY, journey intent.journey NOT NULL DEFAULT '{2026-03-01T10:00:00Z web:view}',
	events int GENERATED ALWAYS AS (intent.event_count(journey)) STORED,
	CHECK (intent.has_touchpoints(journey, '{}')));
INSERT INTO journeys
SELECT id, intent.journey_agg(timestamptz '2026-01-01Z' + n * n % 97 * (ARRAY['1 us', '1 s', '1 h', '1000 years'])[1 + id % 4]::interval,
	(ARRAY['web', NULL, 'a "b"'])[1 + n % 3], 'e ' || n % 7, n / (ARRAY[1, 3, 1e-300])[1 + n % id % 3],
	CASE WHEN n % 2 = 0 THEN timestamptz '2026-02-01Z' + n * interval '1 us' END, CASE WHEN id % 2 = 0 THEN (n % 5)::text END)
FROM generate_series(1, 20) id, generate_series(1, 60) n GROUP BY id;
INSERT INTO journeys VALUES (0, '{}'), (21, DEFAULT);
INSERT INTO journeys SELECT 22, intent.journey_agg(timestamptz '4000-01-01 BC' + n * interval '7 s', 'e' || n) FROM generate_series(1, 5000) n;
CREATE INDEX journeys_hash ON journeys USING hash (journey);
CREATE TABLE parts (LIKE journeys) PARTITION BY HASH (journey);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts (id, journey) SELECT id, journey FROM journeys;
CREATE MATERIALIZED VIEW whole AS SELECT intent.journey_merge(journey) AS journey FROM journeys WHERE id > 0;
CREATE VIEW late AS SELECT id FROM journeys WHERE journey OPERATOR(intent.=) '{2026-03-01T10:00:00Z web:view}';
SQL
psql('postgres', "ALTER DATABASE $tag SET DateStyle = 'German'");
psql('postgres', "ALTER DATABASE $tag SET TimeZone = 'Pacific/Kiritimati'");

my $content = q{SELECT md5(string_agg(source || '|' || id || '|' || coalesce(events, -1) || '|' || encode(intent.journey_send(journey), 'hex'), E'\n' ORDER BY source, id))
	FROM (SELECT tableoid::regclass::text AS source, id, events, journey FROM journeys
		UNION ALL SELECT tableoid::regclass::text, id, events, journey FROM parts
		UNION ALL SELECT 'whole', 0, 0, journey FROM whole UNION ALL SELECT 'late', id, 0, '{}' FROM late) t};
my $before = psql($tag, $content);
like($before, qr/^[0-9a-f]{32}$/, 'there is something to dump');

my %ways = (
	plain => ["pg_dump -f $folder/plain.sql $tag", "psql -Xq -v ON_ERROR_STOP=1 -f $folder/plain.sql -d "],
	inserts => ["pg_dump --inserts -f $folder/inserts.sql $tag", "psql -Xq -v ON_ERROR_STOP=1 -f $folder/inserts.sql -d "],
	custom => ["pg_dump -Fc -f $folder/custom $tag", "pg_restore --exit-on-error $folder/custom -d "]);
for my $way (sort keys %ways)
{
	my ($dump, $restore) = @{ $ways{$way} };

	psql('postgres', "CREATE DATABASE ${tag}_$way");
	is(run($dump), 0, "dumped: $way");
	is(run("PGTZ=America/St_Johns $restore ${tag}_$way"), 0, "restored: $way");
	is(psql("${tag}_$way", $content), $before, "the same: $way");
	is(psql("${tag}_$way", q{SET search_path = public, intent; SET enable_seqscan = off;
		SELECT count(*) FROM journeys WHERE journey = (SELECT journey FROM journeys WHERE id = 22)}), 1, "found by its index: $way");
	psql('postgres', "DROP DATABASE ${tag}_$way");
}
psql('postgres', "DROP DATABASE $tag");
done_testing();
