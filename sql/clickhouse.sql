-- clickhouse: the forms that are called as ClickHouse's, with its own documented and tested examples; and what each refuses
SET TimeZone = 'UTC';
SET search_path = public, intent;

-- prints an error as SQLSTATE, message, detail and hint
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- window_funnel: nine events, one each second
CREATE TEMP TABLE nine AS SELECT i AS ts, 1000 + i AS event, timestamptz '2026-01-01Z' + i * interval '1 s' AS at
FROM generate_series(0, 8) i;
SELECT window_funnel(10000, '', ts, event = 1000) AS one,
	window_funnel(10000, '', ts, event = 1000, event = 1001) AS two,
	window_funnel(10000, '', ts, event = 1000, event = 1001, event = 1002) AS three,
	window_funnel(10000, '', ts, event = 1000, event = 1001, event = 1002, event = 1008) AS four,
	window_funnel(2, '', ts, event = 1003, event = 1004, event = 1005, event = 1006, event = 1007) AS three_in_2,
	window_funnel(3, '', ts, event = 1003, event = 1004, event = 1005, event = 1006, event = 1007) AS four_in_3,
	window_funnel(4, '', ts, event = 1003, event = 1004, event = 1005, event = 1006, event = 1007) AS five_in_4,
	window_funnel(10000, '', ts, event = 1008, event = 1001) AS one_backwards,
	window_funnel(4, '', ts, event <= 1007, event >= 1002, event <= 1006, event >= 1004) AS four_shared
FROM nine;
SELECT window_funnel('3 s', '', at, event = 1003, event = 1004, event = 1005, event = 1006, event = 1007) AS four_in_3_s,
	window_funnel('3 s', '', at, VARIADIC ARRAY[event = 1003, event = 1004, event = 1005, event = 1006, event = 1007]) AS as_array
FROM nine;

-- the steps by their names: short and long ones, one twice, one NULL, an event without a name; arrays with NULL conditions
SELECT person, window_funnel(10, '', ts, event, ARRAY['a', 'checkout started', 'b']) AS named,
	window_funnel(10, '', ts, event = 'a', event = 'checkout started', event = 'b') AS compared,
	window_funnel('10 s', 'strict_once', to_timestamp(ts), event, ARRAY['a', 'a', 'b']) AS twice,
	window_funnel(10, '', ts, event, ARRAY['a', NULL, 'b']) AS with_null,
	window_funnel(10, 'strict_order', ts, event, '{}'::text[]) AS no_steps,
	window_funnel(10, '', ts, VARIADIC ARRAY[event = 'a', NULL, event = 'b']) AS null_condition,
	window_funnel(10, '', ts, VARIADIC ARRAY[[event = 'a', NULL], [event = 'checkout started', event = 'b']]) AS two_rows
FROM (VALUES (1, 1, 'a'), (1, 2, 'checkout started'), (1, 3, 'b'), (2, 1, 'a'), (2, 2, 'a'), (2, 3, 'b'), (3, 1, NULL), (3, 2, 'checkout ended'), (4, 1, 'a'), (4, 2, 'a')) e(person, ts, event)
GROUP BY person ORDER BY person;
-- steps that change are conditions that change
SELECT window_funnel(10, '', ts, event, CASE WHEN ts < 3 THEN ARRAY['a', 'b'] ELSE ARRAY['b', 'c'] END)
FROM (VALUES (1, 'a'), (3, 'c')) e(ts, event);

-- modes: a repeated event; an event of none of the conditions; equal times; a row that meets several conditions
SELECT mode, window_funnel(10000, mode, ts, event = 1000, event = 1001, event = 1002, event = 1003, event = 1004, event = 1005, event = 1006) AS level
FROM (VALUES (0, 1000), (10, 1001), (20, 1002), (30, 1003), (40, 1004), (50, 1005), (51, 1005), (60, 1006), (70, 1007)) e(ts, event),
	unnest(ARRAY['', 'strict_deduplication']) mode
GROUP BY mode ORDER BY mode;
CREATE TEMP TABLE letters (person int, ts int, event text);
INSERT INTO letters SELECT person, n, event
FROM (VALUES (1, 'abc'), (2, 'adbc'), (3, 'aabbcc'), (4, 'aaaabbcc'), (5, 'aabbdcc'), (6, 'ccbbaa'), (7, 'acb')) p(person, events),
	string_to_table(events, NULL) WITH ORDINALITY e(event, n);
SELECT person, window_funnel(86400, '', ts, event = 'a', event = 'b', event = 'c') AS plain,
	window_funnel(86400, 'strict_order', ts, event = 'a', event = 'b', event = 'c') AS in_order,
	window_funnel(86400, 'strict_deduplication, strict_order', ts, event = 'a', event = 'b', event = 'c') AS no_repeats,
	window_funnel(86400, 'strict_order,allow_reentry', ts, event = 'a', event = 'b', event = 'c') AS reentry
FROM letters GROUP BY person ORDER BY person;
SELECT window_funnel(10000, '', ts, event = 1000, event = 1001, event = 1002, event = 1003, event = 1004) AS plain,
	window_funnel(10000, 'strict_increase', ts, event = 1000, event = 1001, event = 1002, event = 1003, event = 1004) AS increase,
	window_funnel(10000, '', ts, event = 1004, event = 1004, event = 1004) AS one_row_thrice,
	window_funnel(10000, 'strict_increase', ts, event = 1004, event = 1004, event = 1004) AS increase_once,
	window_funnel(10000, 'strict_once', ts, event = 1004, event = 1004, event = 1004) AS once
FROM (VALUES (0, 1000), (1, 1001), (1, 1002), (1, 1003), (2, 1004)) e(ts, event);
-- where the original is not exact, and so not this form: a second event of the step, at the time of the next
SELECT window_funnel(10, 'strict_increase', ts, event = 'a', event = 'b', event = 'c') AS two_not_three
FROM (VALUES (1, 'a'), (2, 'b'), (3, 'b'), (3, 'c')) e(ts, event);

-- NULL conditions, NULL times, no rows, order of rows, times at the ends of bigint
SELECT window_funnel(10, '', ts, a, b), window_funnel(10, '', ts, a, NULL),
	sequence_match('(?1)(?2)', ts, a, b), retention(a, b)
FROM (VALUES (1, true, NULL), (NULL, NULL, true), (2, NULL, true)) e(ts, a, b);
SELECT window_funnel(10, '', ts, a), sequence_match('', ts, a), sequence_count('', ts, a),
	sequence_match_events('', ts, a), sequence_next_node('forward', 'head', ts, 'x', a, a), retention(a, a)
FROM (VALUES (1, true)) e(ts, a) WHERE false;
SELECT window_funnel(9223372036854775807, '', ts, n = 1, n = 2) AS too_far_apart,
	window_funnel(9223372036854775807, '', ts, n = 2, n = 3) AS just_near_enough,
	sequence_match('(?1)(?t>=18446744073709551615)(?2)', ts, n = 1, n = 3) AS farthest
FROM (VALUES (9223372036854775807, 3), (0, 2), ((-9223372036854775808)::bigint, 1)) e(ts, n);

-- sequence_match, sequence_count, sequence_match_events
CREATE TEMP TABLE twelve AS SELECT ts - 1 AS ts, data
FROM unnest(ARRAY[0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 1]) WITH ORDINALITY t(data, ts);
SELECT pattern, sequence_match(pattern, ts, data = 0, data = 1, data = 2, data = 3) AS match,
	sequence_count(pattern, ts, data = 0, data = 1, data = 2, data = 3) AS count,
	sequence_match_events(pattern, ts, data = 0, data = 1, data = 2, data = 3) AS events
FROM twelve, unnest(ARRAY['', '.', '.*', '(?1)', '(?2)', '(?3)', '(?4)', '(?1)(?1)', '(?1)(?1)(?1)', '(?1)(?1)(?1)(?1)',
	'(?1)(?1)(?1)(?1)(?1)', '(?1)(?1)(?1)(?1)(?2)', '(?1)(?t>10)(?2)', '(?1)(?t>11)(?2)', '(?1)(?t<11)(?2)',
	'(?1)(?t<3)(?3)', '(?1)(?t<=2)(?3)', '(?1)(?t<2)(?3)', '(?2)(?t>=7)(?2)', '(?2)(?t>7)(?2)', '(?2)(?3)(?1)'])
	WITH ORDINALITY p(pattern, n)
GROUP BY pattern, n ORDER BY n;
SELECT sequence_match('(?1)(?t==2)(?2)', ts, data = 1, data = 2), sequence_match('(?1)(?t==1)(?2)', ts, data = 1, data = 2),
	sequence_count('(?1)(?t==1)(?2)', ts, data = 1, data = 2), sequence_match_events('(?1)(?t==2)(?2)', ts, data = 1, data = 2)
FROM twelve;
CREATE TEMP TABLE six AS SELECT time, number FROM unnest(ARRAY[1, 3, 2, 1, 3, 2]) WITH ORDINALITY t(number, time);
SELECT sequence_match('(?1)(?2)', time, number = 1, number = 2) AS neighbours,
	sequence_match('(?1)(?2)', time, number = 1, number = 2, number = 3) AS not_any_more,
	sequence_match('(?1)(?2)', time, number = 1, number = 2, number = 4) AS again,
	sequence_count('(?1).*(?2)', time, number = 1, number = 2) AS two,
	sequence_match_events('(?1).*(?2).*(?1)(?3)', time, number = 1, number = 2, number = 4) AS longest
FROM six;
SELECT n / 150 AS half,
	sequence_match_events('.*(?1).*(?2).*(?5).*(?1).*(?5).*(?3).*(?4).*(?5)', n, n % 100 = 1, n % 100 = 10, n % 100 = 30, n % 100 = 40, n > 0) AS events
FROM generate_series(0, 299) n GROUP BY 1 ORDER BY 1;
SELECT sequence_match('(?1)(?t<=10)(?2)(?3)', t, e = 'A', e = 'B', e = 'C') AS gate,
	sequence_match_events('(?1)(?t<=10)(?2)(?3)', t, e = 'A', e = 'B', e = 'C') AS beginning
FROM (VALUES (0, 'A'), (5, 'B'), (100, 'B'), (101, 'C')) v(t, e);
-- the original gives up on this one
SELECT sequence_match('(?1)(?t>=10)(?2)(?t>=10)(?3)(?t>=10)(?4)', n, true, true, true, n < 0) AS no,
	sequence_count('(?1)(?t>=10)(?2)(?t>=10)(?3)', n, true, true, true) AS many
FROM generate_series(1, 10000) n;

-- sequence_next_node: pages of two visitors
CREATE TEMP TABLE pages (id int, at timestamptz, page text);
INSERT INTO pages SELECT id, timestamptz '2026-01-01Z' + n * interval '1 min', page
FROM (VALUES (1, ARRAY['home', 'gift', 'exit']), (2, ARRAY['home', 'home', 'gift', 'basket']),
	(3, ARRAY['gift', 'home', 'gift', 'basket'])) v(id, visited), unnest(visited) WITH ORDINALITY p(page, n);
SELECT id, sequence_next_node('forward', 'head', at, page, page = 'home', page = 'home', page = 'gift') AS head,
	sequence_next_node('backward', 'tail', at, page, page = 'basket', page = 'basket', page = 'gift') AS tail,
	sequence_next_node('forward', 'first_match', at, page, page = 'gift', page = 'gift') AS first_match,
	sequence_next_node('backward', 'last_match', at, page, page = 'gift', page = 'gift') AS last_match,
	sequence_next_node('forward', 'head', at, page, true) AS first,
	sequence_next_node('backward', 'tail', at, page, page <> 'exit') AS last
FROM pages GROUP BY id ORDER BY id;

-- retention: the documented example
SELECT uid, retention(day = '2020-01-01', day = '2020-01-02', day = '2020-01-03') AS r
FROM (VALUES (date '2020-01-01', 4), ('2020-01-02', 9), ('2020-01-03', 14)) d(day, most), generate_series(0, most) uid
GROUP BY uid ORDER BY uid;

-- refusals
SELECT pg_temp.refused(command) FROM (VALUES
	(1, $$SELECT window_funnel(-1, '', 1, true)$$),
	(2, $$SELECT window_funnel(NULL::bigint, '', 1, true)$$),
	(3, $$SELECT window_funnel(1, NULL, 1, true)$$),
	(4, $$SELECT window_funnel(1, 'strict', 1, true)$$),
	(5, $$SELECT window_funnel(1, 'strict_order,', 1, true)$$),
	(6, $$SELECT window_funnel(1, 'allow_reentry', 1, true)$$),
	(7, $$SELECT window_funnel(1, '', 1, 1)$$),
	(8, $$SELECT window_funnel(1, '', 1, true, 'yes')$$),
	(9, $$SELECT window_funnel(1, '', 1, VARIADIC ARRAY[1])$$),
	(10, $$SELECT window_funnel(1, '', 1, VARIADIC array_fill(true, ARRAY[61]))$$),
	(11, $$SELECT window_funnel(n, '', 1, true) FROM generate_series(1, 2) n$$),
	(12, $$SELECT window_funnel(1, mode, 1, true) FROM unnest(ARRAY['', 'strict_once']) mode$$),
	(13, $$SELECT window_funnel(1, '', 1, VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) n$$),
	(14, $$SELECT window_funnel('1 month', '', '2026-01-01Z'::timestamptz, true)$$),
	(15, $$SELECT window_funnel('-1 s', '', '2026-01-01Z'::timestamptz, true)$$),
	(16, $$SELECT window_funnel('1 s', '', 'infinity'::timestamptz, true)$$),
	(17, $$SELECT sequence_match('(?1', 1, true)$$),
	(18, $$SELECT sequence_match('(?x)', 1, true)$$),
	(19, $$SELECT sequence_match('(?1)(?t=1)', 1, true)$$),
	(20, $$SELECT sequence_match('(?1)(?t>1)(?t<2)', 1, true)$$),
	(21, $$SELECT sequence_match('(?1)(?2)', 1, true)$$),
	(22, $$SELECT sequence_match('(?0)', 1, true)$$),
	(23, $$SELECT sequence_match('a -> b', 1, true)$$),
	(24, $$SELECT sequence_match(NULL, 1, true)$$),
	(25, $$SELECT sequence_count(pattern, 1, true) FROM unnest(ARRAY['.', '(?1)']) pattern$$),
	(26, $$SELECT sequence_match_events('.', '-infinity'::timestamptz, true)$$),
	(27, $$SELECT sequence_next_node('up', 'head', 1, 'x', true, true)$$),
	(28, $$SELECT sequence_next_node('forward', 'middle', 1, 'x', true, true)$$),
	(29, $$SELECT sequence_next_node('forward', 'tail', 1, 'x', true, true)$$),
	(30, $$SELECT sequence_next_node('backward', 'head', 1, 'x', true, true)$$),
	(31, $$SELECT sequence_next_node('forward', 'first_match', 1, 'x', true)$$),
	(32, $$SELECT sequence_next_node('forward', NULL, 1, 'x', true)$$),
	(33, $$SELECT sequence_next_node('forward', base, 1, 'x', true, true) FROM unnest(ARRAY['head', 'first_match']) base$$),
	(34, $$SELECT retention(true, 1)$$),
	(35, $$SELECT retention(VARIADIC array_fill(true, ARRAY[n])) FROM generate_series(1, 2) n$$),
	(36, $$SELECT window_funnel(1, '', 1, 'a', NULL::text[])$$),
	(37, $$SELECT window_funnel(1, '', 1, 'a', array_fill('a'::text, ARRAY[61]))$$),
	(38, $$SELECT window_funnel(1, '', 1, 'a', array_fill('a'::text, ARRAY[n])) FROM generate_series(1, 2) n$$),
	(39, $$SELECT window_funnel(1, '', 1, VARIADIC NULL::boolean[])$$),
	(40, $$SELECT window_funnel('1 s', '', 'infinity'::timestamptz, 'a', ARRAY['a'])$$)
) t(n, command) ORDER BY n;
