"""Public holidays, and weekends that are worked instead; the one place that knows the library `holidays`.

What a country has not announced yet is what its law says in general: China announces the days that are
moved, and the weekends worked for them, a year at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from kernel.calendars.errors import UnknownCountry

_ENGLISH, _CHINESE = "en_US", "zh_CN"


@dataclass(frozen=True)
class YearOfHolidays:
    """One year of a country.

    Attributes:
        off: name in English and Chinese (else in the country's own language) of each day off.
        worked: days at a weekend that are worked for a holiday (make-up days).
    """

    off: Mapping[date, tuple[str, str]]
    worked: frozenset[date]


@lru_cache(maxsize=512)
def year_of_holidays(country: str, subdivision: str | None, year: int) -> YearOfHolidays:
    """Return the public holidays of a year; `country` is ISO 3166-1, `subdivision` ISO 3166-2 after the dash.

    Raises:
        UnknownCountry: the holidays are not known.
    """
    # Takes a moment to import, and calendars without holidays do not need it.
    import holidays

    def in_language(wanted: str | None) -> holidays.HolidayBase:
        try:
            return holidays.country_holidays(
                country, subdiv=subdivision, years=year, language=wanted
            )
        except NotImplementedError as error:
            raise UnknownCountry(
                f"no holidays are known of {country}{f'-{subdivision}' if subdivision else ''}",
                field="country",
                country=country,
                subdivision=subdivision,
            ) from error

    own = in_language(None)
    known = own.supported_languages or ()
    english = in_language(_ENGLISH) if _ENGLISH in known else own
    chinese = in_language(_CHINESE) if _CHINESE in known else english
    off = {day: (english[day], chinese[day]) for day in own if day.year == year}
    worked = frozenset(day for day in getattr(own, "weekend_workdays", ()) if day.year == year)
    return YearOfHolidays(off, worked)


@lru_cache(maxsize=1)
def countries() -> Mapping[str, tuple[str, ...]]:
    """Return the countries whose holidays are known, each with its subdivisions."""
    import holidays

    return {
        code: tuple(parts)
        for code, parts in sorted(holidays.list_supported_countries(include_aliases=False).items())
        if len(code) == 2  # noqa: PLR2004 - ISO 3166-1 alpha-2; the longer ones are aliases
    }
