#!/usr/bin/perl
# A refresh that is killed with SIGKILL at any point loses nothing and keeps nothing half: after the restart the next one gives
# the journeys of a rebuild, to the byte. A streaming replica reads the same. On a server of its own, for it dies.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep);

my $kills = $ENV{INTENT_FULL} ? 50 : 1;
my $root = "$FindBin::Bin/../..";
my $folder = tempdir(CLEANUP => 1);
chmod 0755, $folder;
symlink "$ENV{INTENT_SERVER}/stage", "$folder/stage" or die "symlink: $!\n";
my $replica = "$folder/replica";
$ENV{PGHOST} = $folder;
$ENV{PGDATABASE} = 'postgres';

sub run
{
	my (@command) = @_;
	system(@command) == 0 or die "@command failed\n";
}

# As the owner of the server.
sub as_owner
{
	run('bash', '-c', '. "$1/scripts/lib.sh"; shift; as_owner "$@"', 'bash', $root, @_);
}

sub psql
{
	my ($sql, $host) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-h', $host // $folder, '-c', $sql or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

# Until the server answers again.
sub wait_for
{
	my ($sql, $wanted, $host) = @_;

	for (1 .. 600)
	{
		return 1 if psql($sql, $host) eq $wanted;
		sleep 0.05;
	}
	die "no answer to $sql\n";
}

END
{
	my $status = $?;
	system("$root/scripts/server", 'stop', $folder, 'immediate') if -e "$folder/data/postmaster.pid";
	as_owner("$ENV{INTENT_BIN}/pg_ctl", '-D', "$replica/data", '-s', '-m', 'immediate', 'stop') if -e "$replica/data/postmaster.pid";
	$? = $status;
}

run("$root/scripts/server", 'create', $folder);
run("$root/scripts/server", 'start', $folder);
# what killed sessions say is not of interest, what ends this script is
open my $errors, '>&', \*STDERR;
open STDERR, '>', '/dev/null';
local $SIG{__DIE__} = sub { print $errors @_ };
psql(<<'SQL');
CREATE EXTENSION intent;
CREATE TABLE visit (id int PRIMARY KEY, at timestamptz, what text, login text, cookie text);
-- all of it younger than refresh looks back
INSERT INTO visit SELECT n, now() - n * interval '5 minutes', 'e' || n % 7, CASE WHEN n % 3 = 0 THEN 'u' || n % 50 END, 'c' || n % 80
FROM generate_series(1, 1200) n;
SELECT intent.add_source('visits', 'visit', 'at', 'what', '{"user_id": "login", "cookie": "cookie"}');
SQL

my $running = 0;
my $whose = q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL intent%' AND pid <> pg_backend_pid()};
# until one was hit in the middle: the first may be over before it is seen
for (my $kill = 1; $kill <= $kills || ($running == 0 && $kill <= 20); $kill++)
{
	# every second time the source is watched
	psql($kill % 2 ? q{SELECT intent.unwatch_source('visits')} : q{SELECT intent.watch_source('visits')});
	psql("INSERT INTO visit SELECT 10000 * $kill + n, now() - n * interval '20 minutes', 'k$kill', 'u' || (n + $kill) % 60, 'c' || n % 80 FROM generate_series(1, 300) n");
	psql("DELETE FROM visit WHERE id % 97 = $kill");
	my $child = fork // die "fork: $!\n";
	if ($child == 0)
	{
		open STDOUT, '>', '/dev/null';
		exec 'psql', '-Xq', '-c', 'CALL intent.refresh_steps(50)';
	}
	# at points from a fixed series, of the order of what a refresh takes; while none was hit, as soon as one is seen
	my $pid;
	if ($running > 0)
	{
		sleep 0.02 + ($kill * 37 % 50) / 50;
		$pid = psql($whose);
	}
	else
	{
		1 until ($pid = psql("$whose AND EXISTS (SELECT FROM intent.refresh_run WHERE state = 'running')")) || waitpid($child, WNOHANG) != 0;
	}
	# root or the owner of the server; the backend may have ended just now
	kill 'KILL', $pid if $pid;
	waitpid $child, 0;
	wait_for('SELECT 1', 1);
	$running += psql(q{SELECT count(*) FROM intent.refresh_run WHERE state = 'running'});
}
open STDERR, '>&', $errors;
cmp_ok($running, '>', 0, 'killed in the middle');
psql('CALL intent.refresh_steps(500)');
psql('SELECT intent.refresh()');
is(psql(q{SELECT count(*) FROM intent.refresh_run WHERE state = 'running'}), 0, 'the next one comes to its end');
my $bytes = q{SELECT md5(string_agg(concat_ws(' ', person, source, anchor, carriers, n, alone, intent.journey_send(journey)), ',' ORDER BY anchor, source, carriers, n)) FROM intent.chunk};
my $stored = psql($bytes);
is(psql(q{SELECT sum(intent.event_count(journey)) FROM intent.chunk}), psql('SELECT count(*) FROM visit'), 'with every event once');
psql('SELECT intent.refresh(rebuild => true)');
is(psql($bytes), $stored, 'and the bytes of a rebuild');

# ----- a replica -----

mkdir $replica;
chmod 0777, $replica;
as_owner("$ENV{INTENT_BIN}/pg_basebackup", '-h', $folder, '-U', 'postgres', '-D', "$replica/data", '-R', '-c', 'fast', '--no-sync');
as_owner("$ENV{INTENT_BIN}/pg_ctl", '-D', "$replica/data", '-l', "$replica/log", '-w', '-s', '-o', "-c unix_socket_directories=$replica", 'start');
psql(q{SELECT intent.watch_source('visits')});
psql('SELECT intent.refresh()');
psql(q{INSERT INTO visit VALUES (2, '2026-05-01Z', 'new', 'u7', NULL) ON CONFLICT (id) DO UPDATE SET what = 'new'});
my $lsn = psql('SELECT pg_current_wal_lsn()');
wait_for("SELECT pg_last_wal_replay_lsn() >= '$lsn'", 't', $replica);
is(psql('SELECT pg_is_in_recovery()', $replica), 't', 'a replica');
is(psql($bytes, $replica), psql($bytes), 'has the same chunks');
my $read = q{SELECT md5(string_agg(i.id || intent.journey_of(i.id)::text, ',' ORDER BY i.id)) || (SELECT count(*) FROM intent.persons_matching('e1 -> e2')) FROM intent.identifier i WHERE i.kind = 'user_id'};
is(psql($read, $replica), psql($read), 'and reads the same journeys, with what waits in the inbox');
done_testing();
