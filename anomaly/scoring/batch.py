"""One transaction's worth of scoring: some frames of one shard, with everything that follows from them."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from anomaly import repository
from anomaly.commands import repository as commands
from anomaly.detectors.base import DetectorKind
from anomaly.deviations import Record, Transition
from anomaly.incidents import Context, Incidents
from anomaly.modes import repository as modes
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.loading import FRAMES_PER_READ, Loader, save_gateway
from anomaly.scoring.memory import ShardMemory
from anomaly.scoring.obeying import obey
from anomaly.scoring.relearning import Relearning
from anomaly.settings import AnomalySettings
from anomaly.sources import BACKLOG, LIVE, Frame, FrameSource, LaneKey
from kernel.log import get_logger

log = get_logger(__name__)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# What a model can raise over its data; anything else is the platform's own and stops the run.
_MODEL_ERRORS = (ArithmeticError, IndexError, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class Setup:
    """What scoring works with."""

    source: FrameSource
    section: AnomalySettings
    kind: DetectorKind


class Batch:
    """Scores lanes of one shard's gateways until `batch_readings` is reached.

    Readings that models were read back from, or caught up with, count towards it: one transaction does not
    do that for many gateways.
    """

    def __init__(self, session: Session, setup: Setup, memory: ShardMemory, now: datetime) -> None:
        self._session = session
        self._setup = setup
        self._memory = memory
        self._now = now
        self._cursors: dict[LaneKey, int] = {}
        self._moved: dict[LaneKey, int] = {}
        self._failed: set[str] = set()
        self._told: set[str] = set()
        self.frames = self.readings = self.alarms = 0
        self._unseen = 0

    @property
    def moved(self) -> bool:
        """Whether any cursor moved."""
        return bool(self._moved)

    @property
    def is_full(self) -> bool:
        """Whether it has so many readings that the rest waits for the next."""
        return self.readings + self._unseen >= self._setup.section.batch_readings

    def work(self, heads: dict[LaneKey, int]) -> list[LaneKey]:
        """Return the lanes with frames to score: live before backlog, an older epoch before a newer."""
        agents = {lane.agent_id for lane in heads}
        self._cursors = repository.cursors(self._session, agents) if agents else {}
        due = [lane for lane, head in heads.items() if head > self._cursors.get(lane, 0)]
        lanes = Counter((lane.agent_id, lane.lane) for lane in due)
        started = {
            lane: self._next_received(lane) for lane in due if lanes[lane.agent_id, lane.lane] > 1
        }
        return sorted(
            due, key=lambda lane: (lane.lane != LIVE, lane.agent_id, started.get(lane, self._now))
        )

    def _next_received(self, lane: LaneKey) -> datetime:
        start = self._cursors.get(lane, 0)
        frames = self._setup.source.read_frames(self._session, lane, start, 1)
        # All given up: what is learnt from their readings comes before the next epoch.
        return frames[0].received_at if frames else _LONG_AGO

    def score(self, work: list[LaneKey], heads: dict[LaneKey, int]) -> None:
        """Score lanes in turn. A gateway whose models fail is left for later; the others go on."""
        for lane in work:
            if self.is_full:
                return
            if lane.agent_id in self._failed:
                continue
            with self._gateway(lane.agent_id):
                self._score_lane(lane, heads[lane])

    def obey(self, agent_ids: Collection[str]) -> None:
        """Carry out what people have told the models of these gateways, in the order in which they did."""
        for command in commands.pending(self._session, agent_ids):
            if command.agent_id not in self._failed:
                with self._gateway(command.agent_id):
                    models = self._models(command.agent_id)
                    incidents = Incidents(self._session, self._context(command.agent_id))
                    before = models.unsaved_readings
                    obey(self._session, models, incidents, self._relearning(), command)
                    self._unseen += models.unsaved_readings - before
                    self._end_forgotten(command.agent_id, models)
                    self._told.add(command.agent_id)

    def _relearning(self) -> Relearning:
        return Relearning(self._session, self._setup.source, self._memory.series, self._now)

    @contextmanager
    def _gateway(self, agent_id: str) -> Iterator[None]:
        """Do something with a gateway's models, wholly or, where they raise an error, not at all."""
        try:
            with self._session.begin_nested():
                yield
        except _MODEL_ERRORS:
            log.exception("gateway cannot be scored", agent_id=agent_id)
            self._failed.add(agent_id)
            # Read back when it is tried again, as of the cursors that are committed now.
            self._memory.gateways.pop(agent_id, None)

    def _score_lane(self, lane: LaneKey, head: int) -> None:
        models = self._models(lane.agent_id)
        self._follow_choices(lane, models)
        start = self._cursors.get(lane, 0)
        transitions: list[Transition] = []
        reached = start
        while reached < head and not (reached > start and self.is_full):
            frames = self._setup.source.read_frames(self._session, lane, reached, FRAMES_PER_READ)
            left = frames[0].seq if frames else head
            if left > reached:
                self._apply(lane, transitions)
                self._catch_up(models, lane, left, frames)
                transitions, reached = [], left
            for frame in frames:
                transitions += self._score_frame(models, lane, frame)
                reached = frame.seq + 1
                if self.is_full:
                    break
        models.positions[lane.epoch, lane.lane] = reached
        self._moved[lane] = reached
        self._apply(lane, transitions)
        if lane.lane == BACKLOG and reached >= head and models.backlog is not None:
            infos = self._memory.series.series(self._session, models.backlog.monitors)
            models.adopt_backlog(infos)

    def _follow_choices(self, lane: LaneKey, models: GatewayModels) -> None:
        """Begin anew with series whose detector was changed: they learn from what is stored of them."""
        facts = self._memory.series.facts(self._session)
        if models.facts is facts:
            return
        models.facts = facts
        for each in models.lanes():
            facts.ask(each.bank.series)
        if models.leave(facts):
            self._end_forgotten(lane.agent_id, models, "series_removed")
        # What was asked before is in the snapshot: it must not pass before another is written.
        models.must_save = models.ask_of_devices(facts) or models.must_save
        changed = models.live.kinds.outdated(models.live.bank.series, facts)
        if not changed:
            return
        before = models.unsaved_readings
        self._relearning().anew(models, lane.agent_id, changed)
        self._unseen += models.unsaved_readings - before
        self._end_forgotten(lane.agent_id, models, "detector_changed")

    def _apply(self, lane: LaneKey, transitions: Sequence[Transition]) -> None:
        # Modes come first: alarms say in which one their machine was.
        models = self._memory.gateways[lane.agent_id].lane(lane.lane)
        if models is not None:
            modes.put_changes(self._session, models.rests.take_changes())
        if transitions:
            self.alarms += Incidents(self._session, self._context(lane.agent_id)).apply(transitions)

    def _catch_up(
        self, models: GatewayModels, lane: LaneKey, left: int, frames: Sequence[Frame]
    ) -> None:
        """Pass frames that were given up before they were scored; `left` is the first that is there."""
        relearning = self._relearning()
        new = frames[0].series_id.tolist() if frames else ()
        before = models.unsaved_readings
        self._apply(lane, relearning.catch_up(models, lane, left, new))
        self._unseen += models.unsaved_readings - before
        self._end_forgotten(lane.agent_id, models)

    def _score_frame(self, models: GatewayModels, lane: LaneKey, frame: Frame) -> list[Transition]:
        self.frames += 1
        self.readings += len(frame.series_id)
        found = models.score(lane, frame, self._memory.series.facts(self._session))
        models.note_expected(lane)
        return found

    def _models(self, agent_id: str) -> GatewayModels:
        models = self._memory.gateways.get(agent_id)
        if models is None:
            setup = self._setup
            loader = Loader(
                self._session,
                setup.source,
                self._memory.series,
                setup.kind,
                setup.section,
                now=self._now,
            )
            models = loader.load(agent_id)
            self._memory.gateways[agent_id] = models
            self._unseen += models.unsaved_readings
            self._end_forgotten(agent_id, models)
        return models

    def _end_forgotten(
        self, agent_id: str, models: GatewayModels, reason: str = "models_restarted"
    ) -> None:
        """End what the alarms hold of this gateway but the models, learnt anew, do not."""
        lost = []
        for row in repository.open_deviations(self._session, agent_id):
            record = Record(row.record)
            lane = models.lane(row.onset_lane)
            if record.is_limit:
                if not models.limits[row.onset_lane].knows(row.series_id, record):
                    lost.append(row)
            elif (
                lane is None
                or not lane.knows(row.series_id, record)
                or (
                    not record.is_comparison
                    and row.detector != lane.kinds.version_of(row.series_id)
                )
            ):
                lost.append(row)
        if lost:
            Incidents(self._session, self._context(agent_id)).forget(lost, reason)

    def _context(self, agent_id: str) -> Context:
        section = self._setup.section
        return Context(
            agent_id=agent_id,
            detector=self._setup.kind.version,
            directory=self._memory.series,
            now=self._now,
            rejoin=timedelta(seconds=section.rejoin_s),
            section=section,
        )

    def finish(self) -> None:
        """Write cursors, and the snapshots that are due."""
        repository.put_cursors(self._session, self._moved)
        section = self._setup.section
        for agent_id in sorted({lane.agent_id for lane in self._moved} | self._told):
            models = self._memory.gateways.get(agent_id)
            if models is None:
                continue
            if (
                models.must_save
                or models.saved_at is None
                or models.unsaved_readings >= section.snapshot_readings
                or (self._now - models.saved_at).total_seconds() >= section.snapshot_s
            ):
                save_gateway(self._session, agent_id, models, self._now)
