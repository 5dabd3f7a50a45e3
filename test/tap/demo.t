#!/usr/bin/perl
# scripts/demo does the main job: from raw events to scores whose explanations add up.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $demo = abs_path(dirname(__FILE__) . '/../../scripts/demo');
my $out = qx("$demo" 2>&1 </dev/null);

is($? >> 8, 0, 'it ends well') or diag $out;
my ($seconds) = $out =~ /^together +(\d+\.\d) s$/m;
cmp_ok($seconds // 'inf', '<', 60, 'in under a minute, and it says what it took');
(my $steps = $out) =~ s/.*?(?=^== 1\.)//ms;
unlike($steps, qr/ERROR|WARNING|line \d+:/, 'without an error or a warning');

like($out, qr/^ household shopping, real \(CC0\) +\| +55929 \| +2379 \|/m, 'real events are loaded');
like($out, qr/^ visits with identifiers, GENERATED +\| +22786 \| +2000 \|/m, 'generated visits are loaded, and labelled');

# The planted truth says how good each way of joining is; plain joining was computed apart with another program.
like($out, qr/^ whatever shares a value is one +\| +2390 \| +2000 \| +0\.450 \| +0\.889 \| +0\.597 \| +40$/m,
	'plain joining is measured against the truth');
my ($persons, $precision, $f1, $mixed) = $out =~ /^ identity graph, usual rules +\| +(\d+) \| +2000 \| +(\d\.\d+) \| +\d\.\d+ \| +(\d\.\d+) \| +(\d+)$/m;
cmp_ok($precision // 0, '>=', 0.98, 'the identity graph joins hardly anything that is wrong');
cmp_ok($f1 // 0, '>=', 0.92, 'and most of what is right');
cmp_ok($mixed // 'inf', '<=', 4, 'and mixes up few');
like($out, qr/^ +2 \| (\w+ \S+) +\| (\w+ \S+) +\| \w+ +\| .*\| 2026-/m, 'why: a chain of links');
my ($before, $merged, $undone) = map { [$out =~ /^ $_ +\| +(\d+) \| +(\d+) \| +(\d+) \| +(\d+)$/m] } qw(before merged undone);
is_deeply($merged, [$before->[0], $before->[0], ($before->[2] + $before->[3]) x 2], 'a merge makes one of two');
is_deeply($undone, $before, 'and its undoing two again');

like($out, qr/^ one per person +\| +@{[$persons - 88]} \| +22698 \|/m, 'each visit of a known person is in a journey');
like($out, qr/^ +7044 \| +7044$/m, 'every explanation adds up to its evidence');
like($out, qr/^ = evidence .* 2\.131563442574$/m, 'the top score is explained to the last digit');
like($out, qr/^ scorecard, overarching +\| +235 \| +110 \| +46\.8 \| +6\.0$/m, 'the ranking is checked against what came');
like($out, qr/^ scorecard, momentary +\| +235 \| +47 \|/m, 'and so is the moment alone');
like($out, qr/^== What to try next\n.*scripts\/demo --keep/m, 'and what to try next');

like(qx("$demo" --nonsense 2>&1), qr/unknown argument "--nonsense"; try scripts\/demo --help/, 'a wrong argument is named');

done_testing();
