#!/bin/sh
# Starts Mosquitto with logins from the environment, hashed on the way; gateways with a login of their own
# are lines `name:hash` in GATEWAYS, made with mosquitto_passwd.
set -eu
: "${FOREWARN_MQTT_PLATFORM_PASSWORD:?}" "${FOREWARN_MQTT_EDGE_PASSWORD:?}"
config=${1:-/etc/forewarn/mosquitto.conf}
data=${2:-/mosquitto/data}
gateways=${3:-/etc/forewarn/gateways}
umask 077
printf 'platform:%s\nedge:%s\n' "$FOREWARN_MQTT_PLATFORM_PASSWORD" "$FOREWARN_MQTT_EDGE_PASSWORD" \
    >"$data/passwords"
mosquitto_passwd -U "$data/passwords"
if [ -f "$gateways" ]; then cat "$gateways" >>"$data/passwords"; fi
if [ "$(id -u)" = 0 ]; then chown mosquitto "$data" "$data/passwords"; fi
exec mosquitto -c "$config"
