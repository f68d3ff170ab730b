"""What Hypothesis makes up covers the language: every key, choice, name and function, in the ways they combine."""

from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle.made_up import document
from tests.oracle.made_up_coverage import expected, used
from tests.oracle.made_up_month import SECOND_FROM

DRAWN = 900
"""How many schemes are drawn at most: with the last idea found, the drawing ends."""


class EverythingFoundError(Exception):
    """Ends the drawing."""


def test_made_up_schemes_use_every_idea_of_the_language():
    lost = expected()

    @settings(
        max_examples=DRAWN, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(document("first", announced_on=SECOND_FROM))
    def look(scheme):
        lost.difference_update(used(scheme))
        if not lost:
            raise EverythingFoundError

    try:
        look()
    except EverythingFoundError:
        return
    assert not lost, sorted(lost)
