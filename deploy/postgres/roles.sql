-- Who connects to PostgreSQL, run once by a superuser: psql -v owner=… -v login=… -v backup=… (passwords) -f roles.sql
-- The processes log in as one who owns nothing and may only become chariot_app or chariot_relay, which row-level
-- security holds for. Migrations run as the owner of the tables; backups as one who sees every row.
CREATE ROLE chariot_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE chariot_relay NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE chariot_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner';
CREATE ROLE chariot_login LOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT PASSWORD :'login';
CREATE ROLE chariot_backup LOGIN NOSUPERUSER BYPASSRLS PASSWORD :'backup';
GRANT chariot_app, chariot_relay TO chariot_owner, chariot_login;
GRANT chariot_owner TO chariot_backup;
CREATE DATABASE chariot OWNER chariot_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE chariot FROM PUBLIC;
GRANT CONNECT ON DATABASE chariot TO chariot_login, chariot_backup;
