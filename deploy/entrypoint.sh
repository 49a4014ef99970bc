#!/bin/sh
# Bring the secrets that all processes share into the data folder, for its owner alone; then become the program.
set -eu
umask 077
for name in api-token master.key backup.key; do
    if [ -r "/run/secrets/chariot/$name" ]; then
        draft="$CHARIOT_HOME/.$name.$$"
        cat "/run/secrets/chariot/$name" > "$draft"
        mv -f "$draft" "$CHARIOT_HOME/$name"
    fi
done
exec chariot --json "$@"
