"""Engineering units as OPC UA states them: UNECE Recommendation 20 codes packed into a number (Part 8)."""

from asyncua import ua

UNECE_NAMESPACE = "http://www.opcfoundation.org/UA/units/un/cefact"

# Display name → UNECE common code.
_CODES = {
    "mm/s": "C16",
    "°C": "CEL",
    "bar": "BAR",
    "m³/h": "MQH",
    "m³/min": "G53",
    "l/h": "E32",
    "l/min": "L2",
    "A": "AMP",
    "V": "VLT",
    "kW": "KWT",
    "1/min": "RPM",
    "Nm": "NU",
    "%": "P1",
}


def unit_id(code: str) -> int:
    """Return the UnitId of a UNECE code: its characters as a big-endian number (OPC UA Part 8, 5.6.3.3)."""
    return int.from_bytes(code.encode("ascii"), "big")


def engineering_unit(display: str) -> ua.EUInformation:
    """Return EUInformation for a unit as people write it; -1 as UnitId where there is no code for it."""
    code = _CODES.get(display)
    return ua.EUInformation(
        NamespaceUri=UNECE_NAMESPACE if code else "",
        UnitId=unit_id(code) if code else -1,
        DisplayName=ua.LocalizedText(display),
        Description=ua.LocalizedText(display),
    )
