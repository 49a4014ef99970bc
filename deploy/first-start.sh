#!/bin/sh
# Make the secrets of an installation, once: nothing here has a default, and what exists is never replaced.
#   deploy/first-start.sh && podman compose -f deploy/compose.yaml up -d
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

random() { openssl rand -hex 24; }
keep() { # name, content
    [ -e "secrets/$1" ] || printf '%s\n' "$2" > "secrets/$1"
}

for name in postgres-superuser postgres-owner postgres-login postgres-backup nats-password redis-password; do
    keep "$name" "$(random)"
done
keep api-token "chariot_$(random)"
[ -e secrets/master.key ] || openssl rand -out secrets/master.key 32
keep backup.key "chariot-backup-key-$(openssl rand -hex 32)"
if [ ! -e secrets/tls.crt ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=${CHARIOT_NAME:-localhost}" \
        -addext "subjectAltName=DNS:${CHARIOT_NAME:-localhost}" -keyout secrets/tls.key -out secrets/tls.crt 2>/dev/null
fi

settings() { # file, user of PostgreSQL, secret with its password
    keep "$1" "store = \"postgresql://$2:$(cat "secrets/$3")@postgres:5432/chariot\"
bus = \"nats://chariot:$(cat secrets/nats-password)@nats:4222\"
cache = \"redis://:$(cat secrets/redis-password)@redis:6379/0\"
trusted_proxies = [\"127.0.0.1\"]"
}
settings chariot.toml chariot_login postgres-login
settings chariot-owner.toml chariot_owner postgres-owner
settings chariot-backup.toml chariot_backup postgres-backup
keep nats.conf "jetstream { store_dir: /data }
authorization { user: chariot, password: \"$(cat secrets/nats-password)\" }"
keep redis.conf "requirepass $(cat secrets/redis-password)
maxmemory 256mb
maxmemory-policy allkeys-lru
save \"\"
appendonly no"

# The files reach the containers one by one, whose users are not yours: the folder is what keeps others out.
chmod 644 secrets/*
echo "the secrets are in deploy/secrets; keep copies of master.key and backup.key somewhere else"
