"""Shared fixtures: a home of its own, with a fresh and migrated database, for each test that asks.

One embedded PostgreSQL serves the whole session (or the server of PRM_DATABASE_URL, where that is set);
each test gets a database of its own, cloned from a migrated template in a tenth of a second.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import runs
from prm import database
from prm.settings import Settings
from tests import built, warm
from tests.operators import OCTOBER, small_operator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a server to make test databases on."""
    given = os.environ.get("PRM_DATABASE_URL")
    folder = Path(tempfile.mkdtemp(prefix="prm-tests-"))  # not pytest's, which other sessions tidy up
    settings = Settings(home=folder, database_url=given)
    yield database.login_url(settings)
    database.stop(settings)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """Name of a migrated database to clone."""
    name = f"prm_test_template_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}")
        connection.execute(f"create database {name}")
    database.migrate(Settings(database_url=database.with_database(server, name)))
    yield name
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@contextmanager
def fresh_home(server: str, template: str, folder: Path) -> Iterator[Settings]:
    """Settings with an empty home and a database cloned from the template, dropped at the end."""
    name = f"prm_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    settings = Settings(home=folder, database_url=database.with_database(server, name), threads=2)
    yield settings
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session", autouse=True)
def warm_builds() -> Iterator[None]:
    """Builds of this process begin from a dbt that knows the project."""
    with warm.builds():
        yield


@pytest.fixture
def home(server: str, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A fresh home for one test; also this process's environment."""
    with fresh_home(server, template, tmp_path) as settings:
        monkeypatch.setenv("PRM_HOME", str(settings.home))
        monkeypatch.setenv("PRM_DATABASE_URL", str(settings.database_url))
        monkeypatch.setenv("PRM_THREADS", "2")
        yield settings


ABOVE_RUNS = {"delivery", "explanations", "modelling", "reports", "scheduling", "settlement"}
"""Rooms whose tests only need calculated months: whatever any of them has built, the others take."""


@pytest.fixture(scope="module", autouse=True)
def built_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A month that tests above the room of runs calculate is built once in the whole session."""
    if ABOVE_RUNS.isdisjoint(request.path.parts):
        yield
    else:
        with built.remembered(built.kept_for(tmp_path_factory)):
            yield


@pytest.fixture(scope="module")
def month(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home in which a small operator's October 2026 is calculated; one for all tests of a module."""
    with fresh_home(server, template, tmp_path_factory.mktemp("month")) as settings:
        small_operator().load(settings)
        with built.remembered(built.kept_for(tmp_path_factory)):  # the first module of the run builds it, for all
            runs.calculate(OCTOBER, settings=settings)
        yield settings


FIGURES = {
    "agreed": "The oracle agreed on {told}",
    "killed": "Killed and done again: {told}; nothing lost, doubled or torn",
    "raced": "Raced: {told}; one winner each, or one after the other",
    "histories": "Histories: {told}; after each step the books stood where the model said, and every rule held",
    "faults": "Faults and backups: {told}; nothing partial, and the work went on",
}
"""What is said of the figures that tests recorded under a name."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the figures of the tests that passed, whichever process they ran in."""
    passed = terminalreporter.stats.get("passed", ())
    for figure, words in FIGURES.items():
        found = [value for report in passed for name, value in report.user_properties if name == figure]
        if found:
            sums = {key: sum(of[key] for of in found) for key in found[0]}
            terminalreporter.write_line(words.format(told=", ".join(f"{sums[key]:,} {key}" for key in sums)))
