"""What an alarm says of the record that was broken."""

import math

import pytest

from anomaly import texts
from anomaly.deviations import Deviation, Onset, Record
from anomaly.records import layout
from anomaly.records.words import words

ONSET = Onset("00000000-0000-0000-0000-000000000001", "live", 1, 0, 0)


def sentence(record: Record, feature: str | None) -> dict[str, str]:
    deviation = Deviation(record, ONSET, 10.0, 20.0, 25.0, 1.0, feature=feature)
    return texts.summary("Pump 1", "flow", "l/s", deviation)


def test_every_record_has_words_of_its_own_upwards_and_down_in_both_languages() -> None:
    said = [words(feature, above) for feature in layout.CAUSES for above in (True, False)]
    for language in (0, 1):
        assert len({each[language] for each in said}) == 2 * len(layout.CAUSES)
    assert all(
        each[0].isascii() and not each[1].isascii() and "{" not in each[0] + each[1]
        for each in said
    )


def test_an_alarm_says_which_record_was_broken() -> None:
    assert sentence(Record.LOW, "hour_of_day_10") == {
        "en": "Pump 1: flow is lower than ever at this hour of the day, on average of 10 readings:"
        " 25 l/s, expected 10 … 20 l/s",
        "zh": "Pump 1：flow 10 次读数的均值在一天中的这个时段低于以往：25 l/s，预期 10 … 20 l/s",
    }
    assert sentence(Record.HIGH, "change_1")["en"].startswith(
        "Pump 1: flow has risen more from one reading to the next than ever: 25 l/s"
    )


@pytest.mark.parametrize("feature", [None, "value", "of_a_later_version"])
def test_the_expected_range_the_value_and_what_is_not_known_read_the_same(
    feature: str | None,
) -> None:
    assert sentence(Record.HIGH, feature)["en"] == (
        "Pump 1: flow is higher than ever: 25 l/s, expected 10 … 20 l/s"
    )


def test_a_deviation_packed_before_features_were_kept_is_read() -> None:
    whole = Deviation(Record.HIGH, ONSET, 1.0, 2.0, math.pi, 1.0, feature="mean_30")
    assert Deviation.unpack(whole.pack()) == whole
    old = whole.pack()
    del old["feature"]
    assert Deviation.unpack(old).feature is None
