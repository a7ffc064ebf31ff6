"""The plant's OPC UA server: machines, a control object, and time that may run faster than the clock.

Address space, in namespace `urn:forewarn:plant`:

    Objects/Plant/<machine>/<point>      a Double with EURange and EngineeringUnits
    Objects/Plant/Control/StartFault     (machine, fault, severity, ramp_seconds)
    Objects/Plant/Control/ClearFault     (machine, fault)
    Objects/Plant/Control/HistoryDone    Boolean: the past has been played
    Objects/Plant/Control/PlantTime      DateTime of the latest step
    Objects/Plant/Control/ValuesEmitted  UInt64: values written to points since the start

Values carry the plant's time as source timestamp and the clock's as server timestamp.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.common.methods import uamethod

from kernel.errors import ForewarnError, Unavailable
from kernel.log import get_logger
from simulator.units import engineering_unit

NAMESPACE_URI = "urn:forewarn:plant"
GOOD = ua.StatusCode(ua.StatusCodes.Good)
NO_COMMUNICATION = ua.StatusCode(ua.StatusCodes.BadNoCommunication)
# Values a subscriber may have waiting per point before the plant waits for it; well under any queue size.
PENDING_VALUES_MAX = 200

_log = get_logger(__name__)


@dataclass(frozen=True)
class Variable:
    """What the address space says of a point."""

    name: str
    unit: str
    low: float | None
    high: float | None


@dataclass
class Device:
    """A folder of variables, written together."""

    name: str
    variables: Sequence[Variable]
    nodes: dict[str, ua.NodeId] = field(default_factory=dict)


class PlantServer:
    """The server; `running` starts it.

    Attributes:
        values_emitted: how many values were written to points.
    """

    def __init__(self, host: str, port: int, devices: Sequence[Device]) -> None:
        self.url = f"opc.tcp://{host}:{port}/forewarn/plant/"
        self.devices = {device.name: device for device in devices}
        self.values_emitted = 0
        self._server = Server()
        self._control: dict[str, ua.NodeId] = {}

    @asynccontextmanager
    async def running(
        self, methods: Mapping[str, Callable[..., None]] | None = None
    ) -> AsyncIterator[None]:
        """Serve inside the `with` block; `methods` become methods of the control object.

        Raises:
            Unavailable: the port is taken.
        """
        await self._server.init()
        self._server.set_endpoint(self.url)
        self._server.set_server_name("Forewarn simulated plant")
        self._server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        await self._fill(methods or {})
        try:
            await self._server.start()
        except OSError as error:
            raise Unavailable(
                f"the plant cannot listen at {self.url}: {error.strerror}; choose another --port"
            ) from None
        try:
            yield
        finally:
            await self._server.stop()

    async def _fill(self, methods: Mapping[str, Callable[..., None]]) -> None:
        index = await self._server.register_namespace(NAMESPACE_URI)
        plant = await self._server.nodes.objects.add_folder(
            ua.NodeId("Plant", index), ua.QualifiedName("Plant", index)
        )
        for device in self.devices.values():
            folder = await plant.add_object(
                ua.NodeId(f"Plant.{device.name}", index), ua.QualifiedName(device.name, index)
            )
            for variable in device.variables:
                node_id = ua.NodeId(f"{device.name}.{variable.name}", index)
                await self._add_variable(folder, node_id, variable)
                device.nodes[variable.name] = node_id
        control = await plant.add_object(
            ua.NodeId("Plant.Control", index), ua.QualifiedName("Control", index)
        )
        for name, start in (
            ("HistoryDone", ua.Variant(False, ua.VariantType.Boolean)),  # noqa: FBT003 - its type
            ("PlantTime", ua.Variant(datetime.now(UTC), ua.VariantType.DateTime)),
            ("ValuesEmitted", ua.Variant(0, ua.VariantType.UInt64)),
        ):
            node = await control.add_variable(
                ua.NodeId(f"Plant.Control.{name}", index), ua.QualifiedName(name, index), start
            )
            self._control[name] = node.nodeid
        for name, call in methods.items():
            arguments = [ua.VariantType.String, ua.VariantType.String]
            if name == "StartFault":
                arguments += [ua.VariantType.Double, ua.VariantType.Double]
            node_id = ua.NodeId(f"Plant.Control.{name}", index)
            await control.add_method(
                node_id, ua.QualifiedName(name, index), _as_method(call), arguments, []
            )

    async def _add_variable(self, folder: Any, node_id: ua.NodeId, variable: Variable) -> None:
        node = await folder.add_variable(
            node_id,
            ua.QualifiedName(variable.name, node_id.NamespaceIndex),
            ua.Variant(0.0, ua.VariantType.Double),
            datatype=ua.NodeId(ua.ObjectIds.Double),
        )
        # Until the first step there is no measurement, and the server says so.
        await self._server.write_attribute_value(
            node_id, ua.DataValue(None, ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData))
        )
        if variable.low is not None and variable.high is not None:
            span = ua.Range(variable.low, variable.high)
            await node.add_property(0, "EURange", span)
        if variable.unit:
            await node.add_property(0, "EngineeringUnits", engineering_unit(variable.unit))

    async def write(
        self,
        device: str,
        values: Mapping[str, float | None],
        at: datetime,
        *,
        status: ua.StatusCode = GOOD,
    ) -> None:
        """Write one moment of a device; None is a value that was not measured."""
        nodes = self.devices[device].nodes
        now = datetime.now(UTC)
        for name, value in values.items():
            good = value is not None
            await self._server.write_attribute_value(
                nodes[name],
                ua.DataValue(
                    ua.Variant(value, ua.VariantType.Double) if good else None,
                    status if good else ua.StatusCode(ua.StatusCodes.BadNoData),
                    SourceTimestamp=at,
                    ServerTimestamp=now,
                ),
            )
        self.values_emitted += len(values)

    async def note_progress(self, at: datetime, *, history_done: bool) -> None:
        """Let clients read how far the plant is."""
        for name, variant in (
            ("PlantTime", ua.Variant(at, ua.VariantType.DateTime)),
            ("ValuesEmitted", ua.Variant(self.values_emitted, ua.VariantType.UInt64)),
            ("HistoryDone", ua.Variant(history_done, ua.VariantType.Boolean)),
        ):
            await self._server.write_attribute_value(self._control[name], ua.DataValue(variant))

    @property
    def subscribed(self) -> bool:
        """Whether any client has asked for values of points."""
        return any(True for _ in self._subscriptions_of_clients())

    async def wait_for_readers(self) -> None:
        """Wait while a subscriber is behind, so that playing fast overruns nobody's queue.

        A real PLC cannot do this; a played past must, or the values lost would be the player's fault.
        """
        while self._pending_values() > PENDING_VALUES_MAX:  # noqa: ASYNC110 - asyncua has no event for it
            await asyncio.sleep(0.005)

    def _subscriptions_of_clients(self) -> Any:
        # asyncua offers no view of what its subscriptions hold; these names are checked by a test.
        service = self._server.iserver.subscription_service
        return (
            subscription
            for subscription in service.subscriptions.values()
            if subscription.pub_request_callback is not None
            and subscription.monitored_item_srv._monitored_datachange  # noqa: SLF001
        )

    def _pending_values(self) -> int:
        return max(
            (
                len(values)
                for subscription in self._subscriptions_of_clients()
                for values in subscription._triggered_datachanges.values()  # noqa: SLF001
            ),
            default=0,
        )


def _as_method(call: Callable[..., None]) -> Any:
    # A coroutine runs in the server's loop; a plain function would run beside it, in a thread.
    @uamethod  # type: ignore[untyped-decorator]  # asyncua ships no types
    async def method(_: Any, *arguments: Any) -> Any:
        try:
            call(*arguments)
        except ForewarnError as error:
            _log.warning("command refused", reason=error.detail)
            return ua.StatusCode(ua.StatusCodes.BadInvalidArgument)
        return None

    return method
