#!/usr/bin/perl
# Promotions of many sessions at once leave one champion, and readers never see two or none; tenants see their own models;
# dump and restore keep every version, who was live when, and the scores to the last bit.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $tag = "registry_$$";
my $folder = tempdir(CLEANUP => 1);

sub psql
{
	my ($user, $database, $sql) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', $user, '-d', $database, '-c', $sql or die "psql: $!";
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

my $card = q{('{"intents": {"purchase": {"base": ' || %s || '}}, "signals": [{"name": "viewing", "touchpoints": ["*:view"], "measure": "count", "half_life": "3 days", "transform": "log1p", "weights": {"purchase": 0.3}}]}')::intent.scorecard};

psql('postgres', 'postgres', $_) for "CREATE ROLE $tag LOGIN NOSUPERUSER", "CREATE ROLE ${tag}_brand LOGIN NOSUPERUSER",
	"CREATE DATABASE $tag OWNER $tag", "CREATE DATABASE ${tag}_2";
psql($tag, $tag, 'CREATE EXTENSION intent; SELECT intent.setup()');

# ----- many sessions register and promote -----

open my $script, '>', "$folder/promote.sql" or die "cannot write: $!\n";
print $script "SELECT intent.promote_model(intent.register_model('race', " . sprintf($card, ':client_id') . "));\n";
close $script;
open $script, '>', "$folder/back.sql" or die "cannot write: $!\n";
print $script <<'SQL';
\set version random(1, 2)
BEGIN;
SELECT intent.promote_model(intent.model_id('race', :version));
SELECT 1 / (count(*) = 1)::int FROM intent.live_model WHERE name = 'race';
END;
SQL
close $script;
open $script, '>', "$folder/look.sql" or die "cannot write: $!\n";
print $script "SELECT 1 / (count(*) = 1)::int FROM intent.live_model WHERE name = 'race';\nSELECT intent.live_scorecard('race');\n";
close $script;
psql($tag, $tag, "SELECT intent.promote_model(intent.register_model('race', " . sprintf($card, 0) . "))") for 1 .. 2;
my $each = $ENV{INTENT_FULL} ? 1000 : 25;
my $said = qx(pgbench -n -c 6 -j 2 -t $each --random-seed=7 -U $tag -f $folder/promote.sql\@2 -f $folder/back.sql\@2 -f $folder/look.sql\@2 $tag 2>&1);
is($?, 0, 'pgbench ends well') or diag substr($said, -2000);
unlike($said, qr/error|deadlock|abort/i, 'no error and no deadlock reaches a session, and each saw one champion') or diag substr($said, -2000);
is(psql($tag, $tag, q{SELECT count(*) FROM intent.model WHERE name = 'race' AND state = 'champion'}), 1, 'one champion is left');
is(psql($tag, $tag, q{SELECT max(version) = count(*), count(*) > 2 FROM intent.model WHERE name = 'race'}), 't|t', 'versions count without gaps');
is(psql($tag, $tag, q{SELECT count(*) FROM intent.model m WHERE name = 'race' AND state <> (SELECT s.state FROM intent.model_state s WHERE s.model = m.id ORDER BY s.id DESC LIMIT 1)}), 0,
	'the history ends with the state');

# who waits for a promotion that is taken back does not see it
psql($tag, $tag, "SELECT intent.promote_model(intent.model_id('race', 1))");
is(psql($tag, $tag, q{BEGIN; SELECT intent.promote_model(intent.model_id('race', 2)); ROLLBACK; SELECT version FROM intent.live_model WHERE name = 'race'}) =~ s/.*\n//sr, 1, 'rollback takes a promotion back');

# ----- tenants -----

psql($tag, $tag, "GRANT USAGE ON SCHEMA intent TO ${tag}_brand; GRANT SELECT, INSERT, UPDATE ON intent.model, intent.model_state TO ${tag}_brand; GRANT SELECT ON intent.live_model TO ${tag}_brand");
psql($tag, $tag, "SELECT intent.register_model('secret', " . sprintf($card, 1) . ", tenant => 'another')");
is(psql("${tag}_brand", $tag, "SELECT intent.promote_model(intent.register_model('mine', " . sprintf($card, -1) . ", tenant => '${tag}_brand'))"), '', 'a brand registers its own');
is(psql("${tag}_brand", $tag, q{SELECT string_agg(DISTINCT name, ' ' ORDER BY name) FROM intent.model}), 'mine race', 'it sees its own and those of everybody');
is(psql("${tag}_brand", $tag, q{SELECT count(*) FROM intent.live_model WHERE name IN ('secret', 'mine')}), 1, 'in the view, too');
open $script, '>', "$folder/theirs.sql" or die "cannot write: $!\n";
print $script "SELECT intent.register_model('theirs', " . sprintf($card, -1) . ", tenant => 'another');\n";
close $script;
like(qx(psql -XAtq -U ${tag}_brand -d $tag -f $folder/theirs.sql 2>&1), qr/row-level security/, 'and cannot register for another');
is(psql('postgres', $tag, q{SELECT count(*) FROM intent.model WHERE name = 'theirs'}), 0, 'nothing came of it');

# ----- dump and restore -----

my $wide = q{('{"intents": {"i": {"base": -1}}, "signals": [' || (SELECT string_agg(format('{"name": "%s", "touchpoints": ["%s"], "measure": "count", "weights": {"i": 0.%s}}', md5(n::text), md5('t' || n), n), ', ') FROM generate_series(1, 900) n) || ']}')::intent.scorecard};
psql($tag, $tag, "SELECT intent.promote_model(intent.register_model('wide', $wide, reference => (SELECT intent.score_reference('i', n * 0.37) FROM generate_series(-50, 50) n)))");
psql($tag, $tag, q{SELECT intent.register_model('shop', intent.train('SELECT n % 7 AS visits, n % 3 AS kind, n % 7 > n % 5 AS bought FROM generate_series(1, 500) n', 'bought'))});
psql($tag, $tag, "ALTER POLICY tenant ON intent.model USING (tenant IN ('', current_user, 'another'))");
my $content = q{SELECT md5(string_agg(t::text, ',' ORDER BY t::text COLLATE "C")) FROM (SELECT m::text FROM intent.model m UNION ALL SELECT s::text FROM intent.model_state s UNION ALL SELECT l::text FROM intent.live_model l) t};
my $scores = q{SET extra_float_digits = 3; SELECT md5(string_agg(concat_ws('|', m.id, s.*), ',' ORDER BY m.id, s.intent)) FROM intent.model m, intent.scores('{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z app:view}', m.scorecard, '2026-03-04 11:11:11.111111Z') s};
my $catalogue = q{SELECT md5(string_agg(concat_ws(' ', c.relname, pg_get_userbyid(c.relowner), c.relacl, c.relrowsecurity, c.reloptions, pg_get_expr(p.polqual, c.oid), pg_get_triggerdef(t.oid), pg_get_indexdef(i.indexrelid)), ',' ORDER BY c.relname, t.tgname, p.polname))
	FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal LEFT JOIN pg_index i ON i.indexrelid = c.oid
	WHERE c.relnamespace = 'intent'::regnamespace AND c.relkind IN ('r', 'i', 'S', 'v')};
is(system("pg_dump -U $tag -Fc $tag 2>&1 | pg_restore -U postgres -d ${tag}_2 --exit-on-error 2>&1"), 0, 'restored by another role');
is(psql('postgres', "${tag}_2", $content), psql('postgres', $tag, $content), 'with the same rows');
is(psql('postgres', "${tag}_2", $scores), psql('postgres', $tag, $scores), 'the same scores, bit for bit');
is(psql('postgres', "${tag}_2", $catalogue), psql('postgres', $tag, $catalogue), 'the same owners, rights, policies, triggers and indexes');
psql($tag, "${tag}_2", "SELECT intent.register_model('wide', " . sprintf($card, 1) . ")");
is(psql($tag, "${tag}_2", q{SELECT max(version) FROM intent.model WHERE name = 'wide'}), 2, 'and the versions go on');

psql('postgres', 'postgres', $_) for "DROP DATABASE $tag", "DROP DATABASE ${tag}_2", "DROP ROLE ${tag}_brand", "DROP ROLE $tag";
done_testing();
