"""How past cases are ranked: one sum whose parts can be told.

    score = likeness + 0.20 · same equipment class + 0.10 · same failure mode + 0.30 · shared words

Likeness is the cosine of the two texts' vectors. Shared words is the share of the ticket's content words
(stems and Han pairs) that the case has too. The weight of the class was settled on the labelled set of
the tests; the others were set by hand.
"""

from dataclasses import dataclass

UNSPECIFIED = "unspecified"
CLASS_WEIGHT = 0.20
MODE_WEIGHT = 0.10
WORDS_WEIGHT = 0.30
# Below this nothing is alike: no case is shown rather than a wrong one.
SCORE_MIN = 0.30


@dataclass(frozen=True)
class Likeness:
    """Why a case is where it is in the list; `likeness` and `words` are from 0 to 1."""

    likeness: float
    same_class: bool
    same_failure_mode: bool
    words: float
    shared: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The sum that cases are sorted by."""
        return (
            self.likeness
            + CLASS_WEIGHT * self.same_class
            + MODE_WEIGHT * self.same_failure_mode
            + WORDS_WEIGHT * self.words
        )


def judge(
    likeness: float,
    classes: tuple[str, str],
    modes: tuple[str, str],
    words: tuple[frozenset[str], frozenset[str]],
) -> Likeness:
    """Return how alike a ticket (first of each pair) and a case are."""
    asked, held = words
    shared = asked & held
    return Likeness(
        likeness=likeness,
        same_class=classes[0] == classes[1] != UNSPECIFIED,
        same_failure_mode=modes[0] == modes[1] != UNSPECIFIED,
        words=len(shared) / len(asked) if asked else 0.0,
        shared=tuple(sorted(shared)[:8]),
    )
