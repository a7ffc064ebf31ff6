"""Which machine a new ticket is about."""

from sqlalchemy.orm import Session

from registry.assets.service import AssetFacts, find_asset, get_asset
from registry.permissions import Principal
from work_orders.errors import DifferentMachines, UnknownSerial
from work_orders.tickets import fields as written


def machine_of(
    session: Session, actor: Principal, asset_id: str | None, serial_number: str | None
) -> AssetFacts | None:
    """Return the machine that is named by id, by serial number or by both; None where neither is given.

    Raises:
        NotFound: the asset is not there, or not in the actor's scope.
        UnknownSerial: no machine in the actor's scope has this serial number.
        DifferentMachines: the two name different ones.
        InvalidText: the serial number cannot be one.
    """
    asset = None if asset_id is None else get_asset(session, actor, asset_id)
    if not serial_number:
        return asset
    written.plain_text("serial_number", serial_number, written.SHORT_LENGTH_MAX)
    named = find_asset(session, actor, serial_number)
    if named is None:
        raise UnknownSerial(
            f"no machine has the serial number {serial_number}",
            field="serial_number",
            serial_number=serial_number,
        )
    if asset is not None and asset.id != named.id:
        raise DifferentMachines(
            f"asset {asset.id} has the serial number {asset.serial_number}, not {named.serial_number}",
            field="serial_number",
            serial_number=serial_number,
            asset_id=asset.id,
        )
    return named
