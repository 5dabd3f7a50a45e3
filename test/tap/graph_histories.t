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
my $database = "graph_histories_$$";

# A statement a line, each a transaction; the rows that came of them.
sub psql
{
	my (@arguments) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $database, @arguments or die "psql: $!";
	my @rows = <$psql>;
	close $psql;
	chomp @rows;
	return ($? >> 8, @rows);
}

sub found
{
	my ($name, @statements) = @_;
	my $script = File::Temp->new(SUFFIX => '.sql');
	print $script map { "$_;\n" } @statements;
	close $script;
	my ($status, @rows) = psql('-c', 'SET search_path = public', '-c', 'SET client_min_messages = warning', '-f', $script);
	is($status, 0, scalar(@statements) . " statements on $name end well");
	is(scalar(@rows), 0, "$name: nothing is wrong") or diag join "\n", @rows > 20 ? @rows[0 .. 19] : @rows;
	return;
}

is(system('createdb', $database), 0, 'a database');
is((psql('-c', 'CREATE EXTENSION intent', '-f', dirname(__FILE__) . '/graph_histories.sql'))[0], 0, 'and what makes histories in it');

found('histories', map { ("SELECT * FROM history($_)", $_ % 50 ? () : 'DO $$ BEGIN PERFORM forget(); END $$') } 1 .. $histories);
found('merges and their undoing', map { ("SELECT * FROM trials($_)", $_ % 50 ? () : 'DO $$ BEGIN PERFORM forget(); END $$') } 1 .. $trials);
found('orders and replays', map { ("SELECT * FROM orders($_)", $_ % 4 ? () : "SELECT * FROM replays($_)", $_ % 50 ? () : 'DO $$ BEGIN PERFORM forget(); END $$') } 1 .. $orders);
system 'dropdb', $database;
done_testing();
