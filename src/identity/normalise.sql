-- normalise: one spelling for e-mail addresses, phone numbers and names

CREATE FUNCTION normalise_email(email text, gmail boolean DEFAULT false) RETURNS text
AS 'MODULE_PATHNAME', 'intent_normalise_email' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION normalise_email(text, boolean) IS
'The address in lower case (A to Z; other letters stay), without white space around it, mailto:, angle brackets around all of it and a last dot of the domain. With gmail, addresses at gmail.com and googlemail.com become the one mailbox they are: no dots, nothing from the first plus on, gmail.com; a plus or dots in other addresses stay, for there they may tell people apart. NULL, so that it joins nobody, for what is no address: not exactly one @, nothing before it, white space or one of < > , ; : inside, a domain without a dot or with an empty part. Linear. Example: SELECT intent.normalise_email('' Anna.Lee+shop@GoogleMail.com '', gmail => true);';

CREATE FUNCTION normalise_phone(phone text, country_code text DEFAULT NULL) RETURNS text
AS 'MODULE_PATHNAME', 'intent_normalise_phone' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION normalise_phone(text, text) IS
'The number as E.164 writes it, + and digits. White space, - . / ( ) and (0) after a country code are left out; what follows x, ext, # or ; is an extension and left out; 00 (and 011 with country_code 1) is a plus. A number without one is taken to be of country_code, the calling code such as 49, less its prefix of national calls: 0, but 1 or 8 of eleven digits for country codes 1 and 7, 06 for 36, none for 39 and 378; no other begins with 0. Without country_code such a number stays national: digits without a plus, equal only to numbers written so. NULL, so that it joins nobody, for NULL, other characters, all digits alike (0000000, +49 1111111), or a length that no number has (E.164: at most 15 digits; at least 7, in its country 4). Numbering plans of countries are not looked at. A wrong country_code is error 22023. Linear. Source: ITU-T E.164. Example: SELECT intent.normalise_phone(''(030) 901-820'', ''49''), intent.normalise_phone(''0049 (0)30 901820'');';

CREATE FUNCTION normalise_name(name text) RETURNS text
AS 'MODULE_PATHNAME', 'intent_normalise_name' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION normalise_name(text) IS
'The name in lower case, words apart by one space, without accents and punctuation. Compatible characters become plain ones (Unicode NFKD); accents of Latin and Greek letters and of Cyrillic yo go, so that an umlaut is its vowel and Cyrillic short i stays what it is; Latin ligatures are both their letters, sharp s is ss, thorn is th, letters with a stroke and eth, eng and dotless i are plain o d h l t, d, n and i; apostrophes vanish, other punctuation parts words. Lower case is known of Latin, Greek, Cyrillic and Armenian letters; letters of other scripts stay. Depends on no locale. NULL, so that it joins nobody, if nothing is left. Linear. Example: SELECT intent.normalise_name('' O''''Brien-Lee,  Zoe ''), intent.normalise_name(U&''M\00FCller'');';
