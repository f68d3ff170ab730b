"""The prepared books, once for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.built import kept_for
from tests.safety.prepared import Prepared, prepare


@pytest.fixture(autouse=True)
def _counted(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """What `make faults` tries is counted, so that it prints its figure."""
    if request.path.stem in ("test_faults", "test_database_stopped", "test_backup"):
        record_property("faults", {"cases": 1})


@pytest.fixture(scope="session")
def prepared(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Books in use, which tests copy. What dbt has built is kept where the suite's other processes find it."""
    with prepare(server, template, tmp_path_factory.mktemp("prepared"), kept_for(tmp_path_factory)) as books:
        yield books
