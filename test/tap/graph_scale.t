#!/usr/bin/perl
# The identity graph at its ends: a chain and a star of a million identifiers, a kiosk of a hundred thousand people, the
# same observation over and over, calls that are cancelled, and memory that does not suffice: a defined result or a clear
# error, after which the graph is as it was.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time);

use constant { LATEST => 0.5, MOMENTS => $ENV{INTENT_FULL} ? 5 : 2 };

my $root = abs_path(dirname(__FILE__) . '/../..');
my $n = $ENV{INTENT_FULL} ? $ENV{N} // 1_000_000 : 1_000;
my $people = $n / 10;
my $middle = $n / 2;
my $database = "graph_scale_$$";
my @connection = ('-d', $database);

sub psql
{
	my (@commands) = @_;

	open my $psql, '-|', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', @connection, map { ('-c', $_) } 'SET client_min_messages = warning', @commands
	  or die "psql: $!";
	local $/;
	my $said = <$psql> // '';
	close $psql;
	return wantarray ? ($said =~ s/\n\z//r, $? == 0) : $said =~ s/\n\z//r;
}

# The SQLSTATE of a statement's error.
sub state_of
{
	my (@commands) = @_;
	my $file = tempdir(CLEANUP => 1) . '/errors';

	open my $stderr, '>&', \*STDERR or die;
	open STDERR, '>', $file or die;
	psql(@commands);
	open STDERR, '>&', $stderr or die;
	open my $in, '<', $file or die;
	local $/;
	return (<$in> // '') =~ /(?:ERROR|FATAL): +(\w{5}):/ ? $1 : 'none';
}

sub observations
{
	my ($identifiers, $count) = @_;
	return qq{\$q\$SELECT timestamptz '2026-01-01Z' + n * interval '1 min' AS occurred_at, $identifiers AS identifiers FROM generate_series(1, $count) n\$q\$};
}

# All rows, in one text; the order of rows in the tables does not count.
my $content = q{SELECT md5(concat_ws(',', (SELECT string_agg(i::text, ',' ORDER BY id) FROM intent.identifier i), (SELECT string_agg(p::text, ',' ORDER BY id) FROM intent.profile p),
	(SELECT string_agg(l::text, ',' ORDER BY id) FROM intent.link l), (SELECT sum(hashtextextended(s::text, 0)) FROM intent.sighting s)))};

is(system('createdb', $database), 0, 'a database');
my $rules = '{"usual_kinds": false, "kinds": {"a": {"priority": 1}, "b": {"priority": 2}, "s": {"priority": 3, "shared": true}}}';
psql('CREATE EXTENSION intent', map { "SELECT intent.create_graph('$_', '$rules')" } qw(chain star kiosk same limited));

# ----- a chain -----

my $chain = observations(q{jsonb_build_object('a', 'a' || (n + 1) / 2, 'b', 'b' || n / 2)}, $n);
is(psql("SELECT intent.ingest('chain', $chain)"), $n, "a chain of $n links");
psql('ANALYZE');
my $of_chain = q{SELECT count(DISTINCT p.person), count(*) FROM intent.identifier i JOIN intent.profile p ON p.id = i.profile WHERE i.graph = intent.graph_named('chain')};
is(psql($of_chain), '1|' . ($n + 1), 'is one person');
is(psql("SELECT count(*), max(step) FROM intent.why('chain', 'b', 'b0', 'b', 'b$middle')"), "$n|$n", 'and its ends are as many steps from each other');
is(psql(qq{SELECT intent.person_of('chain', '{"b": "b$middle"}', '2026-01-01Z', as_of => timestamptz '2026-01-01Z' + interval '1 min' * ($n - 1)),
	intent.person_of('chain', '{"a": "a$middle"}', '2026-01-01Z', as_of => timestamptz '2026-01-01Z' + interval '1 min' * ($n - 1)) = intent.person('a', 'a1', 'chain')}), '|t',
	'a minute before its end, all but the last were');
is(psql("SELECT intent.retract(link) FROM intent.why('chain', 'b', 'b@{[int($middle / 2)]}', 'a', 'a@{[int($middle / 2) + 1]}')"), 2, 'without a link in the middle it is two');
is(psql($of_chain), '2|' . ($n + 1), 'which are all there');
is(psql("SELECT intent.rebuild('chain')"), 2, 'from scratch, too');
is(psql("SELECT n FROM intent.health('chain') WHERE measure = 'links active'"), $n - 1, 'and its health can be told');

# ----- a star -----

is(psql("SELECT intent.ingest('star', " . observations(q{jsonb_build_object('a', 'centre', 'b', 'b' || n)}, $n) . ')'), $n, "a star of $n leaves");
psql('ANALYZE');
is(psql("SELECT count(*) FROM intent.why('star', 'b', 'b1', 'b', 'b$n')"), 2, 'two steps from leaf to leaf');
is(psql(q{SELECT intent.observe('star', '{"a": "centre", "b": "new"}', '2026-01-01Z') = intent.person('b', 'b1', 'star')}), 't', 'a new leaf is of it');
is(psql(q{SELECT intent.undo(intent.merge('star', intent.person('b', 'b1', 'star'), intent.observe('star', '{"a": "other", "b": "another"}', '2026-01-01Z')))}), 2, 'a merge with another is undone');
is(psql(q{SELECT count(*) FROM intent.history('star', intent.person('b', 'b1', 'star')) WHERE what = 'linked' AND source = 'observed'}), $n + 1, 'its history has each link');
is(psql(q{SELECT intent.retract(link) FROM intent.why('star', 'b', 'b1', 'a', 'centre')}), 2, 'a leaf falls off');
is(psql(q{SELECT intent.undo(intent.split('star', '{"b": "b2"}'))}), 1, 'and another is split off, and is back');
psql(q{SELECT intent.graph_erase('star', intent.person('a', 'centre', 'star'))});
is(psql(q{SELECT identifiers, (SELECT count(*) FROM intent.suppression), (SELECT count(*) FROM intent.identifier i WHERE i.graph = e.graph) FROM intent.graph_erasure e}), "@{[$n + 1]}|@{[$n + 1]}|3", 'it is forgotten whole');

# ----- a kiosk -----

is(psql("SELECT intent.ingest('kiosk', " . observations(q{jsonb_build_object('a', 'a' || n, 's', 'kiosk')}, $people) . ')'), $people, "a kiosk of $people people");
psql('ANALYZE');
is(psql(q{SELECT count(DISTINCT p.person) FROM intent.profile p WHERE graph = intent.graph_named('kiosk')}), $people, 'who are as many persons');
is(psql(q{SELECT intent.person_of('kiosk', '{"s": "kiosk"}', '2026-01-01 00:05:10Z') = intent.person('a', 'a5', 'kiosk'), intent.person_of('kiosk', '{"s": "kiosk"}', '2027-12-01Z') IS NULL,
	intent.person_of('kiosk', '{"s": "kiosk"}', '2026-01-01 00:05:10Z', as_of => '2026-01-01 00:30Z') = intent.person('a', 'a5', 'kiosk')}), 't|t|t', 'it speaks for who was there, then, and else for nobody');
is(psql(q{SELECT intent.observe('kiosk', '{"a": "new", "s": "kiosk"}', '2027-12-01Z')}), psql(q{SELECT intent.person_of('kiosk', '{"s": "kiosk"}', '2027-12-01 00:10Z')}), 'and somebody new is there next');

# ----- the same again -----

my $same = observations(q{jsonb_build_object('a', 'one', 'b', 'two', 's', 'there')}, $n) =~ s/ \+ n \* interval '1 min'//r;
is(psql("SELECT intent.ingest('same', $same)"), $n, "the same observation $n times");
is(psql("SELECT intent.ingest('same', $same)"), $n, 'and as often again');
psql(q{SELECT intent.observe('same', '{"a": "one", "b": "two", "s": "there"}', '2026-01-01Z')}) for 1 .. 2;
is(psql(q{SELECT count(*), (SELECT count(*) FROM intent.sighting WHERE graph = l.graph) FROM intent.link l WHERE graph = intent.graph_named('same') GROUP BY graph}), '1|1', 'is one link and one sighting');

# ----- cancelled -----

psql(q{SELECT intent.ingest('limited', } . observations(q{jsonb_build_object('a', 'a' || n % 1000, 'b', 'b' || n, 's', 's' || n / 2)}, $people) . ')');
psql('ANALYZE');
my $before = psql($content);
my %statements = (
	ingest => qq{SELECT intent.ingest('limited', } . observations(q{jsonb_build_object('a', 'new' || n % 1000, 'b', 'b' || n)}, $people) . ')',
	rebuild => q{SELECT intent.rebuild('limited')},
	simulate => qq{SELECT intent.simulate('limited', '$rules')},
	'observe of many' => qq{SELECT intent.observe('limited', array_agg(jsonb_build_object('occurred_at', '2026-02-01Z', 'identifiers', jsonb_build_object('a', 'a1', 'b', 'b' || n)))) FROM generate_series(1, 200) n},
	why => qq{SELECT intent.why('chain', 'b', 'b0', 'a', 'a2') UNION ALL SELECT intent.why('chain', 'b', 'b@{[int($middle / 2) + 1]}', 'b', 'b$middle')},
	retract => qq{SELECT intent.retract(min(link)) FROM intent.why('chain', 'b', 'b@{[$middle - 1]}', 'b', 'b$middle')},
	health => q{SELECT intent.health('chain')},
	erase => qq{SELECT intent.graph_erase('chain', intent.person('a', 'a1', 'chain'))},
);
my $start = time;
psql('BEGIN', 'SELECT 1', 'ROLLBACK');
my $connecting = time - $start;
for my $name (sort keys %statements)
{
	$start = time;
	psql('BEGIN', $statements{$name}, 'ROLLBACK');
	my $whole = time - $start - $connecting;
	my ($cancelled, $latest) = (0, 0);
	for my $moment (0 .. MOMENTS)
	{
		my $timeout = int(1000 * $whole * $moment / (MOMENTS + 1)) || 1;
		$start = time;
		my $state = state_of("SET statement_timeout = $timeout", 'BEGIN', $statements{$name});
		my $late = time - $start - $connecting - $timeout / 1000;
		next if $state ne '57014';
		$cancelled++;
		$latest = $late if $late > $latest;
	}
	ok($cancelled > 0, sprintf '%s, which takes %.2f s, is cancelled', $name, $whole);
	cmp_ok($latest, '<', LATEST, "$name stops in time");
}
is(psql($content), $before, 'and the graph is as it was');

# ----- memory -----

is(state_of("SET work_mem = '64kB'", "SET temp_file_limit = '8kB'", "SELECT intent.ingest('limited', " . observations(q{jsonb_build_object('a', 'more' || n, 'b', 'b' || n)}, $n) . ')'), '53400', 'a set that needs more temporary files than it may have is an error');
is(psql($content), $before, 'and the graph is as it was');
SKIP:
{
	skip 'a server that lacks memory runs with --full', 5 unless $ENV{INTENT_FULL};
	my $folder = tempdir(CLEANUP => 1);
	chmod 0755, $folder;
	symlink "$ENV{INTENT_SERVER}/stage", "$folder/stage";
	is(system("$root/scripts/server", 'create', $folder), 0, 'a server');
	is(system('bash', '-c', "ulimit -v 700000; '$root/scripts/server' start '$folder'"), 0, 'that has little memory');
	@connection = ('-h', $folder, '-p', 5432, '-d', 'postgres');
	psql('CREATE EXTENSION intent', "SELECT intent.create_graph('chain', '$rules')");
	is(state_of("SET work_mem = '1GB'", "SELECT intent.ingest('chain', " . observations(q{jsonb_build_object('a', 'a' || (n + 1) / 2, 'b', 'b' || n / 2)}, 4 * $n) . ')'), '53200', 'a set that does not fit is an error');
	is(psql("SELECT (SELECT count(*) FROM intent.identifier), (SELECT count(*) FROM intent.link)"), '0|0', 'and nothing of it is there');
	is(psql("SELECT intent.ingest('chain', " . observations(q{jsonb_build_object('a', 'a' || (n + 1) / 2, 'b', 'b' || n / 2)}, 1000) . ')'), 1000, 'and a smaller one is taken in');
	system("$root/scripts/server", 'stop', $folder);
}

@connection = ('-d', $database);
system 'dropdb', $database;
done_testing();
