#!/usr/bin/perl
# The core tests on a big-endian machine: the same bytes and the same evidence as on this one.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use Test::More;

plan skip_all => 'only in the full run' unless $ENV{INTENT_FULL};

my $here = abs_path(dirname(__FILE__));
my $out = ($ENV{INTENT_CORE} || "$here/../../build/core") . '/s390x';
my ($compiler, $emulator) = qw(s390x-linux-gnu-gcc qemu-s390x);

for my $tool ($compiler, $emulator) {
	qx($tool --version 2>&1);
	next if $? == 0;
	fail("$tool is missing: apt-get install gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user");
	done_testing();
	exit;
}

my $built = qx(make -j 2 -k -C "$here" OUT="$out" CC=$compiler portable 2>&1 </dev/null);
ok($? == 0, "all cores and their tests compile with $compiler")
	or diag join "\n", grep { /error|warning|Error|No rule/ } split /\n/, $built;

for my $source (sort glob "$here/*_test.c") {
	my $name = basename($source, '.c');
	my $printed = qx($emulator "$out/portable/$name" 2>&1 </dev/null);

	ok($? == 0 && $printed !~ /^not ok/m, $name) or diag $printed;
}

done_testing();
