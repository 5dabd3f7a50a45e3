# Regress.pm: runs PostgreSQL's own test drivers, pg_regress and isolationtester, on the private server
package Regress;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use Test::More;

our @EXPORT_OK = qw(regress);
my $root = abs_path(dirname(__FILE__) . '/../..');

# A test for each name, which is one of files of the folder $in, and one for the driver, given by its path among those of PGXS.
sub regress
{
	my ($driver, $in, @names) = @_;
	my ($database) = $driver =~ m{^test/(\w+)/};
	my $out = "$root/build/pg$ENV{PG_MAJOR}/$database";
	make_path($out);
	chomp(my $pgxs = qx("$ENV{INTENT_BIN}/pg_config" --pgxs));
	(my $program = $pgxs) =~ s{makefiles/pgxs\.mk$}{$driver};

	my $said = qx("$program" --bindir="$ENV{INTENT_BIN}" --inputdir="$root/$in" --outputdir="$out" --dbname=$database --load-extension=intent @names 2>&1);
	my $status = $?;
	for my $name (@names)
	{
		like($said, qr/^(?:test \Q$name\E\s+\.\.\. ok|ok \d+\s+(?:[-+] )?\Q$name\E\s)/m, $name);
	}
	if ($status != 0)
	{
		diag $said;
		if (open my $diffs, '<', "$out/regression.diffs")
		{
			local $/;
			diag substr(<$diffs>, 0, 20_000);
		}
	}
	is($status, 0, "$driver ends well");
	return;
}

1;
