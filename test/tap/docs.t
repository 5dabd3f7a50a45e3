#!/usr/bin/perl
# Every SQL block of the README and the guides runs, top to bottom in a fresh database, and gives the result that is
# shown below it. The README's run with an empty search_path as well as with the short names.
#
# docs/reference.md has a test of its own.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $mark = '-- block of intent --';
$ENV{PGTZ} = 'UTC';
$ENV{PGCLIENTENCODING} = 'UTF8';

# The ```sql blocks of a page: the line each begins at, its text, and the plain block below it, if there is one.
sub blocks
{
	my ($file) = @_;
	open my $in, '<', $file or die "cannot read $file: $!\n";
	my (@blocks, $fence, $text, $begin);
	my $follows = 0;
	while (my $line = <$in>)
	{
		if (defined $fence)
		{
			if ($line !~ /^```\s*$/)
			{
				$text .= $line;
				next;
			}
			if ($fence eq 'sql') { push @blocks, {line => $begin, sql => $text}; }
			elsif ($fence eq '' && $follows) { $blocks[-1]{result} = $text; }
			$follows = $fence eq 'sql';
			undef $fence;
		}
		elsif ($line =~ /^```(\w*)\s*$/) { ($fence, $text, $begin) = ($1, '', $. + 1); }
		elsif ($line =~ /\S/) { $follows = 0; }
	}
	die "$file: a block is not closed\n" if defined $fence;
	return @blocks;
}

# Lines as they are compared: no space at the end, no "(3 rows)".
sub comparable
{
	my ($text) = @_;
	return join '', map { s/\s+$//r . "\n" } grep { /\S/ && !/^\(\d+ rows?\)$/ } split /\n/, $text;
}

sub psql
{
	my ($database, $file) = @_;
	open my $out, '-|', "psql -X -q -v ON_ERROR_STOP=1 -d '$database' -f '$file' 2>&1" or die "cannot run psql: $!\n";
	local $/;
	my $printed = <$out> // '';
	close $out;
	return ($? >> 8, $printed);
}

sub write_script
{
	my $script = File::Temp->new(SUFFIX => '.sql');
	print $script map { "$_\n" } @_;
	close $script;
	return $script;
}

my $count = 0;

sub run_page
{
	my ($name, $search_path) = @_;
	my @blocks = blocks("$root/$name");
	my $database = 'intent_docs_' . $$ . '_' . ++$count;
	my $title = defined $search_path ? "$name with search_path = $search_path" : $name;
	my $script = write_script('\pset pager off', defined $search_path ? "SET search_path = $search_path;" : (),
		map { ("\\echo $mark", $_->{sql}) } @blocks);

	system('createdb', '-T', 'template0', $database) == 0 or die "cannot make the database $database\n";
	my ($status, $printed) = psql($database, $script);
	system('dropdb', $database);

	my (undef, @results) = split /^\Q$mark\E\n/m, $printed, -1;
	is($status, 0, "$title runs") or diag "the block at line $blocks[$#results]{line} says:\n$results[-1]";
	for my $i (grep { defined $blocks[$_]{result} } 0 .. $#results)
	{
		is(comparable($results[$i]), comparable($blocks[$i]{result}), "$title: result of the block at line $blocks[$i]{line}");
	}
	unlike($printed, qr/WARNING/, "$title warns of nothing");
}

run_page('README.md', $_) for "''", 'public, intent';
for my $guide (sort glob "$root/docs/*.md")
{
	next if $guide =~ m{/reference\.md$};
	my $name = $guide =~ s{^\Q$root\E/}{}r;
	run_page($name) if blocks($guide);
}

# What the pages point at is there.
for my $page ('README.md', 'demo/data/README.md', 'test/bench/README.md', map { s{^\Q$root\E/}{}r } sort glob "$root/docs/*.md")
{
	open my $in, '<', "$root/$page" or die "cannot read $page: $!\n";
	my $text = do { local $/; <$in> };
	my $folder = dirname("$root/$page");
	my @missing = grep { !m{^\w+:} && !-e "$folder/$_" } $text =~ /\]\(([^)#\s]+)(?:#[^)]*)?\)/g;
	is_deeply(\@missing, [], "the files that $page links to exist");
}

# docs/coverage.md has each capability once, and names what there is.
open my $coverage, '<', "$root/docs/coverage.md" or die "cannot read docs/coverage.md: $!\n";
my @rows = map { chomp; s/^\| | \|$//g; [split / *\| */, $_, -1] } grep { /^\| S/ } <$coverage>;
is_deeply([map { $_->[0] } @rows], [map { "S$_" } 1 .. 80], 'coverage: S1 to S80, each once');
my ($failed, $names) = psql('postgres', write_script('BEGIN;', 'CREATE EXTENSION intent;', '\pset tuples_only on', '\pset format unaligned',
	q{SELECT proname FROM pg_proc WHERE pronamespace = 'intent'::regnamespace UNION
		SELECT typname FROM pg_type WHERE typnamespace = 'intent'::regnamespace;}, 'ROLLBACK;'));
my %exists = map { $_ => 1 } split /\n/, $names;
for (@rows)
{
	my ($number, $capability, $served, $tests) = @$_;
	my @absent = grep { !$exists{$_} && !-e "$root/$_" } $served =~ /`([^`]+)`/g;
	push @absent, grep { !-e "$root/$_" } split /, /, $tests;
	is_deeply(\@absent, [], "coverage: what $number names exists") if @absent;
	fail("coverage: $number is said to be served, and names no test") if $served !~ /^not yet/ && $tests eq '';
}

done_testing();
