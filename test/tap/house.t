#!/usr/bin/perl
# The house is built as docs/design.md says: pure cores and server faces, rooms that rest on lower floors only.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');

# From the ground up; rooms on one line stand side by side.
my @floors = ([qw(base)], [qw(journey identity)], [qw(pattern)], [qw(sequence)], [qw(score)],
	[qw(measure experiment)], [qw(decide)], [qw(graph)], [qw(store)], [qw(bi)]);
my %floor = map { my $n = $_; map { $_ => $n } @{ $floors[$n] } } 0 .. $#floors;

# What a core may use of the C library: nothing that asks for a locale, a file or memory.
my %libc = map { $_ => 1 } qw(stdbool.h stddef.h stdint.h string.h stdlib.h math.h);

use constant { LONG => 600, TOO_LONG => 1500 };

sub slurp
{
	my ($file) = @_;
	open my $in, '<', $file or die "cannot read $file: $!\n";
	local $/;
	return scalar <$in>;
}

# Everything that is wrong with the includes of a C file, by its path below src.
sub faults
{
	my ($path, $text) = @_;
	my ($room, $file) = split m{/}, $path;
	my $face = $file =~ /_pg\.[ch]$/;
	my @faults;
	$text =~ s{/\*.*?\*/}{}gs;
	my @includes = $text =~ /^\s*#\s*include\s+([<"][^>"]+[>"])/mg;

	return ("room $room has no floor") unless exists $floor{$room};
	push @faults, 'postgres.h and base/compat_pg.h do not come first'
		if $face && $file =~ /\.c$/ && "@includes[0, 1]" ne '"postgres.h" "base/compat_pg.h"';
	for my $include (@includes)
	{
		my ($name) = $include =~ /^.(.*).$/;
		my ($other) = $name =~ m{^(\w+)/[^/]+$};
		if ($include =~ /^</) { push @faults, "a core includes $include" unless $face || $libc{$name} }
		elsif (defined $other && exists $floor{$other})
		{
			push @faults, "room $room includes $name, which is not below it"
				if $other ne $room && $floor{$other} >= $floor{$room};
			push @faults, "a core includes the server face $name" if !$face && $name =~ /_pg\.h$/;
		}
		else { push @faults, "a core includes $name" unless $face }
	}
	return @faults;
}

is_deeply([faults('journey/x.c', qq(#include <stdio.h>\n#include "postgres.h"\n#include "score/scoring.h"\n#include "base/x_pg.h"))],
	['a core includes <stdio.h>', 'a core includes postgres.h', 'room journey includes score/scoring.h, which is not below it',
		'a core includes the server face base/x_pg.h'], 'it sees what a core must not include');
is_deeply([faults('journey/x_pg.c', qq(#include "fmgr.h"\n#include "postgres.h"\n#include "identity/forest.h"))],
	['postgres.h and base/compat_pg.h do not come first', 'room journey includes identity/forest.h, which is not below it'],
	'and what a face must');
is_deeply([faults('attic/x.c', '')], ['room attic has no floor'], 'and rooms that nobody planned');
is_deeply([faults('score/x_pg.c', qq(#include "postgres.h"\n#include "base/compat_pg.h"\n\n#include <math.h>\n#include "journey/journey.h"))],
	[], 'and lets the rest pass');

my (%defined, %called);
for my $file (sort glob("$root/src/*/*.c"), glob("$root/src/*/*.h"))
{
	my ($path) = $file =~ m{/src/(\w+/[^/]+)$};
	my $text = slurp($file);
	my $lines = ($text =~ tr/\n//);
	my @faults = faults($path, $text);

	push @faults, "$lines lines are too many for one concept" if $lines > TOO_LONG;
	push @faults, 'it does not begin with its name' unless $text =~ m{\A/\*\n \* \Q@{[basename $file]}\E\n};
	is_deeply(\@faults, [], $path);
	note "$path has $lines lines" if $lines > LONG;
	$defined{$_}++ for $text =~ /^PG_FUNCTION_INFO_V1\((\w+)\)/mg;
}
$called{$_}++ for map { slurp($_) =~ /'MODULE_PATHNAME',\s*'(\w+)'/g } glob "$root/src/*/*.sql";
is_deeply([sort keys %defined], [sort keys %called], 'every C function is declared in SQL, and every declared one is there');

my ($rooms) = slurp("$root/Makefile") =~ /^ROOMS = (.*)$/m;
is_deeply([sort split ' ', $rooms], [sort keys %floor], 'the Makefile knows the same rooms');
my $before = -1;
my $rising = !grep { my $lower = $floor{$_} < $before; $before = $floor{$_}; $lower } split ' ', $rooms;
ok($rising, 'and builds them from the ground up');

done_testing();
