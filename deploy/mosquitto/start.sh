#!/bin/sh
# Starts Mosquitto with logins from the environment, hashed on the way; a command line would show them to
# everybody. Gateways that enrol get logins of their own through the dynamic security plugin, which the platform
# manages as `broker-admin`; others may have lines `name:hash` in GATEWAYS, made with mosquitto_passwd.
#   start.sh [CONFIG [DATA [GATEWAYS [CERTS]]]]
set -eu
: "${FOREWARN_MQTT_PLATFORM_PASSWORD:?}" "${FOREWARN_MQTT_EDGE_PASSWORD:?}" "${FOREWARN_MQTT_ADMIN_PASSWORD:?}"
config=${1:-/etc/forewarn/mosquitto.conf}
data=${2:-/mosquitto/data}
gateways=${3:-/etc/forewarn/gateways}
certs=${4:-/certs}
umask 077
printf 'platform:%s\nedge:%s\n' "$FOREWARN_MQTT_PLATFORM_PASSWORD" "$FOREWARN_MQTT_EDGE_PASSWORD" \
    >"$data/passwords"
mosquitto_passwd -U "$data/passwords"
if [ -f "$gateways" ]; then cat "$gateways" >>"$data/passwords"; fi
for plugin in /usr/lib/mosquitto_dynamic_security.so /usr/lib/*/mosquitto_dynamic_security.so; do
    if [ -f "$plugin" ]; then break; fi
done
[ -f "$plugin" ] || { echo "Mosquitto's dynamic security plugin is not installed" >&2; exit 1; }
# Made once: it holds the gateways' logins. Remove it to begin anew; the platform writes them again within an
# hour, or when its scheduler is started.
if [ ! -f "$data/dynamic-security.json" ]; then
    printf '%s\n%s\n' "$FOREWARN_MQTT_ADMIN_PASSWORD" "$FOREWARN_MQTT_ADMIN_PASSWORD" |
        mosquitto_ctrl dynsec init "$data/dynamic-security.json" broker-admin >/dev/null
fi
# How the health check signs in: options of mosquitto_sub.
mkdir -p "$data/health"
printf -- '-u edge\n-P %s\n' "$FOREWARN_MQTT_EDGE_PASSWORD" >"$data/health/mosquitto_sub"
# Mosquitto reads its key when it is no longer root, so it has a copy of its own.
if [ -f "$certs/server.key" ]; then
    rm -f "$data/server.key"
    cp "$certs/server.key" "$data/server.key"
fi
{
    cat "$config"
    printf '\nplugin %s\nplugin_opt_config_file %s\n' "$plugin" "$data/dynamic-security.json"
} >"$data/started.conf"
if [ "$(id -u)" = 0 ]; then
    chown mosquitto "$data" "$data/passwords" "$data/dynamic-security.json" "$data/started.conf"
    if [ -f "$data/server.key" ]; then chown mosquitto "$data/server.key"; fi
fi
# What runs does not need them, and /proc shows an environment to whoever may debug the process.
unset FOREWARN_MQTT_PLATFORM_PASSWORD FOREWARN_MQTT_EDGE_PASSWORD FOREWARN_MQTT_ADMIN_PASSWORD
exec mosquitto -c "$data/started.conf"
