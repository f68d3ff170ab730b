"""Some histories in the tests, as many as one likes by `make histories SEQUENCES=10000`.

PRM_HISTORIES says how many sequences of steps in all, PRM_HISTORIES_STEPS how long each is at most, PRM_HISTORIES_SEED
which are drawn.
"""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import built
from tests.histories.machine import Histories
from tests.histories.prepared import prepare

SEQUENCES = int(os.environ.get("PRM_HISTORIES", "80"))
SEED = int(os.environ.get("PRM_HISTORIES_SEED", "0"))
STEPS = int(os.environ.get("PRM_HISTORIES_STEPS", "12"))
PARTS = 2
"""Parts that can be run side by side, each with histories of its own."""


@pytest.fixture(scope="module")
def prepared(server, template, tmp_path_factory):
    folder, kept = tmp_path_factory.mktemp("histories"), built.kept_for(tmp_path_factory)
    with prepare(server, template, folder, kept) as books, built.remembered(kept):
        yield books


@pytest.mark.parametrize("part", range(PARTS))
def test_the_books_stand_where_a_model_in_memory_says_after_every_step(prepared, part, record_property):
    class OfPart(Histories):
        pass

    OfPart.prepared, OfPart.done = prepared, Counter()
    # Every example is a whole history, whose failures are shrunk only by whoever looks at one.
    run_state_machine_as_test(
        seed(SEED * PARTS + part)(OfPart),
        settings=settings(
            max_examples=SEQUENCES // PARTS, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate], report_multiple_bugs=False,
        ),
    )  # fmt: skip
    record_property("histories", dict(OfPart.done))
    assert OfPart.done["histories"] >= SEQUENCES // PARTS
