#!/bin/sh
# Makes the broker's certificates: a private authority and a server certificate signed by it.
#   deploy/mosquitto/make-certs.sh FOLDER HOST [HOST...]
# HOST: every name or IPv4 address gateways reach the broker by; `mqtt` (inside compose) is always added.
# Give FOLDER/ca.crt to each gateway, keep FOLDER/ca.key off the server.
set -eu
[ $# -ge 2 ] || { echo "usage: $0 FOLDER HOST [HOST...]" >&2; exit 2; }
folder=$1
shift
command -v openssl >/dev/null || { echo "openssl is needed (Debian: apt-get install openssl)" >&2; exit 1; }
mkdir -p "$folder"
umask 077
names=DNS:mqtt
for host in "$@"; do
    case $host in *[!0-9.]*) names="$names,DNS:$host" ;; *) names="$names,IP:$host" ;; esac
done
if [ ! -f "$folder/ca.key" ]; then
    openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -sha256 -subj "/CN=Forewarn MQTT authority" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$folder/ca.key" -out "$folder/ca.crt" 2>/dev/null
fi
openssl req -newkey rsa:3072 -nodes -sha256 -subj "/CN=$1" \
    -keyout "$folder/server.key" -out "$folder/server.csr" 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$names" \
    >"$folder/server.ext"
openssl x509 -req -in "$folder/server.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial \
    -days 825 -sha256 -extfile "$folder/server.ext" -out "$folder/server.crt" 2>/dev/null
rm -f "$folder/server.csr" "$folder/server.ext"
# The broker's own user reads these two; what opens the authority stays with its maker.
chmod 644 "$folder/ca.crt" "$folder/server.crt" "$folder/server.key"
chmod 755 "$folder"
echo "made $folder/ca.crt, server.crt and server.key for $names"
