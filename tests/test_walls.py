"""The house's walls: imports go down the floors, documents read only the analysts' views, words stay clean."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

PROJECT = Path(__file__).parent.parent
ROOMS = [
    "prm",
    "schemes",
    "registry",
    "loaders",
    "runs",
    "settlement",
    "explanations",
    "reports",
    "delivery",
    "scheduling",
    "demo",
    "cli",
]


def tracked(*patterns: str) -> list[Path]:
    """The project's files of these patterns (those git knows)."""
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=PROJECT, capture_output=True, text=True, check=True)
    return [PROJECT / name for name in listed.stdout.splitlines() if (PROJECT / name).exists()]


def test_rooms_import_only_from_the_floors_below():
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=PROJECT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("query", tracked("reports/forms/*.sql", "reports/forms/**/*.sql"), ids=lambda p: p.parent.name)
def test_documents_read_only_the_analysts_views(query):
    for statement in sqlglot.parse(query.read_text(encoding="utf-8"), dialect="postgres"):
        names = {cte.alias for cte in statement.find_all(exp.CTE)}
        tables = [table for table in statement.find_all(exp.Table) if table.name not in names]
        assert tables and {table.db for table in tables} == {"reporting"}


def test_no_file_outside_a_rooms_migration_writes_another_rooms_tables():
    owners = {
        "registry": "registry", "loads": "loaders", "runs": "runs", "results": "runs", "documents": "reports",
        "ledger": "settlement", "settlement": "settlement", "delivery": "delivery",
    }  # fmt: skip
    writing = re.compile(
        r"\b(?:insert\s+into|update|delete\s+from|truncate)\s+(registry|loads|runs|results|documents|ledger|settlement|delivery)\.",
        re.I,
    )
    trespassers = [
        f"{path.relative_to(PROJECT)}: {found[0]}"
        for path in tracked("*.py")
        for found in writing.finditer(path.read_text(encoding="utf-8"))
        if path.relative_to(PROJECT).parts[0] in ROOMS
        and path.relative_to(PROJECT).parts[0] != owners[found[1].lower()]
    ]
    assert trespassers == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_and_names_its_face(room):
    face = (PROJECT / room / "__init__.py").read_text(encoding="utf-8")
    assert face.startswith('"""'), "a room's __init__.py begins with its part in the flow"


def test_every_python_file_begins_with_its_subject():
    silent = [
        str(path.relative_to(PROJECT))
        for path in tracked("*.py")
        if path.relative_to(PROJECT).parts[0] not in ("tests", "bench")
        and not path.read_text().startswith(('"""', "#!"))
    ]
    assert silent == []
