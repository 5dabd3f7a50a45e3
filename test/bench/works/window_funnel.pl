# A funnel of four steps within seven days, from the raw table.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

# What somebody who knows PostgreSQL well writes: the latest start of a chain that has come as far as each step, row by row.
my $NESTED = <<~'SQL';
	WITH met AS (
		SELECT person, occurred_at, array_position(ARRAY['view', 'cart', 'checkout', 'purchase'], event) AS step FROM events
		WHERE event IN ('view', 'cart', 'checkout', 'purchase')
	), one AS (
		SELECT *, max(occurred_at) FILTER (WHERE step = 1) OVER w AS start_1 FROM met
		WINDOW w AS (PARTITION BY person ORDER BY occurred_at, step ROWS UNBOUNDED PRECEDING)
	), two AS (
		SELECT *, max(start_1) FILTER (WHERE step = 2 AND occurred_at <= start_1 + interval '7 days') OVER w AS start_2 FROM one
		WINDOW w AS (PARTITION BY person ORDER BY occurred_at, step ROWS UNBOUNDED PRECEDING)
	), three AS (
		SELECT *, max(start_2) FILTER (WHERE step = 3 AND occurred_at <= start_2 + interval '7 days') OVER w AS start_3 FROM two
		WINDOW w AS (PARTITION BY person ORDER BY occurred_at, step ROWS UNBOUNDED PRECEDING)
	)
	SELECT person, CASE WHEN bool_or(step = 4 AND occurred_at <= start_3 + interval '7 days') THEN 4
		WHEN count(start_3) > 0 THEN 3 WHEN count(start_2) > 0 THEN 2 WHEN count(start_1) > 0 THEN 1 ELSE 0 END AS level
	FROM three GROUP BY person
	SQL

sub window_funnel
{
	my @conditions = map { "event = '$_'" } qw(view cart checkout purchase);
	my $conditions = join ', ', @conditions;
	my $form = sub { "window_funnel('7 days', '', occurred_at, $_[0])" };
	my $ours = $form->($conditions);
	my $different = $session->query(<<~SQL);
		SELECT count(*) FROM (SELECT person, $ours AS level FROM events GROUP BY person) o FULL JOIN ($NESTED) e USING (person)
		WHERE o.level <> coalesce(e.level, 0) OR o.level IS NULL
		SQL
	die "bench: of $different people window_funnel and window functions say different things\n" if $different != 0;

	# what the executor takes to compare four times, whoever asks
	my $met = 'count(' . join(' + ', map { "($_)::int" } @conditions) . ')';
	my ($count, $compared, $plain, $named, $array, $ordered, $sequence) = $session->alternate($option{rounds}, [
		map { grouped($_) } 'count(*)', $met, $ours, $form->("event, ARRAY['view', 'cart', 'checkout', 'purchase']"), $form->("VARIADIC ARRAY[$conditions]"),
		"window_funnel('7 days', 'strict_order', occurred_at, $conditions)",
		"sequence_count('(?1).*(?2)(?t<=604800)(?4)', occurred_at, $conditions)" ]);
	ratio_row('`window_funnel` of 4 steps', '`count(*)`, both GROUP BY person', 1.5, $plain, $count);
	ratio_row('`window_funnel` of 4 steps', '`count` of the four conditions', undef, $plain, $compared);
	ratio_row('the same, given the names of the steps', '`count(*)`', 1.5, $named, $count);
	ratio_row('the same, conditions as `boolean[]`', '`count(*)`', undef, $array, $count);
	ratio_row('`window_funnel`, strict_order', '`count(*)`', undef, $ordered, $count);
	ratio_row('`sequence_count` with a time', '`count(*)`', undef, $sequence, $count);

	my ($again, $nested) = $session->alternate($option{rounds}, [ grouped($ours), "SELECT sum(level) FROM ($NESTED) e" ]);
	gain_row('`window_funnel` of 4 steps', 'nested window functions', 2, $again, $nested);
	parallel('`window_funnel`', '`count(*)`', grouped($ours), grouped('count(*)'));
	return;
}

1;
