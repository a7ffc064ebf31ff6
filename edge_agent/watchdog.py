"""Telling systemd that the service works (`Type=notify`, `WatchdogSec=`); elsewhere it does nothing."""

import os
import socket

_told_ready: list[bool] = []


def tell_service_manager() -> None:
    """Say that the service is ready, the first time, and that it works, every time."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    message = b"WATCHDOG=1" if _told_ready else b"READY=1\nWATCHDOG=1"
    # An abstract socket's name begins with a zero byte.
    place = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notice:
        notice.settimeout(1)
        try:
            notice.sendto(message, place)
        except OSError:
            return  # the service manager is away; it will look for itself
    _told_ready[:] = [True]
