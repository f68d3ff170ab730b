"""Several processes that want the same at once: nobody's work is lost, doubled or mixed with another's."""

from tests.safety.races import KINDS, race


def test_every_race_has_one_winner_or_goes_one_after_the_other(prepared, tmp_path, record_property):
    figures = race(prepared, 1, seed=3, folder=tmp_path)
    record_property("raced", {"races": figures.races.total(), "processes": figures.processes})
    assert figures.faults == []
    assert figures.races.total() == len(KINDS) and figures.processes >= 2 * len(KINDS)
    assert figures.refused["StaleError"] == 1
