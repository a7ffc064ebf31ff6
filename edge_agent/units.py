"""What kind of series a unit suggests; a first guess that a person reviews."""

_KINDS = {
    "vibration": ("mm/s", "m/s²", "m/s2", "g", "µm", "um", "in/s"),
    "temperature": ("°c", "°f", "k", "degc", "℃"),
    "pressure": ("bar", "mbar", "pa", "kpa", "mpa", "psi"),
    "flow": ("m³/h", "m3/h", "m³/min", "m3/min", "l/min", "l/h", "l/s", "kg/h"),
    "current": ("a", "ma", "ka"),
    "speed": ("1/min", "rpm", "u/min", "min⁻¹", "hz", "m/s"),
    "power": ("w", "kw", "mw", "kva"),
    "level": ("%", "m", "cm"),
    "voltage": ("v", "mv", "kv"),
}
_BY_UNIT = {unit: kind for kind, units in _KINDS.items() for unit in units}


def kind_of_unit(unit: str) -> str:
    """Return the kind a unit suggests, `other` when it suggests none."""
    return _BY_UNIT.get(unit.strip().lower(), "other")
