-- chunk: stored journeys cut into chunks, changed, and read row by row

CREATE FUNCTION chunks(journey journey, OUT n integer, OUT chunk journey)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_chunks' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 2;
COMMENT ON FUNCTION chunks(journey) IS
'The journey in the chunks it is stored in, numbered from 0: each holds as many of the next events as it may, at most 250 and at most 1,800 bytes, or one event that is longer. Cut again from any chunk on, the rest is the same. No rows for NULL or an empty journey. Cost grows with the number of events. Example: SELECT n, intent.event_count(chunk) FROM intent.chunks(''{2026-03-01T10:00:00Z web:view, 2026-03-02T10:00:00Z web:cart}''::intent.journey);';

CREATE FUNCTION amend(journey journey, removed journey, added journey) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_amend' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION amend(journey, journey, journey) IS
'The journey without the events of `removed` and with those of `added`. What is removed takes away one event that is equal in everything: time, channel, event, value, recorded_at and ref; what is not there is no error. NULL is a journey without events. Cost grows with the number of events. Example: SELECT intent.amend(''{2026-03-01T10:00:00Z web:view ref=1, 2026-03-02T10:00:00Z web:cart ref=2}''::intent.journey, ''{2026-03-02T10:00:00Z web:cart ref=2}''::intent.journey, ''{2026-03-02T11:00:00Z web:cart ref=2}''::intent.journey);';

CREATE FUNCTION amend_chunk(chunk journey, removed journey, added journey) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_amend_chunk' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION amend_chunk(journey, journey, journey) IS
'As amend, if what comes of it is stored in one chunk; NULL if it is none, or several. Cost grows with the number of events. Example: SELECT intent.amend_chunk(''{2026-03-01T10:00:00Z web:view ref=1}''::intent.journey, NULL, ''{2026-03-02T11:00:00Z web:cart ref=2}''::intent.journey);';

CREATE FUNCTION touched(journey journey, known journey DEFAULT NULL) RETURNS journey
AS 'MODULE_PATHNAME', 'intent_touched' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION touched(journey, journey) IS
'An event of each touchpoint of the journey, all at 2000-01-01Z: what an index needs of it, which stays the same when events of the same kinds come. `known`, if it has those touchpoints, is given back as it is, which is sooner done. NULL gives NULL. Cost grows with the number of different touchpoints. Example: SELECT intent.touched(''{2026-03-01T10:00:00Z web:view ref=1, 2026-03-02T10:00:00Z web:cart ref=2, 2026-03-03T10:00:00Z web:view ref=3}''::intent.journey);';

CREATE FUNCTION period_of(at timestamptz) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_period_of' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_of(timestamptz) IS
'Number of the 28 days a time is in, counted from 2000-01-01Z; those of -infinity and infinity are before and behind all others. NULL gives NULL. Example: SELECT intent.period_of(''2026-03-01Z'');';

CREATE FUNCTION journey_rows(journey journey, OUT occurred_at timestamptz, OUT channel text, OUT event text,
	OUT value float8, OUT recorded_at timestamptz, OUT ref text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'intent_journey_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 40;
COMMENT ON FUNCTION journey_rows(journey) IS
'All rows the journey was made of, as far as they differ: as touchpoints(), but of a corrected event each value has a row. journey_agg of them gives the same journey. No rows for NULL or an empty journey. Cost grows with the number of events. Example: SELECT occurred_at, event, value, ref FROM intent.journey_rows(''{2026-03-01T10:00:00Z web:purchase value=49.9 ref=A17, 2026-03-01T10:00:00Z web:purchase value=39.9 recorded_at=2026-03-02T08:00:00Z ref=A17}''::intent.journey);';

CREATE FUNCTION pattern_needs(pattern jpattern) RETURNS SETOF text[]
AS 'MODULE_PATHNAME', 'intent_pattern_needs' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 3;
COMMENT ON FUNCTION pattern_needs(jpattern) IS
'What every match of the pattern has an event of: of each row at least one of the touchpoint texts. No rows if nothing is needed. Example: SELECT intent.pattern_needs(''view -> (cart | wishlist) -> !call:* -> purchase''::intent.jpattern);';
