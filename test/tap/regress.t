#!/usr/bin/perl
# pg_regress: sql/ against expected/, each file a test.
use strict;
use warnings;
use File::Basename qw(basename);
use FindBin;
use lib $FindBin::Bin;
use Regress qw(regress);
use Test::More;

regress('test/regress/pg_regress', '.', sort map { basename($_, '.sql') } glob "$FindBin::Bin/../../sql/*.sql");
done_testing();
