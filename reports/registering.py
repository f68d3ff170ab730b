"""The register of documents: what each was made of, where its file is, and the file's hash."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from prm.database import Connection
from prm.lake import fingerprint, settle
from prm.period import Period
from prm.settings import Settings
from prm.words import Language

Key = tuple[str, str, str, str, frozenset[tuple[str, str]]]
"""Form, counterparty, language, format and chosen parameters: a document of a period, or of a reconciliation."""


@dataclass(frozen=True)
class Entry:
    """A document as it stands in the register, but for its file's hash.

    counterparty_id: empty of the operator's. path: absolute. source_hash: of all that it shows. runs: whose versions it
    shows. version: the form's. parameters: those that were chosen. reconciliation: of an act.
    """

    form: str
    period: Period
    counterparty_id: str
    language: Language
    format: str
    path: Path
    source_hash: str
    runs: tuple[int, ...] = ()
    version: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)
    reconciliation: int | None = None

    @property
    def key(self) -> Key:
        """What the document is, whatever it was made of."""
        return (self.form, self.counterparty_id, self.language, self.format, frozenset(self.parameters.items()))

    def __str__(self) -> str:
        whose = f" of {self.counterparty_id}" if self.counterparty_id else ""
        return f"{self.form}{whose} for {self.period} ({self.language}, {self.format})"


@dataclass(frozen=True)
class Registered:
    """What the register says of a document as it was made last."""

    source_hash: str
    sha256: str


def registered(connection: Connection, period: Period, reconciliation: int | None = None) -> dict[Key, Registered]:
    """A period's documents, or those of a reconciliation, each as it was made last."""
    rows = connection.execute(
        """select distinct on (form, counterparty_id, language, format, parameters)
               form, counterparty_id, language, format, parameters, source_hash, sha256
           from documents.documents where period = %s and reconciliation is not distinct from %s
           order by form, counterparty_id, language, format, parameters, made_at desc, document_id desc""",
        [str(period), reconciliation],
    ).fetchall()
    return {
        (row["form"], row["counterparty_id"], row["language"], row["format"], frozenset(row["parameters"].items())):
        Registered(row["source_hash"], row["sha256"])
        for row in rows
    }  # fmt: skip


def is_unchanged(entry: Entry, last: Registered) -> bool:
    """Whether the document was made of the same before and its file is sound."""
    return last.source_hash == entry.source_hash and entry.path.exists() and fingerprint(entry.path) == last.sha256


def write(connection: Connection, settings: Settings, entry: Entry, draw: Callable[[Path], None], work: Path) -> str:
    """Makes a document's file and registers it; returns the file's SHA-256.

    The file is written in a work folder, moved into place whole, and then registered: whoever is ended in between leaves
    a file that the register does not know, and that is made again. connection: one that commits each statement. draw:
    writes the document to a path.
    """
    handle, name = tempfile.mkstemp(dir=work, suffix=entry.path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        draw(temporary)
        temporary.chmod(0o644)
        sha256, size = fingerprint(temporary), temporary.stat().st_size
        settle(temporary, entry.path)
    finally:
        temporary.unlink(missing_ok=True)
    connection.execute(_REGISTER, _columns(entry, settings) | {"sha256": sha256, "bytes": size})
    return sha256


_REGISTER = """
    insert into documents.documents (form, period, counterparty_id, language, format, form_version, parameters, runs,
        source_hash, path, sha256, bytes, reconciliation)
    values (%(form)s, %(period)s, %(counterparty_id)s, %(language)s, %(format)s, %(version)s, %(parameters)s, %(runs)s,
        %(source_hash)s, %(path)s, %(sha256)s, %(bytes)s, %(reconciliation)s)
    on conflict on constraint one_of_a_kind
    do update set runs = excluded.runs, sha256 = excluded.sha256, bytes = excluded.bytes, path = excluded.path,
        made_at = clock_timestamp()"""


def _columns(entry: Entry, settings: Settings) -> dict[str, Any]:
    return {
        "form": entry.form, "period": str(entry.period), "counterparty_id": entry.counterparty_id,
        "language": entry.language, "format": entry.format, "version": entry.version,
        "parameters": Jsonb(dict(entry.parameters)), "runs": list(entry.runs), "source_hash": entry.source_hash,
        "path": str(entry.path.relative_to(settings.home)), "reconciliation": entry.reconciliation,
    }  # fmt: skip
