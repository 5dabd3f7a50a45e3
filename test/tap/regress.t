#!/usr/bin/perl
# pg_regress: sql/ against expected/, each file a test.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my @names = sort map { basename($_, '.sql') } glob "$root/sql/*.sql";
my $out = "$root/build/pg$ENV{PG_MAJOR}/regress";
make_path($out);
chomp(my $pgxs = qx("$ENV{INTENT_BIN}/pg_config" --pgxs));
(my $regress = $pgxs) =~ s{makefiles/pgxs\.mk$}{test/regress/pg_regress};

my $said = qx("$regress" --bindir="$ENV{INTENT_BIN}" --inputdir="$root" --outputdir="$out" --dbname=regress --load-extension=intent @names 2>&1);
for my $name (@names)
{
	like($said, qr/^(?:test \Q$name\E\s+\.\.\. ok|ok \d+\s+(?:[-+] )?\Q$name\E\s)/m, $name);
}
if ($? != 0)
{
	diag $said;
	if (open my $diffs, '<', "$out/regression.diffs")
	{
		local $/;
		diag substr(<$diffs>, 0, 20_000);
	}
}
is($?, 0, 'pg_regress ends well');
done_testing();
