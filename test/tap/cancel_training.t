#!/usr/bin/perl
# statement_timeout stops learning and judging on a large table soon. Processor time is what counts, for the machine may be busy.
use strict;
use warnings;
use File::Temp qw(tempfile);
use Test::More;

# What is stopped would take much longer than the time it gets, and than it may take to stop.
my $full = $ENV{INTENT_FULL};
my $rows = $full ? 2_000_000 : 150_000;
my $delay = $full ? 500 : 150;
my $tag = "cancel_training_$$";

# Runs a script in one session; returns its lines, errors among them.
sub psql
{
	my ($script) = @_;
	my ($file, $name) = tempfile(UNLINK => 1);

	print $file $script;
	close $file;
	return split /\n/, qx(psql -XAtq -d $tag -f '$name' 2>&1);
}

my $wide = join ', ', map { "n * " . (7919 + 2 * $_) . " % 100003 AS c$_" } 1 .. 300;
my $all = 'SELECT a, b, c, word, y FROM learn';

# Each with the time it gets, in milliseconds: past the reading of rows, where what is to be stopped is going on. A machine
# on which that is enough to end gives half of it, and so on.
my %stopped = (
	'reading rows' => [20, "train('$all', 'y')"],
	'boosting' => [$full ? 4000 : 300, "train('$all', 'y')"],
	'logistic' => [$full ? 4000 : 300, qq{train('$all', 'y', '{"model": "logistic", "folds": 20}')}],
	'logistic with many weights' => [500, qq{train('SELECT n % 3 = 0 AS y, $wide FROM generate_series(1, 3000) n', 'y', '{"model": "logistic", "l2": 0.001}')}],
	'l1' => [500, qq{train('SELECT n % 3 = 0 AS y, $wide FROM generate_series(1, 3000) n', 'y', '{"model": "logistic", "l1": 0.001}')}],
	'pairs' => [500, qq{train('SELECT n % 3 = 0 AS y, $wide FROM generate_series(1, 3000) n', 'y', '{"rounds": 1, "interactions": 1000, "model": "boosted"}')}],
	'drift' => [40, "(SELECT count(*) FROM drift_report('$all', 'y'))"],
	'naive_bayes' => [40, "(SELECT naive_bayes(to_jsonb(l), y) IS NULL FROM learn l)"],
	'train_state' => [40, "(SELECT train_state(to_jsonb(l) - 'y', y) IS NULL FROM learn l)"],
	'learning from a state' => [$full ? 4000 : 300, "(SELECT train(train_state(l, 'y')) FROM learn l)"],
	'survival' => [40, "(SELECT n FROM (SELECT survival_agg(a * interval '1 s', y) AS s FROM learn) t, survival_summary(s))"],
	'comparison' => [60, "(SELECT count(*) FROM (SELECT comparison_state(a, b, y) AS s FROM learn) t, compare_models(s))"],
);

qx(createdb $tag);
my @said = psql(<<SQL);
CREATE EXTENSION intent;
CREATE UNLOGGED TABLE learn AS
SELECT n * 7919::bigint % 1000003 / 1000.0::float8 AS a, n * 104729::bigint % 999983 / 1000.0::float8 AS b, n * 31::bigint % 97 AS c, 'w' || n % 40 AS word,
	n * 7919::bigint % 1000003 + n * 65537::bigint % 500000 > 700000 AS y
FROM generate_series(1, $rows) n;
SQL
is(join("\n", @said), '', 'a table to learn from') or BAIL_OUT('nothing to stop');

for my $name (sort keys %stopped)
{
	my ($timeout, $what) = @{ $stopped{$name} };
	my @lines;

	for (; $timeout >= 5; $timeout = int($timeout / 2))
	{
		@lines = psql(<<SQL);
SET search_path = public, intent;
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION pg_temp.ticks() RETURNS bigint LANGUAGE sql AS
\$\$ SELECT sum(field::bigint) FROM string_to_table(regexp_replace(pg_read_file('/proc/self/stat'), '.*\\) ', ''), ' ') WITH ORDINALITY AS f(field, n) WHERE n IN (12, 13) \$\$;
SELECT pg_temp.ticks() AS before \\gset
SET statement_timeout = $timeout;
SELECT $what IS NULL;
SET statement_timeout = 0;
SELECT 10 * (pg_temp.ticks() - :before);
-- the session goes on as if nothing had been
SELECT status FROM predictor_training(train('SELECT n % 7 AS x, n % 5 > 2 AS y FROM generate_series(1, 200) n', 'y'));
SQL
		last if $lines[0] =~ /canceling/;
	}
	like($lines[0], qr/canceling statement due to statement timeout/, "$name is stopped") or diag join "\n", @lines;
	cmp_ok($lines[-2], '<=', $timeout + $delay, "$name within $delay ms of processor time");
	is($lines[-1], 'ok', "$name: then another is trained");
}
qx(dropdb $tag);
done_testing();
