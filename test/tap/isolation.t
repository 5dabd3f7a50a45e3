#!/usr/bin/perl
# isolationtester: test/isolation/specs/ against test/isolation/expected/, sessions that meet in every order that matters.
use strict;
use warnings;
use File::Basename qw(basename);
use FindBin;
use lib $FindBin::Bin;
use Regress qw(regress);
use Test::More;

regress('test/isolation/pg_isolation_regress', 'test/isolation', sort map { basename($_, '.spec') } glob "$FindBin::Bin/../isolation/specs/*.spec");
done_testing();
