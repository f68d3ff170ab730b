"""The lake: Parquet files that are written once, named by their content, and never changed.

What is live is a row in PostgreSQL; a crash can leave at most a file that no row names.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from prm.errors import PrmError


class DamagedError(PrmError):
    """A file is not what was written, or is gone."""


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settle(temporary: Path, final: Path) -> Path:
    """Moves a finished file to its final name, atomically and durably. Replaces an equal left-over, if any."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(temporary, final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return final


def verify(files: Mapping[Path, str], what: str, *, threads: int = 2) -> None:
    """Reads files and compares their SHA-256, in hex, with what it was when they were written.

    what: what the files are, for the error. Raises DamagedError naming the first that is gone or differs. Some two
    seconds a gigabyte and thread.
    """

    def fault(path: Path) -> str:
        if not path.exists():
            return "is gone"
        return "" if fingerprint(path) == files[path] else "is not what was written: a byte of it has changed"

    with ThreadPoolExecutor(max(1, threads)) as pool:
        for path, found in zip(files, pool.map(fault, files), strict=True):
            if found:
                raise DamagedError(
                    f"{path} {found}. It belongs to {what}.",
                    hint="Nothing was made from it. Put it back from a backup (docs/backup.md).",
                )


_WORK = ".work-"


@contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """A folder for what is being written, inside `folder` (made if need be) and gone at the end.

    What a killed process left of its own is removed first: nobody holds its lock any more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _held(folder, fcntl.LOCK_EX):  # so that nobody's is seen between being made and being held
        for left in folder.glob(f"{_WORK}*"):
            _remove_unless_held(left)
        work = Path(tempfile.mkdtemp(prefix=_WORK, dir=folder))
        handle = os.open(work, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_SH)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(handle)


def _remove_unless_held(work: Path) -> None:
    with suppress(FileNotFoundError, BlockingIOError, PermissionError), _held(work, fcntl.LOCK_EX | fcntl.LOCK_NB):
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
