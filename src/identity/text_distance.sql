-- text_distance: how alike two texts are, on characters

CREATE FUNCTION jaro(a text, b text) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_jaro' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION jaro(text, text) IS
'Jaro similarity of two texts, 0 to 1, on characters. Characters match if they are equal and no further apart than half the longer text less one; of the matches m, t is half the number (rounded down) that are out of order: (m / length(a) + m / length(b) + (m - t) / m) / 3. 1 for two empty texts, 0 if nothing matches; case and accents count. Linear up to 64 characters, then length times length. Source: Jaro 1989, as in Winkler''s strcmp95. Example: SELECT round(intent.jaro(''DWAYNE'', ''DUANE'')::numeric, 3);';

CREATE FUNCTION jaro_winkler(a text, b text) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_jaro_winkler' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION jaro_winkler(text, text) IS
'Jaro-Winkler similarity of two texts, 0 to 1, on characters: their jaro similarity s, and above 0.7 that plus 0.1 * (1 - s) for each of up to 4 characters that both begin with. Cost as of jaro. Source: Winkler 1990. Example: SELECT round(intent.jaro_winkler(U&''m\00FCller'', ''muller'')::numeric, 3);';

CREATE FUNCTION damerau_levenshtein(a text, b text) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_damerau_levenshtein' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION damerau_levenshtein(text, text) IS
'The least number of steps from one text to the other, each of which inserts, deletes or replaces a character or lets two neighbours change places. The true distance, not the one restricted to optimal string alignments: characters may be inserted between neighbours that changed places (ca to abc is 2), and it is a metric. Length times length. Source: Lowrance and Wagner 1975; two rows of memory after Zhao and Sahni 2019. Example: SELECT intent.damerau_levenshtein(''ca'', ''abc'');';

CREATE FUNCTION damerau_levenshtein(a text, b text, max integer) RETURNS integer
AS 'MODULE_PATHNAME', 'intent_damerau_levenshtein_max' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 30;
COMMENT ON FUNCTION damerau_levenshtein(text, text, integer) IS
'As damerau_levenshtein(a, b), but max + 1 for every distance above max: it stops as soon as that is known, at once if the lengths differ by more. A negative max is error 22023. Example: SELECT intent.damerau_levenshtein(''Schmidt'', ''Schmitd'', 2), intent.damerau_levenshtein(''Schmidt'', ''Miller'', 2);';

CREATE FUNCTION ngram_jaccard(a text, b text, n integer DEFAULT 2) RETURNS float8
AS 'MODULE_PATHNAME', 'intent_ngram_jaccard' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION ngram_jaccard(text, text, integer) IS
'The share of n-grams (runs of n characters) that both texts have, of those that either has, 0 to 1; each is counted once, and nothing is added at the ends. A text shorter than n is 1 to an equal one, else 0. n below 1 is error 22023. Grows with the lengths times n. Source: Jaccard 1901. Example: SELECT intent.ngram_jaccard(''night'', ''nacht'');';
