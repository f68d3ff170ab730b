"""Building once: the tables of equal inputs are equal, so those that were made before are put where dbt would make them.

A calculation whose inputs were built before then takes a fraction of a second, and everything around the build is the
product's own: the lock, the pin, the checks, the transaction that publishes.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from prm.settings import Settings
from runs.build import Built, build
from runs.inputs import _hash_of_inputs
from runs.moving import point_views

_MADE = ("tables", "dbt", "run.duckdb")


@contextmanager
def remembered(kept: Path) -> Iterator[None]:
    """While it lasts, `runs.calculate` (and `calculate_aside`) builds what it has not built before, and takes the rest from `kept`."""

    def remembering(folder: Path, settings: Settings) -> Built:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        whose = "-".join(manifest["counterparties"] or ["all"])
        place = kept / f"{_hash_of_inputs(manifest)}-{whose}"
        with _one_at_a_time(kept):
            if not place.exists():
                made = build(folder, settings)
                _keep(folder, place)
                return made
        for name in _MADE:
            _copy(place / name, folder / name)
        former = Path((place / "folder").read_text(encoding="utf-8"))
        point_views(folder / "run.duckdb", {former: folder, former.parent.parent: settings.home})
        return Built({"all": 0.0})

    with patch("runs.calculating.build", remembering), patch("runs.aside.build", remembering):
        yield


def kept_for(factory: pytest.TempPathFactory) -> Path:
    """Where what was built is kept for this run of the tests, in whichever of its processes."""
    base = factory.getbasetemp()
    return (base.parent if base.name.startswith("popen-") else base) / "built"


def _keep(folder: Path, place: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
    for name in _MADE:
        _copy(folder / name, aside / name)
    (aside / "folder").write_text(str(folder), encoding="utf-8")
    aside.rename(place)


@contextmanager
def _one_at_a_time(kept: Path) -> Iterator[None]:
    """Two processes that need the same tables build them once."""
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
