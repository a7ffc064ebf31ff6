"""The gate: what a supervised process is for its first milliseconds.

Standard library only, run by path with `python -I -S`. It waits for one byte on its standard input,
which the supervisor writes once the guardian knows of the process, and then becomes the command. When
the supervisor is killed in between, the pipe ends and so does the gate: no process ever runs unknown.
On Linux it also asks to be told when the supervisor dies, should supervisor and guardian die together.
"""

import contextlib
import os
import sys

_PR_SET_PDEATHSIG = 1


def _ask_for_death_signal(number: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def main() -> None:
    """Wait, then become the command: `gate.py SIGNAL COMMAND…`."""
    _ask_for_death_signal(int(sys.argv[1]))
    if os.read(0, 1) != b"\n":
        sys.exit(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    command = sys.argv[2:]
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
