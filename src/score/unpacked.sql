-- unpacked: models from a table, whole in memory for the calls that follow

CREATE FUNCTION unpacked(card scorecard) RETURNS scorecard
AS 'MODULE_PATHNAME', 'intent_unpacked' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION unpacked(scorecard) IS
'The same scorecard, neither compressed nor out of line, so that functions given it for many journeys need not fetch and open it each time. Write (SELECT intent.unpacked(card) FROM ...), which runs once a query. NULL for NULL. Example: SELECT intent.unpacked(''{"intents": {"purchase": {"base": -3}}, "signals": []}''::intent.scorecard);';

CREATE FUNCTION unpacked(model predictor) RETURNS predictor
AS 'MODULE_PATHNAME', 'intent_unpacked' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION unpacked(predictor) IS
'The same predictor, neither compressed nor out of line; as unpacked(scorecard). Example: SELECT intent.unpacked(''{"kind": "logistic", "base": -2, "features": []}''::intent.predictor);';

CREATE FUNCTION unpacked(state partial) RETURNS partial
AS 'MODULE_PATHNAME', 'intent_unpacked' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION unpacked(partial) IS
'The same state, neither compressed nor out of line; as unpacked(scorecard). Example: SELECT intent.unpacked(''retention/1:AA==''::intent.partial);';
