"""The inbox: every file in it is offered, reference data before what refers to them, revisions in their order."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from loaders.contract import contracts
from loaders.loading import LoadResult, load
from prm.settings import Settings, get_settings


def find_files(settings: Settings | None = None) -> list[Path]:
    """The inbox's files in the order in which they are loaded; control totals are not files of their own.

    Files that are being written under a name that begins with a dot or ends in `.part` are left alone.
    """
    inbox = (settings or get_settings()).inbox
    if not inbox.is_dir():
        return []
    found = [
        path
        for path in inbox.iterdir()
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith((".control.json", ".part"))
    ]
    return sorted(found, key=_order)


def load_inbox(
    settings: Settings | None = None, progress: Callable[[Path, str], None] | None = None
) -> list[LoadResult]:
    """Offers every file of the inbox; a refused one never stops the others. Files stay where they are.

    progress: told the file and what is being done with it. A second time, all of them are 'unchanged'.
    """
    results = []
    for path in find_files(settings):
        tell = (lambda stage, path=path: progress(path, stage)) if progress else None
        results.append(load(path, settings=settings, progress=tell, again=False))
    return results


def _order(path: Path) -> tuple:
    for contract in contracts().values():
        if given := contract.match(path.name):
            return (contract.order, str(given.period or ""), given.branch or "", _natural(given.revision), path.name)
    return (1_000, "", "", [], path.name)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """`2` before `10`, numbers before words."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text) if part]
