"""Named moments at which a process may be made to die, for tests that show what survives it.

Nothing happens at any of them unless PRM_FAIL_POINT names one: `post.posted` ends this process as `kill -9` does,
`post.posted:stop` halts it until it is told to continue, `post.posted:raise` fails there. A point stands where a death
would matter: before and after a commit, between a file's final name and its registration.
"""

from __future__ import annotations

import os
import signal

SETTING = "PRM_FAIL_POINT"

POINTS = {
    "load.read": "a file's rows are read and checked, and nothing of them has its final name",
    "load.written": "a file's Parquet has its final name, and no row names it",
    "load.applied": "a load is registered, in a transaction that is not committed",
    "load.registered": "a load is committed",
    "calculate.begun": "a run has its number and its fence",
    "calculate.pinned": "a run's inputs are in its folder",
    "calculate.built": "a run's tables are made, and not checked",
    "calculate.recorded": "what a run's amounts stand on is committed, and nothing of it is published",
    "publish.written": "a run's rows are in, and the pointer has not moved, in a transaction that is not committed",
    "publish.moved": "the pointer has moved, in a transaction that is not committed",
    "publish.committed": "a version is published, and its run's times are not written yet",
    "rollback.moved": "pointers have moved back, and the ledger has not, in a transaction that is not committed",
    "rollback.taken_back": "pointers and ledger have moved back, in a transaction that is not committed",
    "rollback.committed": "a rollback is committed",
    "chain.moved": "all of a chain has moved back, in a transaction that is not committed",
    "chain.committed": "a chain has moved back, and nothing of it is calculated again",
    "chain.calculated": "a month of a chain is calculated again, and the chain is not finished",
    "post.posted": "transfers are in, in a transaction that is not committed",
    "post.committed": "transfers are committed",
    "pay.prepared": "a batch takes what is payable, in a transaction that is not committed",
    "pay.taken": "a batch is committed",
    "pay.exported": "a batch is exported, and its file does not have its final name",
    "pay.confirmed": "the bank's word is booked, in a transaction that is not committed",
    "send.claimed": "an attempt to send documents is in the journal, and nothing of it has gone",
    "send.gone": "the receiver has the documents, and the journal does not say so",
    "send.recorded": "the journal says that documents have arrived, and the next have not begun",
}
"""Every point and what is true at it. Who adds one names it here, and calls `reach` where it is."""


class FailPointError(Exception):
    """Raised at a point that was asked to fail; no error of a user."""


def reach(point: str) -> None:
    """Says that the process is at a point of POINTS. Does nothing unless the environment asks for it."""
    asked, _, how = os.environ.get(SETTING, "").partition(":")
    if asked != point:
        return
    if point not in POINTS:
        raise KeyError(point)
    if how == "raise":
        raise FailPointError(point)
    os.kill(os.getpid(), signal.SIGSTOP if how == "stop" else signal.SIGKILL)
