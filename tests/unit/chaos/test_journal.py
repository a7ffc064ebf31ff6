"""The journal has every batch before it is committed, and says of each what became of it."""

import os
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runtime.chaos.gateway import witnessed
from runtime.chaos.journal import Journal, Recorder
from runtime.chaos.witness import FAILED, REFUSED, TAKEN, Witness


@dataclass
class Batch:
    """Columns as a batch of the agent has them."""

    series: "array[int]" = field(default_factory=lambda: array("I", [0, 1]))
    ts: "array[int]" = field(default_factory=lambda: array("q", [10, 20]))
    edge_ts: "array[int]" = field(default_factory=lambda: array("q", [11, 21]))
    value: "array[float]" = field(default_factory=lambda: array("d", [0.5, -1.5]))
    quality: "array[int]" = field(default_factory=lambda: array("I", [0, 0x40900000]))

    def __len__(self) -> int:
        return len(self.series)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    made = Recorder(tmp_path / "journal", tmp_path / "s")
    yield made
    made.close()


@pytest.fixture
def witness(recorder: Recorder) -> Iterator[Witness]:
    with closing(Witness(recorder.socket_path)) as made:
        yield made


def read(recorder: Recorder) -> Journal:
    return Journal.read(recorder.path)


def until(what: object) -> None:
    assert callable(what)
    deadline = time.monotonic() + 5
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _until_taken(recorder: Recorder, count: int) -> None:
    until(lambda: recorder.taken == count)


def test_what_was_taken_is_read_back_exactly(recorder: Recorder, witness: Witness) -> None:
    began = time.monotonic()
    witness.end(witness.begin(Batch()), TAKEN)
    until(lambda: recorder.taken == 2)
    journal = read(recorder)
    assert journal.taken.tolist() == [(0, 10, 11, 0.5, 0), (1, 20, 21, -1.5, 0x40900000)]
    assert len(journal.uncertain) == 0
    assert recorder.taken_since(began) == {(10, 11)}
    assert recorder.taken_since(time.monotonic()) == set()


def test_a_batch_is_in_the_file_before_its_commit_begins(
    recorder: Recorder, witness: Witness
) -> None:
    number = witness.begin(Batch())
    journal = read(recorder)
    assert len(journal.taken) == 0
    assert journal.uncertain.tolist() == [(0, 10, 11, 0.5, 0), (1, 20, 21, -1.5, 0x40900000)]
    witness.end(number, TAKEN)
    until(lambda: len(read(recorder).taken) == 2)
    assert len(read(recorder).uncertain) == 0


def test_what_a_full_buffer_refused_and_what_failed_was_not_taken(
    recorder: Recorder, witness: Witness
) -> None:
    for how in (REFUSED, FAILED, FAILED):
        witness.end(witness.begin(Batch()), how)
    until(lambda: read(recorder).failed == 2)
    journal = read(recorder)
    assert (len(journal.taken), len(journal.uncertain), journal.refused) == (0, 0, 2)
    assert recorder.failed == 2


def test_a_journal_cut_anywhere_is_read_up_to_there(recorder: Recorder, witness: Witness) -> None:
    for _ in range(3):
        witness.end(witness.begin(Batch()), TAKEN)
    until(lambda: recorder.taken == 6)
    whole = recorder.path.read_bytes()
    seen = set()
    for size in range(len(whole)):
        recorder.path.write_bytes(whole[:size])
        journal = read(recorder)
        assert len(journal.uncertain) in {0, 2}
        seen.add(len(journal.taken))
    assert seen == {0, 2, 4}


def test_a_recorder_goes_on_with_the_journal_of_an_earlier_one(tmp_path: Path) -> None:
    for _ in range(2):
        recorder = Recorder(tmp_path / "journal", tmp_path / "s")
        with closing(Witness(recorder.socket_path)) as witness:
            witness.end(witness.begin(Batch()), TAKEN)
            _until_taken(recorder, 2)
        recorder.close()
    assert len(read(recorder).taken) == 4


def test_the_buffers_append_is_told_of_whatever_comes_of_it(
    recorder: Recorder, witness: Witness
) -> None:
    outcomes: list[object] = [True, False, OSError("disk full")]

    def append(_: object, __: object, extra: str, *, cut: bool) -> bool:
        assert (extra, cut) == ("more", True)
        outcome = outcomes.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        return bool(outcome)

    told = witnessed(append, witness)
    assert told(None, Batch(), "more", cut=True) is True
    assert told(None, Batch(), "more", cut=True) is False
    with pytest.raises(OSError, match="disk full"):
        told(None, Batch(), "more", cut=True)
    until(lambda: read(recorder).failed == 1)
    journal = read(recorder)
    assert (len(journal.taken), journal.refused, len(journal.uncertain)) == (2, 2, 0)


DIE_OVER_A_COMMIT = """
import os, signal, sys
from array import array
from pathlib import Path
from types import SimpleNamespace
from runtime.chaos.witness import TAKEN, Witness
class Batch(SimpleNamespace):
    def __len__(self): return 1
batch = Batch(series=array("I", [7]), ts=array("q", [1]), edge_ts=array("q", [2]),
              value=array("d", [3]), quality=array("I", [0]))
witness = Witness(Path(sys.argv[1]))
witness.end(witness.begin(batch), TAKEN)
witness.begin(batch)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_dies_over_a_commit_leaves_it_uncertain(recorder: Recorder) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIE_OVER_A_COMMIT, str(recorder.socket_path)],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == -signal.SIGKILL
    until(lambda: recorder.taken == 1)
    journal = read(recorder)
    assert journal.taken.tolist() == journal.uncertain.tolist() == [(7, 1, 2, 3.0, 0)]
