-- Run once by the database container, as superuser, when its volume is empty.
-- Two roles from day one: the migrator owns the tables, the application gets only what each migration
-- grants it. Neither may make roles or databases.

\set ON_ERROR_STOP on
\getenv owner_password FOREWARN_DB_OWNER_PASSWORD
\getenv app_password FOREWARN_DB_APP_PASSWORD

CREATE ROLE forewarn_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE forewarn_app LOGIN PASSWORD :'app_password';
CREATE DATABASE forewarn OWNER forewarn_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE forewarn FROM PUBLIC;
GRANT CONNECT ON DATABASE forewarn TO forewarn_app;

\connect forewarn

REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- Here it belongs to the superuser, whatever the version says of who may add it; the application may not call
-- its functions. Plain PostgreSQL works as well, without it.
SELECT count(*) > 0 AS has_timescaledb FROM pg_available_extensions WHERE name = 'timescaledb' \gset
\if :has_timescaledb
CREATE EXTENSION IF NOT EXISTS timescaledb;
\endif
