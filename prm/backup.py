"""Backing up and restoring: the database as one snapshot, the files it names, and a manifest with the hash of each.

The dump's snapshot comes first. Files are copied after it: those it names are written once and never removed, so that
whatever else goes on meanwhile, a backup is of one moment. A restore verifies every byte before it begins.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from prm import application_role, database, lake, postgres_tools
from prm.errors import NotFoundError, PrmError, RefusedError
from prm.settings import Settings, get_settings

FOLDERS = ("inbox", "lake", "quarantine", "runs", "documents", "evidence")
"""The folders of a home that are backed up. What is left out is made anew: Data Docs, dbt's cache, spilled work."""
KEPT_BY_PEOPLE = ("operator.yaml", "documents.yaml")
"""The operator's own details, and the schedule of documents; backed up where they are in the home."""
DUMP, MANIFEST, SUMS = "database.dump", "manifest.json", "SHA256SUMS"
FORMAT = 1
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """A backup. transfers, head: how long the ledger's chain is in it and how it ends (hexadecimal).

    manifest_hash: SHA-256 of the manifest; kept elsewhere, it shows that the backup is the one that was made. files,
    bytes: of everything but the manifest; copied: how many of the files were not there from `since`.
    """

    folder: Path
    made_at: datetime
    transfers: int
    head: str
    files: int
    bytes: int
    copied: int
    manifest_hash: str


@dataclass
class _Files:
    """What has been copied so far: path below the folder → SHA-256."""

    hashes: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    copied: int = 0


def back_up(
    folder: Path, *, since: Path | None = None, progress: Progress | None = None, settings: Settings | None = None
) -> Backup:
    """Backs up the books and the files they name into a new folder.

    since: an earlier backup; what has not changed since is linked from it where both are on one disk, and not copied.
    Raises RefusedError where the folder is not empty, NotFoundError where `since` is no backup, lake.DamagedError where
    a file is not what the books say: a backup of it would be worth nothing.
    """
    settings, tell = settings or get_settings(), progress or (lambda what: None)
    folder = folder.absolute()
    if folder.is_relative_to(settings.home) or (folder.exists() and any(folder.iterdir())):
        raise RefusedError(
            f"{folder} is not empty, or lies in the home itself.", hint="Name a folder that is not there yet."
        )
    former = _manifest(since) if since else None
    folder.mkdir(parents=True, exist_ok=True)
    files, url = _Files(), database.owner_url(settings)
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        said = _said(connection)
        tell("database")
        dump = ["--format=custom", "--compress=1", "--no-owner", "--no-acl", f"--snapshot={said['snapshot']}"]
        postgres_tools.run("pg_dump", url, *dump, f"--file={folder / DUMP}")
        server = connection.info.server_version
    tell("files")
    _add(files, folder, DUMP)
    for path in _paths(settings.home, said["unfinished"]):
        _copy(settings.home, path, folder, files, since, former)
        if len(files.hashes) % 100 == 0:
            tell(f"{len(files.hashes):,} files")
    _compare(said["named"], files.hashes)
    manifest = {
        "format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "home": str(settings.home),
        "server": server // 10000, "migrations": said["migrations"],
        "ledger": {"transfers": said["transfers"], "head": said["head"]},
        "files": files.hashes,
    }  # fmt: skip
    sums = "".join(f"{files.hashes[path]}  {path}\n" for path in files.hashes)
    _write(folder / SUMS, sums)
    _write(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return Backup(
        folder, datetime.fromisoformat(str(manifest["made_at"])), said["transfers"], said["head"], len(files.hashes),
        files.bytes, files.copied, lake.fingerprint(folder / MANIFEST),
    )  # fmt: skip


def verify_backup(folder: Path, *, threads: int = 2) -> dict[str, Any]:
    """Reads every file of a backup and compares it with the manifest; returns the manifest.

    Raises NotFoundError where it is no backup, lake.DamagedError naming the first file that has changed or is gone.
    """
    manifest = _manifest(folder)
    lake.verify({folder / path: content for path, content in manifest["files"].items()}, "the backup", threads=threads)
    return manifest


def restore(folder: Path, *, progress: Progress | None = None, settings: Settings | None = None) -> dict[str, Any]:
    """Restores a backup into an empty home and an empty database; returns its manifest.

    Every byte is verified first. The roles are made and given their rights, and the schema is brought up to date where
    the project is newer than the backup. Raises RefusedError where home or database are not empty, lake.DamagedError
    where the backup has changed, PrmError where what came out is not what was backed up.
    """
    settings, tell = settings or get_settings(), progress or (lambda what: None)
    tell("verifying")
    manifest = verify_backup(folder, threads=settings.threads)
    if manifest["format"] > FORMAT:
        raise PrmError(f"{folder} was made by a newer version of the project.", hint="Restore it with that version.")
    _nothing_is_there(settings)
    url = database.owner_url(settings)
    tell("database")
    with psycopg.connect(url, row_factory=dict_row) as connection:
        application_role.make(connection, database.login_url(settings))
    postgres_tools.run(
        "pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", f"--dbname={_name(url)}",
        str(folder / DUMP),
    )  # fmt: skip
    with psycopg.connect(url, row_factory=dict_row) as connection:
        database.give_rights(connection)
    database.migrate(settings)
    tell("files")
    for path in manifest["files"]:
        if path != DUMP:
            target = settings.home / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / path, target)
    with psycopg.connect(url, row_factory=dict_row) as connection:
        said = _said(connection)
    if (said["transfers"], said["head"]) != (manifest["ledger"]["transfers"], manifest["ledger"]["head"]):
        raise PrmError("The ledger that was restored is not the one that was backed up.", hint="Don't work with it.")
    return manifest


def _said(connection: psycopg.Connection[database.Row]) -> dict[str, Any]:
    """What the books say in this connection's transaction: its snapshot, the chain's end, the files they name."""
    try:
        row = connection.execute(
            """select pg_export_snapshot() as snapshot, transfers, encode(hash, 'hex') as head,
                      (select array_agg(name order by name) from public.migrations) as migrations,
                      (select coalesce(array_agg(run_id), '{}') from runs.runs where state = 'running') as unfinished
               from ledger.head"""
        ).fetchone()
        named = connection.execute(
            """select path, partitions.content_hash, data_set || ' load ' || load_id as what
               from loads.partitions join loads.loads using (load_id)
               union
               select 'evidence/' || left(sha256, 2) || '/' || sha256, sha256, 'the evidence of penalty ' || penalty || ' (' || name || ')'
               from settlement.penalty_evidence"""
        ).fetchall()
    except psycopg.errors.UndefinedTable:
        raise RefusedError("The database has not been set up.", hint="Run: prm migrate.") from None
    assert row is not None
    return row | {"named": named, "unfinished": {str(run_id) for run_id in row["unfinished"]}}


def _paths(home: Path, unfinished: set[str]) -> Iterator[Path]:
    """What is copied, in order: no work in progress, neither a loader's nor a run's."""
    for name in KEPT_BY_PEOPLE:
        if (home / name).is_file():
            yield home / name
    for name in FOLDERS:
        for path in sorted((home / name).rglob("*")):
            below = path.relative_to(home).parts
            at_work = any(part.startswith(".") or part == "spill" for part in below)
            if path.is_file() and not at_work and not (below[0] == "runs" and below[1] in unfinished):
                yield path


def _copy(
    home: Path, path: Path, folder: Path, files: _Files, since: Path | None, former: dict[str, Any] | None
) -> None:
    relative = path.relative_to(home).as_posix()
    target = folder / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    known = former["files"].get(relative) if former else None
    if since and known and _is_same(path, since / relative) and _link(since / relative, target):
        _add(files, folder, relative, known, copied=False)
        return
    try:
        shutil.copy2(path, target)
    except FileNotFoundError:
        return  # a document or an inbox's file that was replaced; what the books name is compared afterwards
    _add(files, folder, relative)


def _is_same(path: Path, former: Path) -> bool:
    if not former.exists():
        return False
    now, then = path.stat(), former.stat()
    return (now.st_size, now.st_mtime_ns) == (then.st_size, then.st_mtime_ns)


def _link(former: Path, target: Path) -> bool:
    try:
        os.link(former, target)
    except OSError:
        return False
    return True


def _add(files: _Files, folder: Path, relative: str, known: str | None = None, *, copied: bool = True) -> None:
    path = folder / relative
    files.hashes[relative] = known or lake.fingerprint(path)
    files.bytes += path.stat().st_size
    files.copied += copied


def _compare(named: list[database.Row], hashes: dict[str, str]) -> None:
    """Every file that the books name has to be there as they name it."""
    for row in named:
        if hashes.get(row["path"]) != row["content_hash"]:
            what = "has changed since it was written" if row["path"] in hashes else "is gone"
            raise lake.DamagedError(
                f"{row['path']} {what}. It belongs to {row['what']}.",
                hint="This is no backup: put the file back from an earlier one, and begin again in another folder.",
            )


def _nothing_is_there(settings: Settings) -> None:
    present = [name for name in FOLDERS if (settings.home / name).exists() and any((settings.home / name).iterdir())]
    if present:
        raise RefusedError(
            f"{settings.home} is not empty: it has {', '.join(present)}.",
            hint="Restore into a new home: prm restore FOLDER --into HOME.",
        )
    with psycopg.connect(database.owner_url(settings)) as connection:
        found = connection.execute(
            """select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
               and (nspname <> 'public' or exists (
                   select from pg_class where relnamespace = pg_namespace.oid and relkind in ('r', 'v', 'p')))
               order by nspname"""
        ).fetchall()
    if found:
        raise RefusedError(
            f"The database ({database.describe(settings)}) is not empty: it has the schema {found[0][0]}.",
            hint="Restore into a new database, or into a new home without PRM_DATABASE_URL.",
        )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFoundError(
            f"There is no backup in {folder}: {MANIFEST} is missing.",
            hint="It is written last; one that died has none.",
        ) from None
    except ValueError as error:
        raise lake.DamagedError(f"{folder / MANIFEST} can't be read: {error}.", hint="Take another backup.") from None


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, encoding="utf-8")
    lake.settle(temporary, path)


def _name(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url).get("dbname") or "")
