"""Evidence: files that show why a penalty was charged, kept once under the SHA-256 of their bytes and verified when read.

A file comes first and its row last: whatever dies in between leaves at most a file that no row names.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from prm import database, lake, logs
from prm.errors import NotFoundError, PrmError
from prm.settings import Settings, get_settings
from settlement.penalties import find_penalty

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Evidence:
    """A file attached to a penalty. path: absolute. state: whether its bytes are there and are those that were attached."""

    evidence: int
    penalty: int
    name: str
    media_type: str
    bytes: int
    sha256: str
    author: str
    attached_at: datetime
    path: Path
    state: Literal["sound", "missing", "changed"]


def attach_evidence(penalty: int, file: Path, *, author: str, settings: Settings | None = None) -> Evidence:
    """Copies a file into the books and attaches it to a penalty; the same bytes are attached once.

    Raises NotFoundError for an unknown penalty or file, PrmError without an author.

        attach_evidence(12, Path("photo.jpg"), author="olga").sha256
    """
    settings = settings or get_settings()
    if not author.strip():
        raise PrmError("Evidence needs an author.", hint="Say who attaches it.")
    if not file.is_file():
        raise NotFoundError(f"There is no file {file}.")
    with database.transaction(settings) as connection:
        find_penalty(connection, penalty)
    sha256, size = _keep(file, settings)
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    with database.transaction(settings) as connection:
        connection.execute(
            """insert into settlement.penalty_evidence (penalty, name, media_type, bytes, sha256, author)
               values (%s, %s, %s, %s, %s, %s) on conflict (penalty, sha256) do nothing""",
            [penalty, file.name, media_type, size, sha256, author],
        )
    logs.event("evidence attached", penalty=penalty, sha256=sha256, bytes=size)
    return next(one for one in evidence_of(penalty, settings=settings) if one.sha256 == sha256)


def evidence_of(penalty: int, *, settings: Settings | None = None) -> list[Evidence]:
    """The files attached to a penalty, in order, each with its bytes read again and compared."""
    settings = settings or get_settings()
    with database.transaction(settings) as connection:
        rows = connection.execute(
            "select * from settlement.penalty_evidence where penalty = %s order by evidence", [penalty]
        ).fetchall()
    return [
        Evidence(**row, path=(path := _path(row["sha256"], settings)), state=_state(path, row["sha256"]))
        for row in rows
    ]


def _keep(file: Path, settings: Settings) -> tuple[str, int]:
    """Copies the bytes to their place; returns their SHA-256 and how many there are."""
    settings.evidence.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=settings.evidence, prefix=".")
    temporary, digest, size = Path(name), hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as out, file.open("rb") as source:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                out.write(block)
        temporary.chmod(0o644)
        lake.settle(temporary, _path(digest.hexdigest(), settings))
    finally:
        temporary.unlink(missing_ok=True)
    return digest.hexdigest(), size


def _path(sha256: str, settings: Settings) -> Path:
    return settings.evidence / sha256[:2] / sha256


def _state(path: Path, sha256: str) -> Literal["sound", "missing", "changed"]:
    if not path.is_file():
        return "missing"
    return "sound" if lake.fingerprint(path) == sha256 else "changed"
