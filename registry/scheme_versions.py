"""Scheme versions: kept in canonical form with their hash, and immutable from the moment they are added."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from psycopg.types.json import Jsonb

import schemes
from prm.database import Connection
from prm.errors import InvariantError, NotFoundError, RefusedError
from prm.words import Words
from schemes import Scheme


@dataclass(frozen=True)
class KeptVersion:
    """A version as it is kept.

    source: its YAML as it was added. canonical: the text whose SHA-256 is `content_hash`, the one that runs pin.
    added_by, reason: as they were said when it was added, if they were.
    """

    scheme: str
    version: int
    valid_from: date
    content_hash: str
    canonical: str
    source: str
    added_at: datetime
    added_by: str | None
    reason: str | None


def add_scheme(connection: Connection, path: Path, *, author: str | None = None, reason: str | None = None) -> bool:
    """Adds the scheme version of a file, YAML or .xlsx. Returns False where exactly this version is there already.

    author: who adds it. reason: why, where it reaches closed months (`runs.explained`); both are kept with the version.

    A version that was added before the language grew is compared by what its source says today. Raises PrmError
    where the file does not pass the checks, RefusedError where the same version was added before with other rules:
    a change is a new version.
    """
    scheme = schemes.read(path)
    content_hash = schemes.content_hash(scheme)
    known = connection.execute(
        "select content_hash, source from registry.scheme_versions where scheme = %s and version = %s",
        [scheme.scheme, scheme.version],
    ).fetchone()
    if known:
        if known["content_hash"] == content_hash:
            return False
        if schemes.content_hash(_parsed(scheme.scheme, scheme.version, known["source"])) == content_hash:
            return False
        newest = connection.execute(
            "select max(version) as version from registry.scheme_versions where scheme = %s", [scheme.scheme]
        ).fetchone()
        free = newest["version"] + 1 if newest else scheme.version + 1
        what = f"prm scheme diff {scheme.scheme}:{scheme.version} {path}"
        raise RefusedError(
            Words(
                en=f"{path}: version {scheme.version} of scheme '{scheme.scheme}' exists with other rules.",
                ru=f"{path}: версия {scheme.version} схемы «{scheme.scheme}» уже есть, с другими правилами.",
            ),
            hint=Words(
                en=f"Versions never change: give this file version {free} and its valid_from. What differs: {what}",
                ru=f"Версии не меняются: дайте файлу версию {free} и свой valid_from. Что отличается: {what}",
            ),
        )
    connection.execute(
        """insert into registry.scheme_versions
               (scheme, version, valid_from, content_hash, canonical, source, added_by, reason)
           values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            scheme.scheme, scheme.version, scheme.valid_from, content_hash,
            Jsonb(schemes.canonical(scheme)), schemes.source_text(path), author, reason,
        ],
    )  # fmt: skip
    return True


def add_library(connection: Connection) -> list[Path]:
    """Adds every version of the project's library; returns the files that were new."""
    return [path for path in sorted(schemes.LIBRARY.glob("*.yaml")) if add_scheme(connection, path)]


def unknown_of_others(connection: Connection, paths: Collection[Path]) -> list[schemes.Problem]:
    """What measures of others in these files add up that no version has, of those added or of the files, and which
    measures of these files are neither used nor counted."""
    read, added = [schemes.read(path) for path in paths], scheme_versions(connection)
    return [*schemes.unknown_of_others(read, added), *schemes.uncounted(read, added)]


def scheme_versions(connection: Connection, of_schemes: Collection[str] | None = None) -> list[Scheme]:
    """All versions of all schemes, or of those named, by scheme and version."""
    rows = connection.execute(
        """select scheme, version, source from registry.scheme_versions
           where %(names)s::text[] is null or scheme = any(%(names)s) order by scheme collate "C", version""",
        {"names": None if of_schemes is None else list(of_schemes)},
    )
    return [_parsed(row["scheme"], row["version"], row["source"]) for row in rows]


def scheme_version(connection: Connection, scheme: str, version: int) -> Scheme:
    """A version that was added. Raises NotFoundError where it was not."""
    row = connection.execute(
        "select source from registry.scheme_versions where scheme = %s and version = %s", [scheme, version]
    ).fetchone()
    if row is None:
        raise _unknown(scheme, version)
    return _parsed(scheme, version, row["source"])


def kept_version(connection: Connection, scheme: str, version: int) -> KeptVersion:
    """A version as it is kept, word for word.

    Raises NotFoundError where there is none, InvariantError where its texts are not what was added.
    """
    row = connection.execute(
        """select scheme, version, valid_from, content_hash, canonical, source, added_at, added_by, reason
           from registry.scheme_versions where scheme = %s and version = %s""",
        [scheme, version],
    ).fetchone()
    if row is None:
        raise _unknown(scheme, version)
    kept = KeptVersion(**row | {"canonical": schemes.canonical_text(row["canonical"])})
    if not schemes.text_hash(kept.canonical) == _said_by(kept) == kept.content_hash:
        raise InvariantError(
            Words(
                en=f"Version {version} of scheme '{scheme}' is not what was added with the hash {kept.content_hash}.",
                ru=f"Версия {version} схемы «{scheme}» — не то, что было добавлено с хешем {kept.content_hash}.",
            ),
            hint=Words(
                en="Its row in registry.scheme_versions was changed from outside: compare it with a backup.",
                ru="Её строку в registry.scheme_versions изменили извне: сверьте её с резервной копией.",
            ),
        )
    return kept


def _said_by(kept: KeptVersion) -> str | None:
    """The hash of what a version's source says; None where it is no sound scheme any more."""
    try:
        return schemes.content_hash(_parsed(kept.scheme, kept.version, kept.source))
    except schemes.SchemeError:
        return None


def _unknown(scheme: str, version: int) -> NotFoundError:
    return NotFoundError(
        Words(
            en=f"There is no version {version} of scheme '{scheme}'.", ru=f"У схемы «{scheme}» нет версии {version}."
        ),
        hint=Words(en="See prm scheme list.", ru="Какие есть: prm scheme list."),
    )


@lru_cache(maxsize=1024)  # a run reads every version more than once, and a large one takes a tenth of a second
def _parsed(scheme: str, version: int, source: str) -> Scheme:
    return schemes.parse(source, f"{scheme} v{version}", is_draft=False)
