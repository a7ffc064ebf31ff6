"""How well alarms serve people: rates against EEMUA 191 and ISA-18.2, bad actors, precision."""
