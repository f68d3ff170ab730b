"""The book of loads in PostgreSQL: what was offered, what became of it, what is live.

Every change is one transaction under locks on the content and on the slot, so that two loaders can neither
register the same bytes twice nor leave a slot with two live loads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

import registry
from loaders.contract import Contract, FileName, contracts
from prm import database
from prm.database import Connection
from prm.errors import NotFoundError
from prm.period import Period
from prm.settings import Settings, get_settings


@dataclass(frozen=True)
class Partition:
    """A typed Parquet file of a load. path: relative to the project's home. period: None for reference data."""

    period: str | None
    path: str
    rows: int
    content_hash: str


@dataclass(frozen=True)
class Accepted:
    """All that is registered of an accepted file."""

    load_id: str
    content_hash: str
    bytes: int
    rows_total: int
    rows_accepted: int
    partitions: list[Partition]
    reasons: dict[str, int] = field(default_factory=dict)
    quarantine_path: str = ""
    control: dict[str, Any] | None = None


def lock(connection: Connection, *names: str) -> None:
    """Holds the named locks until the transaction ends."""
    for name in names:
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"loads:{name}"])


def find(connection: Connection, content_hash: str) -> dict[str, Any] | None:
    """The load of that content, if it was ever offered."""
    return connection.execute("select * from loads.loads where content_hash = %s", [content_hash]).fetchone()


def was_offered_as(connection: Connection, load_id: str, file_name: str) -> bool:
    """Whether a load's bytes have been offered under that file name before."""
    row = connection.execute(
        "select 1 from loads.history where load_id = %s and file_name = %s limit 1", [load_id, file_name]
    ).fetchone()
    return row is not None


def record(connection: Connection, load_id: str, what: str, file_name: str) -> None:
    """Adds an entry to a load's history."""
    connection.execute(
        "insert into loads.history (load_id, what, file_name) values (%s, %s, %s)", [load_id, what, file_name]
    )


def accept(
    connection: Connection, contract: Contract, given: FileName, file_name: str, load: Accepted,
    *, seconds: float, settings: Settings,
) -> str | None:  # fmt: skip
    """Registers an accepted load as its slot's live one; returns the load that it supersedes, if any.

    Reference data become the registry's rows in the same transaction; RefusedError if they do not fit.
    """
    former = _supersede(connection, given.slot, load.load_id)
    connection.execute(
        """insert into loads.loads (load_id, data_set, file_name, slot, branch, state, content_hash, bytes,
                rows_total, rows_accepted, rows_quarantined, control, seconds)
           values (%(load_id)s, %(data_set)s, %(file_name)s, %(slot)s, %(branch)s, 'live', %(content_hash)s, %(bytes)s,
                %(total)s, %(accepted)s, %(quarantined)s, %(control)s, %(seconds)s)
           on conflict (load_id) do update set
                data_set = excluded.data_set, file_name = excluded.file_name, slot = excluded.slot,
                branch = excluded.branch, state = 'live', state_reason = null, rows_total = excluded.rows_total,
                rows_accepted = excluded.rows_accepted, rows_quarantined = excluded.rows_quarantined,
                control = excluded.control, seconds = excluded.seconds, loaded_at = now()""",
        {
            "load_id": load.load_id, "data_set": contract.data_set, "file_name": file_name, "slot": given.slot,
            "branch": given.branch, "content_hash": load.content_hash, "bytes": load.bytes,
            "total": load.rows_total, "accepted": load.rows_accepted,
            "quarantined": load.rows_total - load.rows_accepted,
            "control": Jsonb(load.control) if load.control else None, "seconds": round(seconds, 3),
        },
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into loads.partitions (load_id, period, path, rows, content_hash) values (%s, %s, %s, %s, %s)",
            [[load.load_id, one.period, one.path, one.rows, one.content_hash] for one in load.partitions],
        )
        cursor.executemany(
            "insert into loads.quarantined (load_id, reason, rows, path) values (%s, %s, %s, %s)",
            [[load.load_id, reason, rows, load.quarantine_path] for reason, rows in load.reasons.items()],
        )
    _name_successor(connection, former, load.load_id)
    record(connection, load.load_id, "accepted", file_name)
    _apply(connection, contract.data_set, load.load_id, settings)
    return former


def reinstate(connection: Connection, load: dict[str, Any], file_name: str, settings: Settings) -> str | None:
    """Makes a superseded or withdrawn load live again; returns the load that it supersedes in its turn."""
    former = _supersede(connection, load["slot"], load["load_id"])
    connection.execute(
        "update loads.loads set state = 'live', state_reason = null, superseded_by = null where load_id = %s",
        [load["load_id"]],
    )
    _name_successor(connection, former, load["load_id"])
    record(connection, load["load_id"], "reinstated", file_name)
    _apply(connection, load["data_set"], load["load_id"], settings)
    return former


def withdraw(connection: Connection, load: dict[str, Any], reason: str, author: str) -> list[str]:
    """A live load's rows count no more, and nothing takes their place; returns the periods that had them."""
    message = {"en": f"withdrawn by {author}: {reason}", "ru": f"отозван, {author}: {reason}"}
    connection.execute(
        "update loads.loads set state = 'withdrawn', state_reason = %s where load_id = %s",
        [Jsonb({"code": "withdrawn", "message": message}), load["load_id"]],
    )
    connection.execute(
        "insert into loads.history (load_id, what, file_name, reason, author) values (%s, 'withdrawn', %s, %s, %s)",
        [load["load_id"], load["file_name"], reason, author],
    )
    rows = connection.execute(
        "select period from loads.partitions where load_id = %s order by period", [load["load_id"]]
    )
    return [row["period"] for row in rows]


def refuse(
    connection: Connection, contract: Contract, given: FileName, file_name: str, content_hash: str,
    reason: dict[str, Any], *, size: int, seconds: float, rows_total: int | None, control: dict[str, Any] | None,
) -> None:  # fmt: skip
    """Registers a refused file with the reason; says nothing new where the same was said of it before."""
    load_id = content_hash[:16]
    known = find(connection, content_hash)
    if known and known["state"] != "refused":
        return  # another loader accepted these bytes in the meantime
    connection.execute(
        """insert into loads.loads (load_id, data_set, file_name, slot, branch, state, state_reason, content_hash,
                bytes, rows_total, control, seconds)
           values (%s, %s, %s, %s, %s, 'refused', %s, %s, %s, %s, %s, %s)
           on conflict (load_id) do update set
                data_set = excluded.data_set, file_name = excluded.file_name, slot = excluded.slot,
                branch = excluded.branch, state_reason = excluded.state_reason, rows_total = excluded.rows_total,
                control = excluded.control, seconds = excluded.seconds, loaded_at = now()""",
        [load_id, contract.data_set, file_name, given.slot, given.branch, Jsonb(reason), content_hash, size,
         rows_total, Jsonb(control) if control else None, round(seconds, 3)],
    )  # fmt: skip
    if not known or known["state_reason"] != reason or known["file_name"] != file_name:
        record(connection, load_id, "refused", file_name)


def known_ids(connection: Connection, data_set: str) -> set[str]:
    """The keys of a reference data set, as the registry holds them now."""
    key = contracts()[data_set].key[0]
    return {row[key] for row in connection.execute(f"select {key} from registry.{data_set}")}


def list_loads(
    connection: Connection, *, state: str | None = None, period: str | None = None, data_set: str | None = None
) -> list[dict[str, Any]]:
    """Loads as rows of `loads.loads` with `reasons` (rows refused by reason), by slot, then by age."""
    return connection.execute(
        """select loads.*, (select jsonb_object_agg(reason, rows) from loads.quarantined
                            where quarantined.load_id = loads.load_id) as reasons
           from loads.loads
           where (%(state)s::text is null or state = %(state)s)
             and (%(data_set)s::text is null or data_set = %(data_set)s)
             and (%(period)s::text is null or split_part(slot, '/', 2) = %(period)s
                  or load_id in (select load_id from loads.partitions where period = %(period)s))
           order by slot, loaded_at""",
        {"state": state, "period": period, "data_set": data_set},
    ).fetchall()


def live_partitions(
    connection: Connection, data_set: str, period: str | Period | None = None, *, settings: Settings | None = None
) -> list[dict[str, Any]]:
    """The Parquet files to read for a data set: load_id, period, path (absolute Path), content_hash, rows.

    period: only that period's files; None: all periods'. Ordered by period and load_id.
    """
    home = (settings or get_settings()).home
    rows = connection.execute(
        """select load_id, period, path, partitions.content_hash, rows
           from loads.partitions join loads.loads using (load_id)
           where state = 'live' and data_set = %(data_set)s and (%(period)s::text is null or period = %(period)s)
           order by period nulls first, load_id""",
        {"data_set": data_set, "period": str(period) if period else None},
    ).fetchall()
    return [row | {"path": home / row["path"]} for row in rows]


def missing_files(connection: Connection, period: str | Period) -> list[tuple[str, str]]:
    """The files a period still lacks: (data set, branch) of every expected one without a live load."""
    branches = [row["branch"] for row in connection.execute("select branch from registry.branches order by branch")]
    live = {row["slot"] for row in connection.execute("select slot from loads.loads where state = 'live'")}
    return [
        (contract.data_set, branch)
        for contract in contracts().values()
        if contract.expected == "branch"
        for branch in branches or [""]
        if f"{contract.data_set}/{period}/{branch}" not in live
    ]


def quarantined_rows(load_id: str, settings: Settings | None = None) -> list[dict[str, Any]]:
    """The refused rows of a load: row_number, reason, detail, raw. NotFoundError if there is no such load."""
    import pyarrow.parquet as parquet

    settings = settings or get_settings()
    with database.transaction(settings) as connection:
        if not connection.execute("select 1 from loads.loads where load_id = %s", [load_id]).fetchone():
            raise NotFoundError(f"There is no load '{load_id}'.", hint="`prm loads` lists them.")
        row = connection.execute("select path from loads.quarantined where load_id = %s", [load_id]).fetchone()
    return parquet.read_table(settings.home / row["path"]).to_pylist() if row else []


def _supersede(connection: Connection, slot: str, by: str) -> str | None:
    """The slot's live load gives way to `by`, whose own row is written (or updated) after this."""
    former = connection.execute(
        "select load_id, file_name from loads.loads where slot = %s and state = 'live' and load_id <> %s", [slot, by]
    ).fetchone()
    if not former:
        return None
    connection.execute("update loads.loads set state = 'superseded' where load_id = %s", [former["load_id"]])
    record(connection, former["load_id"], "superseded", former["file_name"])
    return former["load_id"]


def _name_successor(connection: Connection, former: str | None, load_id: str) -> None:
    if former:
        connection.execute("update loads.loads set superseded_by = %s where load_id = %s", [load_id, former])


def _apply(connection: Connection, data_set: str, load_id: str, settings: Settings) -> None:
    if data_set in registry.REFERENCE_DATA_SETS:
        row = connection.execute("select path from loads.partitions where load_id = %s", [load_id]).fetchone()
        assert row, "an accepted reference load has exactly one partition"
        registry.apply_reference(connection, data_set, settings.home / row["path"], load_id)
