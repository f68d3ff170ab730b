"""The prepared books, once for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.built import kept_for
from tests.safety.prepared import Prepared, prepare


@pytest.fixture(scope="session")
def prepared(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Books in use, which tests copy. What dbt has built is kept where the suite's other processes find it."""
    with prepare(server, template, tmp_path_factory.mktemp("prepared"), kept_for(tmp_path_factory)) as books:
        yield books
