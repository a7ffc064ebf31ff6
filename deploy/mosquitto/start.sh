#!/bin/sh
# Starts Mosquitto with logins from the environment, hashed on the way. Gateways that enrol get logins of their
# own through the dynamic security plugin, which the platform manages as `broker-admin`; others may have lines
# `name:hash` in GATEWAYS, made with mosquitto_passwd.
set -eu
: "${FOREWARN_MQTT_PLATFORM_PASSWORD:?}" "${FOREWARN_MQTT_EDGE_PASSWORD:?}" "${FOREWARN_MQTT_ADMIN_PASSWORD:?}"
config=${1:-/etc/forewarn/mosquitto.conf}
data=${2:-/mosquitto/data}
gateways=${3:-/etc/forewarn/gateways}
umask 077
printf 'platform:%s\nedge:%s\n' "$FOREWARN_MQTT_PLATFORM_PASSWORD" "$FOREWARN_MQTT_EDGE_PASSWORD" \
    >"$data/passwords"
mosquitto_passwd -U "$data/passwords"
if [ -f "$gateways" ]; then cat "$gateways" >>"$data/passwords"; fi
for plugin in /usr/lib/mosquitto_dynamic_security.so /usr/lib/*/mosquitto_dynamic_security.so; do
    if [ -f "$plugin" ]; then break; fi
done
[ -f "$plugin" ] || { echo "Mosquitto's dynamic security plugin is not installed" >&2; exit 1; }
# Made once: it holds the gateways' logins. Remove it to begin anew; the platform writes them again as gateways
# are enrolled or change their keys.
if [ ! -f "$data/dynamic-security.json" ]; then
    mosquitto_ctrl dynsec init "$data/dynamic-security.json" broker-admin "$FOREWARN_MQTT_ADMIN_PASSWORD" >/dev/null
fi
{
    cat "$config"
    printf '\nplugin %s\nplugin_opt_config_file %s\n' "$plugin" "$data/dynamic-security.json"
} >"$data/started.conf"
if [ "$(id -u)" = 0 ]; then
    chown mosquitto "$data" "$data/passwords" "$data/dynamic-security.json" "$data/started.conf"
fi
exec mosquitto -c "$data/started.conf"
