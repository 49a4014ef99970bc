#!/bin/sh
# Runs once, inside the container of PostgreSQL, when its volume is empty.
set -eu
exec psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    --set owner="$(cat /run/secrets/postgres-owner)" \
    --set login="$(cat /run/secrets/postgres-login)" \
    --set backup="$(cat /run/secrets/postgres-backup)" \
    --file /chariot/roles.sql
