#!/usr/bin/perl
# What the SQL of the rooms must say in so many words, because the catalogue cannot tell "stated" from "by default".
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');

# Everything that is wrong with the text of a SQL file.
sub faults
{
	my ($text) = @_;
	my @faults;
	push @faults, 'the first line is not "-- title: what is in it"' unless $text =~ /\A-- [^:\n]+: \S/;
	$text =~ s/\$\$.*?\$\$/''/gs;
	$text =~ s/--[^\n]*//g;
	$text =~ s/'(?:[^']|'')*'/''/g;
	for my $statement (split /;/, $text)
	{
		my ($name) = $statement =~ /CREATE (?:FUNCTION|AGGREGATE) (\w+)/;
		push @faults, "it replaces: $1" if $statement =~ /(CREATE OR REPLACE \w+ \w+|\w+ IF NOT EXISTS)/i;
		next unless defined $name;
		if ($statement =~ /CREATE AGGREGATE/)
		{
			push @faults, "aggregate $name does not say PARALLEL" unless $statement =~ /\bPARALLEL = /;
			next;
		}
		push @faults, "function $name does not say how volatile it is" unless $statement =~ /\b(?:IMMUTABLE|STABLE|VOLATILE)\b/;
		push @faults, "function $name does not say PARALLEL" unless $statement =~ /\bPARALLEL (?:SAFE|RESTRICTED|UNSAFE)\b/;
		push @faults, "function $name gives rows and does not say how many"
			if $statement =~ /\bRETURNS (?:SETOF|TABLE)\b/ && $statement !~ /\bROWS \d/;
	}
	return @faults;
}

is_deeply([faults("-- a: b\nCREATE FUNCTION f(a int) RETURNS SETOF int\nLANGUAGE C;\nCREATE OR REPLACE VIEW v;\nCREATE AGGREGATE g(int) (SFUNC = s);")],
	['function f does not say how volatile it is', 'function f does not say PARALLEL',
		'function f gives rows and does not say how many', 'it replaces: CREATE OR REPLACE VIEW v',
		'aggregate g does not say PARALLEL'], 'it can fail');
is_deeply([faults("CREATE FUNCTION f() RETURNS int LANGUAGE C STABLE PARALLEL SAFE; -- CREATE OR REPLACE VIEW v")],
	['the first line is not "-- title: what is in it"'], 'and does not read comments');

for my $file (glob "$root/src/*/*.sql")
{
	open my $in, '<', $file or die "cannot read $file: $!\n";
	my $text = do { local $/; <$in> };
	is_deeply([faults($text)], [], $file =~ s{^\Q$root\E/}{}r);
}

done_testing();
