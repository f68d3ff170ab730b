"""Faults made on purpose, where an ordinary user may make them too: a full disk, a folder that can't be written, a clock."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from prm.settings import PROJECT, Settings

PRM = str(Path(sys.executable).with_name("prm"))
_OWN_MOUNTS = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]


def command(
    settings: Settings, *arguments: str, largest_file: int | None = None, before: Sequence[str] = ()
) -> tuple[int, str]:
    """Runs `prm` as a user does; its exit code and all it said.

    largest_file: bytes that it may write into a file, as a disk that is nearly full leaves. before: words in front of it.
    """

    def limited() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    environment = os.environ | {
        "PRM_HOME": str(settings.home),
        "PRM_THREADS": "2",
        "COLUMNS": "250",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("PRM_DATABASE_URL", None)
    if settings.database_url:
        environment["PRM_DATABASE_URL"] = settings.database_url
    done = subprocess.run(
        [*before, PRM, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, preexec_fn=limited,
        timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def has_mounts_of_its_own() -> bool:
    """Whether a process here may have mounts that others don't see."""
    return bool(shutil.which("unshare")) and subprocess.run([*_OWN_MOUNTS, "true"], capture_output=True).returncode == 0


def on_a_full_disk(folder: Path, kilobytes: int) -> list[str]:
    """Words before a command that see a disk of so many kilobytes in place of a folder, with what is in it."""
    mount = (
        'cp -a "$0" /tmp/.kept-$$ && mount -t tmpfs -o size="$1"k none "$0" && cp -a /tmp/.kept-$$/. "$0"; '
        'rm -rf /tmp/.kept-$$; shift; exec "$@"'
    )
    return [*_OWN_MOUNTS, "sh", "-c", mount, str(folder), str(kilobytes)]


def read_only(folder: Path) -> list[str]:
    """Words before a command that may read a folder and not write it, whoever it works as."""
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    return [*_OWN_MOUNTS, "sh", "-c", mount, str(folder)]


@contextmanager
def without_the_right_to_write(folder: Path) -> Iterator[None]:
    """The folder and those in it may not be written, as far as permissions bind the user."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for one in folders:
        one.chmod(0o555)
    yield
    for one in folders:
        one.chmod(0o755)


def change_a_byte(path: Path) -> bytes:
    """Changes one byte in the middle of a file, which may be linked elsewhere: there it stays. Returns what was in it."""
    former = path.read_bytes()
    at = len(former) // 2
    aside = path.with_name(f".{path.name}.changed")
    aside.write_bytes(former[:at] + bytes([former[at] ^ 1]) + former[at + 1 :])
    os.replace(aside, path)
    return former


def put_back(path: Path, content: bytes) -> None:
    """Writes a file anew."""
    aside = path.with_name(f".{path.name}.back")
    aside.write_bytes(content)
    os.replace(aside, path)


def move_the_clock(settings: Settings, days: int) -> None:
    """From now on this database's clock is so many days ahead (or behind): what SQL calls now, here and in defaults.

    PostgreSQL's own functions get bodies of SQL, which the planner puts in their place; needs a superuser.
    """
    with psycopg.connect(str(settings.database_url)) as connection:
        connection.execute(f"""
            create or replace function pg_catalog.clock_timestamp() returns timestamptz language sql volatile
            as $$ select timeofday()::timestamptz + interval '{days} days' $$;
            create or replace function pg_catalog.now() returns timestamptz language sql stable
            as $$ select transaction_timestamp() + interval '{days} days' $$
        """)
