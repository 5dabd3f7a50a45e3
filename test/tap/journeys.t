#!/usr/bin/perl
# journeys() reads with the caller's rights and row policies, leaves no file behind, and keeps to its memory.
use strict;
use warnings;
use IO::Select;
use IPC::Open2;
use Test::More;
use Time::HiRes qw(sleep time);

my $full = $ENV{INTENT_FULL};
my $database = "journeys_$$";
$ENV{PGOPTIONS} = '-c search_path=public,intent -c client_min_messages=notice';

# What psql says to some commands, errors and notices among it, each with its SQLSTATE.
sub psql
{
	my (@commands) = @_;

	open my $psql, '-|', 'sh', '-c', 'exec psql "$@" 2>&1', 'psql', '-XqAt', '-v', 'VERBOSITY=verbose', '-v', 'SHOW_CONTEXT=never',
		'-d', $database, map { ('-c', $_) } @commands
	  or die "cannot run psql: $!";
	my $said = join '', <$psql>;
	close $psql;
	$said =~ s/^LOCATION:.*\n//mg;
	chomp $said;
	return $said;
}

sub as
{
	my ($role, $call) = @_;

	return psql("SET ROLE $role", "SELECT string_agg(person || ' ' || event_count(journey), ', ' ORDER BY person) FROM $call");
}

# Temporary files of a session: other tests have some, too.
sub files
{
	my ($pid) = @_;

	return psql("SELECT files($pid)");
}

is(system('createdb', $database), 0, 'a database');
my @roles = map { "journeys_${_}_$$" } qw(owner anna ben nobody);
my ($owner, $anna, $ben, $nobody) = @roles;
is(psql('CREATE EXTENSION intent', map({ "CREATE ROLE $_" } @roles), 'GRANT CREATE ON SCHEMA public TO PUBLIC', 'GRANT USAGE ON SCHEMA intent TO PUBLIC', <<SQL), '', 'people and their rows');
SET ROLE $owner;
CREATE TABLE event (shop text, person bigint, occurred_at timestamptz, event text, secret text);
INSERT INTO event SELECT CASE WHEN i % 3 = 0 THEN '$anna' ELSE '$ben' END, i % 3 + 1, timestamptz '2026-01-01Z' + i * interval '1 h', 'view', 'hidden'
FROM generate_series(0, 9) i;
CREATE VIEW event_view AS SELECT * FROM event;
CREATE VIEW event_of_shop WITH (security_barrier) AS SELECT * FROM event WHERE shop = current_user;
CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS \$\$ BEGIN RAISE NOTICE 'leaked %', \$1; RETURN true; END \$\$;
SQL

my $table = q{journeys(null::bigint, 'event', 'person', 'occurred_at', 'event')};
my $secret = q{journeys(null::bigint, 'event', 'person', 'occurred_at', 'secret')};
my $condition = q{journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', condition => 'secret IS NOT NULL')};
my $query = q{journeys(null::bigint, 'SELECT person, occurred_at, event FROM event')};
my $everybody = '1 4, 2 3, 3 3';
my $denied = qr/^ERROR:  42501: permission denied for table event$/;

# ----- rights -----

is(as($owner, $table), $everybody, 'the owner reads');
like(as($anna, $_), $denied, 'who has no right does not') for $table, $query;
psql("SET ROLE $owner", "GRANT SELECT (person, occurred_at, event) ON event TO $anna");
is(as($anna, $_), $everybody, 'the right to the columns is enough') for $table, $query;
like(as($anna, $secret), $denied, 'no other column can be read');
like(as($anna, $condition), $denied, 'not in a condition either');
like(as($anna, q{journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', condition => 'event IS NOT NULL')}) , qr/^\Q$everybody\E$/, 'but those of the right can');
psql("SET ROLE $owner", "GRANT SELECT ON event TO $ben");
is(as($ben, $_), $everybody, 'the right to the table is enough') for $table, $secret, $condition, $query;
like(as($ben, q{journeys(null::bigint, 'event_view', 'person', 'occurred_at', 'event')}), qr/42501: permission denied for view event_view/, 'a view has rights of its own');
psql("SET ROLE $owner", "GRANT SELECT ON event_view, event_of_shop TO $nobody, $anna, $ben");
is(as($nobody, q{journeys(null::bigint, 'event_view', 'person', 'occurred_at', 'event')}), $everybody, 'which are enough, for its owner reads the table');
like(as($nobody, $table), $denied, 'through the view alone');

psql('CREATE SCHEMA own', "GRANT ALL ON SCHEMA own TO $owner", "SET ROLE $owner; CREATE TABLE own.event AS SELECT * FROM event; GRANT SELECT ON own.event TO PUBLIC");
like(as($nobody, "journeys(null::bigint, (SELECT oid FROM pg_class WHERE relname = 'event' AND relnamespace = to_regnamespace('own'))::regclass, 'person', 'occurred_at', 'event')"),
	qr/42501: permission denied for schema own/, 'the number of a table is no way into its schema');

# ----- policies -----

psql("SET ROLE $owner", 'ALTER TABLE event ENABLE ROW LEVEL SECURITY', 'CREATE POLICY own_rows ON event USING (shop = current_user)');
is(as($owner, $table), $everybody, 'the owner sees all rows');
is(as($ben, $_), '2 3, 3 3', 'who a policy holds for, some') for $table, $secret, $query;
is(as($ben, q{journeys(null::bigint, 'event', 'person', 'occurred_at', 'event', condition => 'true OR shop IS NULL')}), '2 3, 3 3', 'whatever the condition');
is(as($anna, $table), '1 4', 'with the right to columns, too');
psql("SET ROLE $owner", 'ALTER TABLE event FORCE ROW LEVEL SECURITY');
is(as($owner, $table), '', 'and its owner, if it is forced');
like(psql("SET ROLE $ben", 'SET row_security = off', "SELECT * FROM $table"), qr/42501: query would be affected by row-level security policy/, 'row_security = off is heard');

# ----- functions that tell what they see -----

my $leak = qr/NOTICE:  00000: leaked/;
my $peek = "SELECT count(*) FROM journeys(null::bigint, '%s', 'person', 'occurred_at', 'event', condition => 'leak(shop)')";
for my $relation ('event', 'event_of_shop')
{
	my $said = psql("SET ROLE $ben", sprintf $peek, $relation);
	like($said, qr/$leak $ben/, "$relation: a condition sees the rows that it may");
	unlike($said, qr/$leak $anna/, 'and no other');
}

# ----- files -----

# Many people, more than fits; at the row before the last, something happens.
sub spilling
{
	my ($event) = @_;
	my $rows = 200_000;

	return "SELECT count(journey) FROM journeys(null::bigint, \$\$SELECT i % 50000 AS person, timestamptz '2026-01-01Z' + i * interval '1 s' AS occurred_at,
		CASE WHEN i = $rows - 1 THEN $event ELSE 'view' END AS event FROM generate_series(1::bigint, $rows) i\$\$)";
}

is(psql(<<'SQL'), '', 'a function that says how many files there are, and one that fails');
CREATE FUNCTION files(pid int) RETURNS bigint LANGUAGE sql AS
$$ SELECT count(*) FROM pg_ls_tmpdir() WHERE name ~ ('^pgsql_tmp' || pid || '\.') $$;
CREATE FUNCTION fail() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% files', CASE WHEN files(pg_backend_pid()) > 8 THEN 'many' ELSE 'few' END;
END $$;
SQL
my $little = q{SET intent.build_mem = '1MB'};
like(psql($little, spilling('fail()'), 'SELECT files(pg_backend_pid())'), qr/^ERROR:  P0001: many files\n0$/, 'an error amid temporary files, which are gone then');
like(psql($little, "DO \$do\$ BEGIN PERFORM count(*) FROM (@{[spilling('fail()')]}) x; EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'caught, and % left', files(pg_backend_pid()); END \$do\$"),
	qr/caught, and 0 left/, 'also where it is caught');

# Starts a statement that waits amid its temporary files; ends it; returns what it said.
sub interrupted
{
	my ($how) = @_;
	my $pid = open2(my $from, my $to, 'sh', '-c', 'exec psql "$@" 2>&1', 'psql', '-XqAt', '-d', $database);
	my $deadline = time + 60;
	my $backend;

	print $to "SELECT pg_backend_pid();\n";
	$to->flush;
	chomp($backend = <$from>);
	print $to "$little;\n", spilling("pg_sleep(600)::text"), ";\nSELECT 'still here';\n";
	close $to;
	sleep 0.05 until files($backend) > 8 || time > $deadline;
	cmp_ok(files($backend), '>', 8, "$how: there are files");
	psql("SELECT $how($backend)");
	my $said = do { local $/; <$from> };
	waitpid $pid, 0;
	sleep 0.05 until files($backend) == 0 || time > $deadline;
	is(files($backend), 0, 'there are none');
	return $said;
}

like(interrupted('pg_cancel_backend'), qr/canceling statement due to user request.*still here/s, 'cancelled, the session goes on');
like(interrupted('pg_terminate_backend'), qr/terminating connection/, 'terminated');

# ----- memory -----

sub own_memory
{
	my ($pid) = @_;

	open my $status, '<', "/proc/$pid/status" or return 0;
	local $/ = undef;
	my ($kilobytes) = <$status> =~ /^RssAnon:\s*(\d+)/m;
	return ($kilobytes // 0) / 1024;
}

# The most that a statement takes, in MB, and its first line.
sub peak_memory
{
	my ($statement, @settings) = @_;
	my $pid = open2(my $from, my $to, 'psql', '-XqAt', '-d', $database);
	my ($backend, $before, $peak, $answer);

	# what any first call takes does not count
	print $to "SET $_;\n" for @settings;
	print $to "SELECT count(*) FROM journeys(null::bigint, 'SELECT 1::bigint AS person, now() AS occurred_at, ''view'' AS event') \\g /dev/null\n";
	print $to "SELECT pg_backend_pid();\n";
	$to->flush;
	chomp($backend = <$from>);
	$peak = $before = own_memory($backend);
	print $to "$statement;\n\\echo done\n";
	close $to;
	my $waiting = IO::Select->new($from);
	until ($waiting->can_read(0.002))
	{
		my $now = own_memory($backend);
		$peak = $now if $now > $peak;
	}
	chomp($answer = <$from>);
	waitpid $pid, 0;
	return ($peak - $before, $answer);
}

my ($rows, $people, $memory) = $full ? (100_000_000, 2_500_000, 256) : (700_000, 140_000, 2);
my $call = "SELECT concat_ws(' ', count(*), sum(event_count(journey))) FROM journeys(null::bigint, \$\$SELECT i * 7919 % $people AS person,
	timestamptz '2026-01-01Z' + i * interval '10 ms' AS occurred_at, 'e' || i % 16 AS event
	FROM (SELECT generate_series(1::bigint, $rows) AS i) g\$\$)";
my $started = time;
my ($taken, $answer) = peak_memory($call, "intent.build_mem = '${memory}MB'", "work_mem = '1MB'");
diag sprintf '%d events of %d people: %.1f MB at most with build_mem = %d MB, %.0f s', $rows, $people, $taken, $memory, time - $started if $full;
is($answer, "$people $rows", "$rows events in little memory");
# beside the setting: the result and the executor's own, and buffers of the files
cmp_ok($taken, '<', $memory * 1.2 + 6, 'which is kept to');
if (!$full)
{
	($taken, $answer) = peak_memory($call, "intent.build_mem = '100MB'", "work_mem = '1MB'");
	is($answer, "$people $rows", 'and with all it wants');
	cmp_ok($taken, '>', $memory * 1.2 + 6, 'which is more');
}

psql("DROP OWNED BY $_", "DROP ROLE $_") for @roles;
is(system('dropdb', $database), 0, 'all is gone');
done_testing();
