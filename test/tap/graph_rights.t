#!/usr/bin/perl
# Every function of the identity graph works with the rights of who calls it: without any it is refused, whoever may read
# is told and changes nothing, whoever may write does both, and nobody sees or touches the graph of another tenant.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $tag = "graph_rights_$$";
my ($stranger, $reader, $writer, $other) = map { "${tag}_$_" } qw(stranger reader writer other);

# What statements give, each run in a transaction that ends as told, and their SQLSTATE: 00000 without an error.
sub statements
{
	my ($user, $end, @statements) = @_;
	my $script = File::Temp->new(SUFFIX => '.sql');

	print $script "SET client_min_messages = warning;\n", map { "\\echo -- statement\nBEGIN;\n$_;\n\\echo state :SQLSTATE\n$end;\n" } @statements;
	close $script;
	open my $psql, '-|', "psql -XAtq -U $user -d $tag -f $script 2>/dev/null" or die "psql: $!";
	local $/;
	my (undef, @said) = split /^-- statement\n/m, <$psql> // '', -1;
	close $psql;
	return map { /\A(.*?)\n?^state (\w+)$/ms ? [$1, $2] : die "no state in: $_\n" } @said;
}
sub value { my ($said) = statements($_[0], 'COMMIT', $_[1]); die "$_[1]: $said->[1]\n" if $said->[1] ne '00000'; return $said->[0]; }
sub state_of { my ($said) = statements($_[0], 'ROLLBACK', $_[1]); return $said->[1]; }

system('psql', '-Xq', '-d', 'postgres', map { ('-c', $_) } (map { "CREATE ROLE $_ LOGIN NOSUPERUSER" } $tag, $stranger, $reader, $writer, $other), "CREATE DATABASE $tag OWNER $tag") == 0
  or die "no roles\n";
value($tag, <<"SQL");
CREATE EXTENSION intent;
SELECT intent.setup_graph(), intent.create_graph('default'), intent.create_graph('theirs', tenant => '$other');
SELECT intent.observe('default', '{"cookie": "c", "user_id": "anna", "email": "anna\@example.com"}', '2026-03-01Z');
SELECT intent.observe('default', '{"cookie": "d", "user_id": "bert", "phone": "+49301234567"}', '2026-03-01Z');
SELECT intent.observe('theirs', '{"cookie": "secret-c", "user_id": "secret-1", "email": "secret-1\@example.com"}', '2026-03-01Z');
SELECT intent.observe('theirs', '{"cookie": "secret-c", "user_id": "secret-2", "email": "secret-2\@example.com"}', '2026-03-01Z');
SELECT intent.merge('theirs', intent.person('user_id', 'secret-1', 'theirs'), intent.person('user_id', 'secret-2', 'theirs'));
SELECT intent.set_consent('theirs', intent.person('user_id', 'secret-1', 'theirs'), 'secret', true);
GRANT USAGE ON SCHEMA intent TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA intent TO $reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA intent TO $writer, $other;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA intent TO $writer, $other;
SQL
# All rows of graphs.
sub content
{
	my ($graphs) = @_;
	my $rows = join ', ', map { "(SELECT string_agg(t::text, ',' ORDER BY t::text COLLATE \"C\") FROM intent.$_ t WHERE " . ($_ eq 'graph' ? 'id' : 'graph') . " IN (SELECT id FROM intent.graph WHERE name ~ '$graphs'))" }
	  qw(graph graph_kind identifier profile link sighting carried consent suppression graph_erasure);
	return value('postgres', "SELECT md5(concat_ws(',', $rows))");
}
my $before = content('.');

# Each function: what it does to tables (reads, writes, changes what only an owner may, or none), and a call. In a call
# GRAPH is the name of a graph, NUMBER its number, ONE and TWO two identifiers of different persons, LINK a link; what must be there before stands behind it.
my @calls = (
	[setup_graph => none => 'setup_graph()'],
	[setup_tenants => owner => q{setup_tenants('link')}],
	[graph_rules => none => 'graph_rules()'],
	[graph_set_rules => writes => q{graph_set_rules(NUMBER, '{}')}],
	[create_graph => writes => q{create_graph('new')}],
	[graph_named => reads => q{graph_named('GRAPH')}],
	[graph_alone => writes => 'graph_alone(NUMBER)'],
	[graph_hash => reads => q{graph_hash(NUMBER, 'email', 'x')}],
	[create_golden_record => owner => q{create_golden_record('public.golden', 'intent.consent', '{"purpose": "latest"}', at_column => 'recorded_at')}],
	[graph_take_in => writes => q{graph_take_in(NUMBER, '{email}', '{1}', '{new@example.com}', '{2026-03-01Z}')}],
	[graph_gather => writes => q{graph_gather(NUMBER, $q$SELECT timestamptz '2026-03-01Z' AS occurred_at, jsonb '{"email": "new@example.com"}' AS identifiers$q$)}],
	[graph_settle => writes => q{graph_settle(NUMBER)}, q{CREATE TEMP TABLE graph_pair AS SELECT ONE::bigint AS a, TWO::bigint AS b, timestamptz '2026-03-01Z' AS occurred_at, 'observed'::text AS source, 1::float8 AS weight, NULL::jsonb AS evidence}],
	# finds nobody to adopt here, and then writes nothing
	[graph_adopt => reads => q{graph_adopt(NUMBER, 'SELECT carrier FROM intent.carried')}],
	[ingest => writes => q{ingest('GRAPH', $q$SELECT timestamptz '2026-03-01Z' AS occurred_at, jsonb '{"email": "new@example.com"}' AS identifiers$q$)}],
	[link_graph => writes => q{link_graph('GRAPH', $q$SELECT i AS id, 'name ' || i / 2 AS name FROM generate_series(1, 9) i$q$, intent.train_linkage($q$SELECT i AS id, 'name ' || i / 2 AS name FROM generate_series(1, 9) i$q$), 'customer_id')}],
	[graph_read => reads => q{graph_read(NUMBER, '{"email": "x"}')}],
	[graph_conflict => reads => 'graph_conflict(NUMBER, ARRAY[ONE, TWO]::bigint[])'],
	[graph_link => writes => q{graph_link(NUMBER, ONE, TWO, '2026-03-01Z', 'observed')}],
	[graph_regroup => writes => 'graph_regroup(NUMBER, ONE)'],
	[graph_make_hub => writes => 'graph_make_hub(NUMBER, ONE)'],
	[graph_attribute => reads => q{graph_attribute(ARRAY[ONE, TWO]::bigint[], '2026-03-01Z')}],
	[graph_backdate => writes => q{graph_backdate(ARRAY[ONE, TWO]::bigint[], '2000-01-01Z')}],
	[graph_concerned => reads => 'graph_concerned(ARRAY[ONE, TWO]::bigint[], NULL)'],
	[observe => writes => q{observe('GRAPH', '{"user_id": "anna", "email": "new@example.com", "cookie": "c"}', '2026-03-02Z')}],
	[observe => writes => q{observe('GRAPH', ARRAY['{"occurred_at": "2026-03-02Z", "identifiers": {"user_id": "new"}}']::jsonb[])}],
	[graph_record => writes => q{graph_record(NUMBER, ARRAY[ONE, TWO]::bigint[], NULL, NULL, '2026-03-02Z')}],
	[person => reads => q{person('user_id', 'anna', 'GRAPH')}],
	[person_now => reads => 'person_now(ONE)'],
	[person_of => reads => q{person_of('GRAPH', '{"cookie": "c"}', '2026-03-02Z')}],
	[person_of => reads => q{person_of('GRAPH', '{"cookie": "c"}', '2026-03-02Z', as_of => '2026-03-02Z')}],
	[graph_person_as_of => reads => q{graph_person_as_of(ONE, '2026-03-02Z')}],
	[set_consent => writes => q{set_consent('GRAPH', ONE, 'marketing', true)}],
	[has_consent => reads => q{has_consent('GRAPH', ONE, 'marketing', 'email', '2026-03-02Z')}],
	[graph_erase => writes => q{graph_erase('GRAPH', ONE)}],
	[rebuild => writes => q{rebuild('GRAPH')}],
	[simulate => writes => q{simulate('GRAPH', '{}')}],
	[graph_member => reads => q{graph_member(NUMBER, 'user_id', 'anna')}],
	[assert_same => writes => q{assert_same('GRAPH', 'user_id', 'anna', 'user_id', 'bert')}],
	[assert_distinct => writes => q{assert_distinct('GRAPH', 'user_id', 'anna', 'user_id', 'bert')}],
	[merge => writes => q{merge('GRAPH', ONE, TWO)}],
	[retract => writes => q{retract(LINK)}],
	[graph_split => writes => 'graph_split(NUMBER, ARRAY[ONE])'],
	[split => writes => q{split('GRAPH', '{"user_id": "anna"}')}],
	[split_profile => writes => q{split_profile('GRAPH', p.id) FROM (SELECT max(p.id) AS id FROM (SELECT intent.merge('GRAPH', ONE, TWO)) m CROSS JOIN (VALUES (TWO)) p(id)) p}],
	[graph_unsplit => writes => q{graph_unsplit(NUMBER, s) FROM intent.split('GRAPH', '{"user_id": "anna"}') s}],
	[undo => writes => q{undo(m) FROM intent.merge('GRAPH', ONE, TWO) m}],
	[graph_path => reads => q{graph_path('SELECT id, a, b FROM intent.link', ONE, TWO)}],
	[graph_bridges => reads => q{graph_bridges('SELECT id, a, b FROM intent.link')}],
	[why => reads => q{why('GRAPH', 'user_id', 'anna', 'email', 'anna@example.com')}],
	[history => reads => q{history('GRAPH', ONE)}],
	[health => reads => q{health('GRAPH')}],
);

my %declared = map { $_ => 1 } map { open my $in, '<', $_ or die; local $/; <$in> =~ /^CREATE FUNCTION (\w+)\(/mg } glob "$root/src/graph/*.sql";
my %called = map { $_->[0] => 1 } @calls;
is_deeply([sort keys %called], [sort keys %declared], 'each function of the graph is called');

# The numbers of a graph and of what is in it.
sub numbers
{
	my ($graph, $one, $two) = @_;
	my ($number, $first, $second, $link) = split /\|/, value('postgres', qq{SELECT g.id, a.id, b.id, l.id FROM intent.graph g JOIN intent.identifier a ON a.graph = g.id AND a.value = '$one'
		JOIN intent.identifier b ON b.graph = g.id AND b.value = '$two' JOIN intent.link l ON l.graph = g.id AND a.id IN (l.a, l.b) WHERE g.name = '$graph' ORDER BY l.id LIMIT 1});
	return (GRAPH => $graph, NUMBER => $number, ONE => $first, TWO => $second, LINK => $link);
}
sub call
{
	my ($call, %numbers) = @_;
	my (undef, undef, $text, $first) = @$call;
	return join(";\n", ($first // ()), "SELECT intent.$text") =~ s/\b(GRAPH|NUMBER|ONE|TWO|LINK)\b/$numbers{$1}/gr;
}

# ----- rights -----

my %ours = numbers('default', 'anna', 'bert');
my %expected = (none => {}, reads => {$stranger => '42501'}, writes => {$stranger => '42501', $reader => '42501'}, owner => {map { $_ => '42501' } $stranger, $reader, $writer});
for my $user ($stranger, $reader, $writer)
{
	my @said = statements($user, 'ROLLBACK', map { call($_, %ours) } @calls);
	my @wrong = grep { $_ } map { my $wanted = $expected{ $calls[$_][1] }{$user} // '00000'; $said[$_][1] ne $wanted && "$calls[$_][2]: $said[$_][1], not $wanted" } 0 .. $#calls;
	is_deeply(\@wrong, [], 'a ' . ($user =~ s/^.*_//r) . ' is refused what it has no right to, and no more');
}
is(content('.'), $before, 'and nothing is changed by it');

# ----- tenants -----

# By name, by number, and by the numbers of identifiers and links, with a graph of its own or theirs: nothing is told, nothing is done.
my %theirs = numbers('theirs', 'secret-1', 'secret-2');
my $their_content = content('theirs');
my @tables = grep { $_->[1] =~ /^(?:reads|writes)$/ } @calls;
for my $user ($reader, $writer)
{
	my $who = $user =~ s/^.*_//r;
	my @said = statements($user, 'COMMIT', map { call($_, %theirs) } @tables);
	is_deeply([grep { $said[$_][0] =~ /secret/ } 0 .. $#tables], [], "nothing of another tenant is told to a $who");
	is_deeply([map { "$tables[$_][2]: $said[$_][1]" } grep { $tables[$_][2] =~ /'GRAPH'/ && $said[$_][1] !~ /^42(?:704|501)$/ } 0 .. $#tables], [], 'who has no such graph');
	@said = statements($user, 'COMMIT', map { call($_, %theirs, GRAPH => 'default', NUMBER => $ours{NUMBER}) } @tables);
	is_deeply([grep { $said[$_][0] =~ /secret/ } 0 .. $#tables], [], 'nor by its own graph');
	is(content('theirs'), $their_content, 'and nothing of it is changed');
}
is(state_of($writer, q{SELECT intent.create_graph('x', tenant => 'somebody')}), '42501', 'nobody makes a graph for another');
is(value($other, q{SELECT intent.person('user_id', 'secret-1', 'theirs') = intent.person('user_id', 'secret-2', 'theirs'), count(*) FROM intent.history('theirs', intent.person('user_id', 'secret-1', 'theirs'))}), 't|3', 'the tenant itself sees its own');
is(state_of($other, q{SELECT intent.observe('theirs', '{"user_id": "secret-3"}', '2026-03-02Z'), intent.observe('default', '{"user_id": "carl"}', '2026-03-02Z')}), '00000', 'and works on it, and on what is of everybody');

system('psql', '-Xq', '-d', 'postgres', map { ('-c', $_) } "DROP DATABASE $tag", map { "DROP ROLE $_" } $stranger, $reader, $writer, $other, $tag);
done_testing();
