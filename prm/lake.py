"""The lake: Parquet files that are written once, named by their content, and never changed.

What is live is a row in PostgreSQL; a crash can leave at most a file that no row names.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


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
