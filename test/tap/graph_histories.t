#!/usr/bin/perl
# The identity graph over random histories: observations in any order, one by one, as arrays and as sets, with merges,
# retractions, assertions and rebuilds between them. After each step persons are what the active links join, each limit
# holds, and what was asserted distinct is apart; a merge that is undone leaves no trace; what was answered at a step is
# answered again as of then; two identifiers are one person if and only if there is a reason. And what depends on no order
# comes out the same in every order.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp;
use Test::More;

my $histories = $ENV{INTENT_FULL} ? 2_000 : 8;
my $trials = $ENV{INTENT_FULL} ? 10_000 : 16;
my $orders = $ENV{INTENT_FULL} ? 500 : 4;
# Each sort has a database and a session of its own, so that a machine of several processors needs less time.
my %statements = (
	'histories' => [map { ("SELECT * FROM history($_)", forget($_)) } 1 .. $histories],
	'merges and their undoing' => [map { ("SELECT * FROM trials($_)", forget($_)) } 1 .. $trials],
	'orders and replays' => [map { ("SELECT * FROM orders($_)", $_ % 4 ? () : "SELECT * FROM replays($_)", forget($_)) } 1 .. $orders],
);

sub forget
{
	my ($n) = @_;

	return $n % 50 ? () : 'DO $$ BEGIN PERFORM forget(); END $$';
}

# psql on its way through statements, each a transaction; what it prints are the rows that came of them.
sub begin
{
	my ($database, @arguments) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $database, @arguments or die "psql: $!";
	return $psql;
}

my (%running, %database, @scripts);
for my $name (sort keys %statements)
{
	$database{$name} = "graph_histories_$$" . '_' . keys %database;
	is(system('createdb', $database{$name}), 0, "a database for $name");
	ok(close(begin($database{$name}, '-c', 'CREATE EXTENSION intent', '-f', dirname(__FILE__) . '/graph_histories.sql')), 'and what makes them in it');
	push @scripts, File::Temp->new(SUFFIX => '.sql');
	print { $scripts[-1] } map { "$_;\n" } @{ $statements{$name} };
	close $scripts[-1];
	$running{$name} = begin($database{$name}, '-c', 'SET search_path = public', '-c', 'SET client_min_messages = warning', '-f', $scripts[-1]);
}
for my $name (sort keys %statements)
{
	my $psql = $running{$name};
	chomp(my @rows = <$psql>);
	ok(close($psql), scalar(@{ $statements{$name} }) . " statements on $name end well");
	is(scalar(@rows), 0, "$name: nothing is wrong") or diag join "\n", @rows > 20 ? @rows[0 .. 19] : @rows;
	system 'dropdb', $database{$name};
}
done_testing();
