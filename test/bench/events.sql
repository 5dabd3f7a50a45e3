-- The user's own table, as it comes: no index, rows in time order.
CREATE TABLE events (
	person bigint NOT NULL,
	occurred_at timestamptz NOT NULL,
	channel text,
	event text NOT NULL,
	value float8
);
