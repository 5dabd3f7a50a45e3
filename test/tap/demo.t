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

# The planted truth says how good each way of joining is; one was computed apart with another program.
like($out, qr/^ every identifier, nothing blocked +\| +2390 \| +2000 \| +0\.450 \| +0\.889 \| +0\.597 \| +40$/m,
	'plain joining is measured against the truth');
like($out, qr/^ placeholders and shared devices blocked +\| +2594 \| +2000 \| +0\.930 \| +0\.875 \| +0\.902 \| +4$/m,
	'blocking what names nobody is better');

like($out, qr/^ one per person \|  ?2594 \|  22786 \|/m, 'merging journeys loses no event');
like($out, qr/^ +7044 \| +7044$/m, 'every explanation adds up to its evidence');
like($out, qr/^ = evidence .* 2\.131563442574$/m, 'the top score is explained to the last digit');
like($out, qr/^ scorecard, overarching +\| +235 \| +110 \| +46\.8 \| +6\.0$/m, 'the ranking is checked against what came');
like($out, qr/^ scorecard, momentary +\| +235 \| +47 \|/m, 'and so is the moment alone');
like($out, qr/^== What to try next\n.*scripts\/demo --keep/m, 'and what to try next');

like(qx("$demo" --nonsense 2>&1), qr/unknown argument "--nonsense"; try scripts\/demo --help/, 'a wrong argument is named');

done_testing();
