"""A worker of its own for tests that kill it: relays events or sends notices until it is killed."""

import sys

from kernel import outbox
from kernel.db import database
from work_orders import handlers
from work_orders.notices.sending import send_due

if __name__ == "__main__":
    assert handlers
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    # Two that are to work at the same time begin at the same time.
    sys.stdin.readline()
    while True:
        if sys.argv[1] == "relay":
            outbox.relay(database(), limit=5)
        else:
            send_due(database())
