"""What Hypothesis makes up covers the language: every key, choice, name and function, in the ways they combine."""

from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle.made_up import document
from tests.oracle.made_up_coverage import expected, used
from tests.oracle.made_up_month import SECOND_FROM

DRAWN = 300


def test_made_up_schemes_use_every_idea_of_the_language():
    found: dict[str, int] = {}

    @settings(
        max_examples=DRAWN, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(document("first", announced_on=SECOND_FROM))
    def look(scheme):
        for idea in used(scheme):
            found[idea] = found.get(idea, 0) + 1

    look()
    lost = sorted(expected() - set(found))
    assert not lost, lost
