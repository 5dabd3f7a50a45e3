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

# What cores call is one of them, the host, or a few functions of libc; libm is not for exact numbers.
my %libc = map { $_ => 1 } qw(memchr memcmp memcpy memmove memset strchr strcmp strlen);
my %libm = map { $_ => 1 } qw(exp expm1 log log1p log2 sqrt pow erf erfc lgamma tgamma fabs floor ceil fmin fmax atan);
my (%defined, %called);
for (qx(cd "$out/gcc" && nm -A -P */*.o)) {
	my ($file, $name, $kind) = m{^(\w+/\w+)\.o: (\w+) (\w)} or next;
	next unless -e "$here/../../src/$file.c";    # an object that an older checkout left
	if ($kind eq 'U') { $called{$name}{$file} = 1 } else { $defined{$name} = 1 }
}
my @foreign = grep { !$defined{$_} && !/^host_/ && !/^__[a-z]+[dt]i[a-z\d]*$/ && !$libc{$_} } sort keys %called;
@foreign = grep { !$libm{$_} || grep { m{^base/} } keys %{ $called{$_} } } @foreign;
is_deeply([map { "$_ in " . join ', ', sort keys %{ $called{$_} } } @foreign], [], 'cores know the host and little of libc');
cmp_ok(scalar keys %defined, '>', 100, 'as far as they were looked at');

# Of what is freed too early the place is enough; the rest of a report is there when a test runs by itself.
local $ENV{ASAN_OPTIONS} = join ':', 'malloc_context_size=1', 'quarantine_size_mb=8', 'thread_local_quarantine_size_kb=64', $ENV{ASAN_OPTIONS} // ();
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
