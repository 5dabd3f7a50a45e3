#!/usr/bin/perl
# Fuzzing of all that is read from outside, from the corpora on; the everyday run replays these (corpus_test).
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

plan skip_all => 'only in the full run' unless $ENV{INTENT_FULL};

my $here = abs_path(dirname(__FILE__));
my $seconds = $ENV{INTENT_FUZZ_SECONDS} || 20;

for my $name (sort map { m{([^/]+)$} } glob "$here/fuzz/corpus/*") {
	my $printed = qx("$here/fuzz/run" $seconds $name 2>&1 </dev/null);
	ok($? == 0, "$name: nothing breaks in $seconds s") or diag $printed;
}

done_testing();
