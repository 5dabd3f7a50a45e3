#!/usr/bin/perl
# The pure C of all rooms, without a server: compiles without a warning, and its tests under sanitizers.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use Test::More;

my $here = abs_path(dirname(__FILE__));
my $out = $ENV{INTENT_CORE} || "$here/../../build/core";

my $built = qx(make -j 2 -k -C "$here" OUT="$out" tests warnings 2>&1 </dev/null);
ok($? == 0, 'all cores and their tests compile without a warning, with gcc and clang')
	or diag join "\n", grep { /error|warning|Error|No rule/ } split /\n/, $built;

for my $source (sort glob "$here/*_test.c") {
	my $name = basename($source, '.c');

	subtest $name => sub {
		open my $lines, '-|', "$out/$name 2>&1" or return fail("$name runs");
		while (<$lines>) {
			if (/^(not )?ok \d+ - (.*)/) { ok(!$1, $2) }
			elsif (!/^1\.\.\d+$/) { chomp; diag $_ }
		}
		close $lines;
		is($?, 0, 'it ends well');
	};
}

done_testing();
