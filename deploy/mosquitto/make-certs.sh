#!/bin/sh
# Makes the broker's certificates: a private authority and a server certificate signed by it.
#   deploy/mosquitto/make-certs.sh FOLDER HOST [HOST...]
# HOST: every name or IPv4 address gateways reach the broker by; `mqtt` (inside compose) is always added.
# FOLDER is what the broker's container sees: ca.crt (which gateways are given), server.crt and server.key.
# What opens the authority is beside it, in FOLDER.authority; keep that off the server. It is needed again
# when the server's certificate is renewed (after 825 days), with this same command.
set -eu
[ $# -ge 2 ] || { echo "usage: $0 FOLDER HOST [HOST...]" >&2; exit 2; }
folder=${1%/}
shift
command -v openssl >/dev/null || { echo "openssl is needed (Debian: apt-get install openssl)" >&2; exit 1; }
umask 077
authority=$folder.authority
mkdir -p "$folder" "$authority"
chmod 700 "$authority"
for name in ca.key ca.srl; do
    # An earlier version of this script left them where the broker's container sees them.
    if [ -f "$folder/$name" ]; then mv -- "$folder/$name" "$authority/$name"; fi
done
names=DNS:mqtt
for host in "$@"; do
    case $host in *[!0-9.]*) names="$names,DNS:$host" ;; *) names="$names,IP:$host" ;; esac
done
if [ ! -f "$authority/ca.key" ]; then
    if [ -f "$folder/ca.crt" ]; then
        echo "$authority/ca.key is missing: put it there to renew the server's certificate, or remove" \
            "$folder/ca.crt to begin with a new authority, which every gateway has to be given" >&2
        exit 1
    fi
    openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -sha256 -subj "/CN=Forewarn MQTT authority" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$authority/ca.key" -out "$folder/ca.crt" 2>/dev/null
fi
work=$(mktemp -d "$authority/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
openssl req -newkey rsa:3072 -nodes -sha256 -subj "/CN=$1" \
    -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$names" \
    >"$work/server.ext"
openssl x509 -req -in "$work/server.csr" -CA "$folder/ca.crt" -CAkey "$authority/ca.key" \
    -CAserial "$authority/ca.srl" -CAcreateserial -days 825 -sha256 -extfile "$work/server.ext" \
    -out "$work/server.crt" 2>/dev/null
# Moved, not written over: the old file may be one that everybody could read and somebody has open.
mv -f -- "$work/server.key" "$folder/server.key"
mv -f -- "$work/server.crt" "$folder/server.crt"
chmod 644 "$folder/ca.crt" "$folder/server.crt"
chmod 755 "$folder"
echo "made $folder/ca.crt, server.crt and server.key for $names; $authority/ca.key belongs off the server"
