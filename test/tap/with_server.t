#!/usr/bin/perl
# The private server: two at once in one checkout, nothing of the system's, nothing left behind.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $with = abs_path(dirname(__FILE__) . '/../../scripts/with-server');
my $scratch = tempdir(CLEANUP => 1);
chmod 0777, $scratch;
local $ENV{TMPDIR} = $scratch;

sub told
{
	my ($command) = @_;

	open my $out, '-|', "TMPDIR='$scratch' '$with' $command 2>&1" or die "$with: $!";
	return $out;
}

sub heard
{
	my ($out) = @_;

	local $/;
	my $said = <$out>;
	close $out;
	return $said;
}

# Both run at the same time and meet nobody.
my $question = q{psql -XAtc "CREATE EXTENSION intent; SELECT current_setting('listen_addresses'), count(*), pg_sleep(0.5) FROM pg_database"};
my ($one, $two) = map { told($question) } 1, 2;
is(heard($_), "CREATE EXTENSION\n|3|\n", 'a server of its own, which no network reaches') for $one, $two;

heard(told('false'));
is($? >> 8, 1, 'the status of the command is passed on');
like(heard(told('')), qr/usage: scripts\/with-server COMMAND/, 'without a command it says how to call it');
is_deeply([ glob "$scratch/*" ], [], 'nothing is left');

done_testing();
