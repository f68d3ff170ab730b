"""What single subscribers brought in earlier periods, where a cap on each is over the contract: pinned with a run.

As published: what their events were paid, less what was taken back of that, less what caps cut. Read from the Parquet of
the runs whose versions are current, added up before anything leaves the engine: a row a subscriber, not one a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow

import schemes
from prm import duck
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings
from runs.earlier_files import CURRENT, current_runs, files_of, read, run_of
from runs.tables import verify_tables

_BALANCES = pyarrow.schema([
    ("counterparty_id", pyarrow.string()), ("contract_id", pyarrow.string()), ("component", pyarrow.string()),
    ("subscriber_id", pyarrow.string()), ("paid_before", pyarrow.decimal128(18, 4)), ("cut_before", pyarrow.decimal128(18, 4)),
])  # fmt: skip
_TABLES = {
    "int_event_lines": """
        select counterparty_id, contract_id, component as member, subscriber_id, amount, filename
        from {read} where outcome = 'paid' and subscriber_id is not null""",
    "int_clawback_lines": """
        select counterparty_id, taken_contract_id as contract_id, taken_component as member, subscriber_id, amount, filename
        from {read} where subscriber_id is not null""",
    "int_subscriber_caps": """
        select counterparty_id, contract_id, component as member, subscriber_id, amount, filename from {read}""",
}
"""What earlier runs left of what was paid, taken back, and cut, subscriber by subscriber."""


def over_contracts(compiled: schemes.CompiledTerms) -> list[dict[str, Any]]:
    """The rows of caps on single subscribers that are over the contract: contract_id, component, member."""
    return [row for row in compiled.subscriber_caps.to_pylist() if row["is_over_contract"]]


def subscriber_balances(
    connection: Connection,
    period: Period,
    compiled: schemes.CompiledTerms,
    settings: Settings,
    *,
    verifies: bool = True,
) -> pyarrow.Table:
    """By cap and subscriber: what had been paid before this period, and what the cap had cut and not given back.

    verifies: the files are compared with their hashes first. Raises NotFoundError where the folder of a run is gone
    whose version is current, DamagedError where a file of it has changed.
    """
    caps = over_contracts(compiled)
    current = current_runs(connection, period) if caps else []
    runs = {row["run_id"] for row in current}
    files = {name: files_of(runs, name, settings) for name in _TABLES}
    lines = " union all ".join(
        f"({query.format(read=read(files[name]))})" for name, query in _TABLES.items() if files[name]
    )
    if not lines:
        return _BALANCES.empty_table()
    if verifies:
        verify_tables(connection, runs, settings, _TABLES)
    with duck.connect(settings=settings) as tables:
        tables.register("current_runs", pyarrow.Table.from_pylist(current, schema=CURRENT))
        tables.register("members", _members(caps))
        found = tables.execute(f"""
            select members.counterparty_id, members.contract_id, members.component, lines.subscriber_id,
                   cast(sum(lines.amount) as decimal(18, 4)) as paid_before,
                   cast(coalesce(-sum(lines.amount) filter (where lines.member = members.component), 0) as decimal(18, 4)) as cut_before
            from ({lines}) as lines
            inner join current_runs on {run_of("lines")} = current_runs.run_id
                and lines.counterparty_id = current_runs.counterparty_id
            inner join members on lines.contract_id = members.contract_id and lines.member = members.member
            where lines.amount <> 0
            group by members.counterparty_id, members.contract_id, members.component, lines.subscriber_id
            having paid_before <> 0 or cut_before <> 0
            order by all
        """).to_arrow_table()
    return found.cast(_BALANCES)


def _members(caps: Iterable[dict[str, Any]]) -> pyarrow.Table:
    """What each cap adds up: what it is of, in any of the versions that have it, and what it has cut itself."""
    names = ("counterparty_id", "contract_id", "component")
    rows = {(*(row[name] for name in names), member) for row in caps for member in (row["member"], row["component"])}
    schema = pyarrow.schema([(name, pyarrow.string()) for name in (*names, "member")])
    return pyarrow.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in sorted(rows)], schema=schema)
