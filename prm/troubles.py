"""Troubles from outside in words: a database that went away, a full disk, a folder that can't be written.

None of them is a user's mistake, and none of them leaves half a work: what was committed stays, the rest is undone.
"""

from __future__ import annotations

import errno
import os

import psycopg

from prm.errors import PrmError

_AGAIN = "Nothing is left half done: run the same command again, and what was done already is not done twice."
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)
_OUTSIDE = ("08", "53", "57P", "58")  # PostgreSQL's classes: connection, resources, operator's intervention, system
_LOST = ("connection", "terminating", "server closed", "shutting down", "starting up", "SSL SYSCALL")


class OutsideError(PrmError):
    """Something that the work stands on has failed: the database, the disk."""


def in_words(error: BaseException) -> OutsideError | None:
    """What to tell of an error that something outside has caused; None for any other error.

    >>> str(in_words(OSError(errno.ENOSPC, "", "data/lake/x.parquet")))[:48]
    'There is no space left for data/lake/x.parquet. '
    """
    if isinstance(error, PrmError):
        return None
    if isinstance(error, OSError):
        return _of_the_disk(error.errno, str(error.filename or f"what was being written ({error})"))
    if isinstance(error, psycopg.OperationalError):
        is_outside = error.sqlstate is None or error.sqlstate.startswith(_OUTSIDE)
        return _of_the_database(error) if is_outside else None
    module = type(error).__module__
    if module.startswith("adbc_driver_manager") and any(sign in str(error) for sign in _LOST):
        return _of_the_database(error)
    if module.startswith(("duckdb", "_duckdb", "pyarrow")):
        number = next((one for one in (*_FULL, *_NOT_WRITABLE) if os.strerror(one) in str(error)), None)
        return _of_the_disk(number, f"what was being written ({str(error).strip().splitlines()[0]})")
    return None


def _of_the_disk(number: int | None, what: str) -> OutsideError | None:
    if number in _FULL:
        return OutsideError(f"There is no space left for {what}.", hint=f"Make room. {_AGAIN}")
    if number in _NOT_WRITABLE:
        return OutsideError(
            f"{what[:1].upper()}{what[1:]} can't be written: {os.strerror(number or 0)}.",
            hint=f"Let the user of this command write there. {_AGAIN}",
        )
    return None


def _of_the_database(error: BaseException) -> OutsideError:
    why = " ".join(str(error).split())
    if getattr(error, "sqlstate", None) == "53100":
        return OutsideError(f"The database has no space left: {why}.", hint=f"Make room on its disk. {_AGAIN}")
    return OutsideError(f"The database did not answer: {why}.", hint=f"See that it runs. {_AGAIN}")
