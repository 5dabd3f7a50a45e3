# What a stored journey takes.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

# Times in seconds, milliseconds (as they are) and microseconds; then with a number for each event.
sub storage
{
	my $microseconds = "occurred_at + row_number() OVER () * 7919 % 1000 * interval '1 microsecond'";
	my @variants = (
		[ 'times in seconds', 6, "date_trunc('second', occurred_at)", undef ],
		[ 'times in milliseconds', 6, 'occurred_at', undef ],
		[ 'times in microseconds', 6, $microseconds, undef ],
		[ 'milliseconds, bigint refs', 11, 'occurred_at', '1000000 + row_number() OVER ()' ],
		[ 'microseconds, bigint refs', 11, $microseconds, '1000000 + row_number() OVER ()' ]);

	for my $variant (@variants)
	{
		my ($name, $bar, $at, $ref) = @$variant;
		my $more = defined $ref ? ', NULL::timestamptz, ref' : '';
		my ($bytes, $dictionary) = split /\|/, $session->query(<<~SQL);
			SELECT sum(pg_column_size(j)::bigint) / sum(event_count(j))::float8,
				sum((SELECT bytes FROM journey_storage(j) WHERE section = 'dictionary')) / sum(event_count(j))::float8
			FROM (SELECT journey_agg(at, channel, event, value$more) AS j
				FROM (SELECT person, channel, event, value, $at AS at, ${\($ref // 'NULL')} AS ref FROM events) e
				GROUP BY person) g
			SQL
		row("storage, $name", 'bytes an event beyond the dictionary',
			"≤ $bar", Bench::number($bytes - $dictionary),
			'', sprintf('%s with the dictionary', Bench::number($bytes)), holds($bytes - $dictionary <= $bar));
	}
	return;
}

1;
