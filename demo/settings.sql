-- What every step of the demo starts with: quiet, readable tables, one time zone.
\set QUIET on
\set ON_ERROR_STOP on
\pset border 1
\pset footer off
\pset null '-'
\pset linestyle ascii
\pset pager off
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET search_path = public, intent;
SET jit = off;
SET work_mem = '64MB';
