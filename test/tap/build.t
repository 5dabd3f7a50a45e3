#!/usr/bin/perl
# Built as any extension: in the tree, outside of it, again after a header changed; without a warning by gcc and clang.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::MD5 qw(md5_hex);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $config = "PG_CONFIG=$ENV{INTENT_BIN}/pg_config with_llvm=no";
my $scratch = tempdir(CLEANUP => 1);

# gcc built all of it, warnings being errors, before any test ran; the cores are clang's in test/core. This is the rest.
my @faces = glob "$root/src/*/*_pg.c";
my $server = qx("$ENV{INTENT_BIN}/pg_config" --includedir-server);
chomp $server;
# once for the same sources
my $stamp = "$root/build/clang-" . md5_hex($server, qx(clang --version), map { slurp($_) } sort(glob("$root/src/*/*.[ch]")), $0);
my $warnings = '';
$warnings = qx(clang -fsyntax-only -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -I"$root/src" -isystem "$server" -D_GNU_SOURCE @faces 2>&1) unless -e $stamp;
is($warnings, '', 'clang sees nothing to warn of') and mark($stamp);
cmp_ok(scalar(split /\n/, slurp("$root/Makefile")), '<', 120, 'the Makefile is short');

SKIP:
{
	skip 'builds from scratch run with --full', 7 unless $ENV{INTENT_FULL};

	run("cp -r '$root/Makefile' '$root/intent.control' '$root/src' '$root/sql' '$scratch/' && find '$scratch' -name '*.[od]' -delete");
	mkdir "$scratch/out";
	is(run("make -C '$scratch/out' -f '$scratch/Makefile' VPATH='$scratch' $config -j2"), 0, 'VPATH build');
	is(run("make -C '$scratch/out' -f '$scratch/Makefile' VPATH='$scratch' $config install DESTDIR='$scratch/stage'"), 0, 'and its installation');
	ok(!-e "$scratch/intent.so", 'nothing among the sources');
	is(run("make -C '$scratch' $config -j2"), 0, 'build in the tree');
	like(qx(make -C '$scratch' $config), qr/Nothing to be done/, 'nothing is built twice');
	my $later = time + 2;
	utime $later, $later, "$scratch/src/journey/journey_format.h";
	my $again = qx(make -n -C '$scratch' $config);
	like($again, qr/journey_build\.c/, 'a changed header builds again what includes it');
	unlike($again, qr/-c [^\n]*src\/base\/bytes\.c/, 'and not what does not');
}

sub mark
{
	my ($stamp) = @_;

	unlink glob "$root/build/clang-*";
	open my $out, '>', $stamp or die "$stamp: $!";
	close $out;
	return;
}

sub slurp
{
	my ($file) = @_;

	open my $in, '<', $file or die "$file: $!";
	local $/;
	return <$in>;
}

sub run
{
	my ($command) = @_;

	my $said = qx(( $command ) 2>&1);
	diag substr($said, -2000) if $?;
	return $?;
}

done_testing();
