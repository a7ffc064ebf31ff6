#!/bin/sh
# Starts Redis with the password from the environment, which a command line would show to everybody.
#   start.sh [CONFIG [LINE...]]    LINE: one more line of configuration
set -eu
: "${FOREWARN_REDIS_PASSWORD:?}"
config=${1:-/etc/forewarn/redis.conf}
[ $# -eq 0 ] || shift
umask 077
whole=$(mktemp)
{
    cat "$config"
    printf 'requirepass %s\n' "$FOREWARN_REDIS_PASSWORD"
    for line in "$@"; do printf '%s\n' "$line"; done
} >"$whole"
exec redis-server "$whole"
