"""What always holds of a calculation, checked on its tables before anything is published.

Each rule is a query that must return no row; the first that does stops the run, and nothing is published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from prm.errors import InvariantError
from prm.settings import Settings

STREAM_DATA_SETS = ("subscribers", "charges", "payments", "operations")

RULES = {
    "lines add up to the rewards": """
        select contract_id, component, scheme_version, sum(amount) as lines, any_value(reward) as reward
        from (
            select contract_id, component, scheme_version, amount, null as reward from reward_lines
            where contract_id is not null
            union all by name
            select contract_id, component, scheme_version, -amount as amount, amount as reward from rewards
        )
        group by contract_id, component, scheme_version
        having sum(amount) <> 0 or count(reward) <> 1
    """,
    "every line has an amount, an outcome and, where it earned nothing, a reason": """
        select * from reward_lines
        where amount is null or outcome is null or counterparty_id is null
            or (outcome = 'not_eligible') <> (reason is not null)
            or (outcome in ('not_eligible', 'counted') and amount <> 0)
    """,
    "nothing is taken back, or given back, beyond what is left": """
        select * from int_clawback_lines
        where amount not between least(-base_amount, 0) and greatest(-base_amount, 0)
    """,
    "nobody's events earn nothing": """
        select * from reward_lines where counterparty_id = '' and amount <> 0
    """,
}
OF_WHOLE_PERIODS = {
    "every input row ends in exactly one place": """
        select data_set, load_id, sum(pinned) as rows_of_the_file, sum(ended) as rows_with_an_end
        from (
            select data_set, load_id, rows as pinned, 0 as ended from pinned_rows
            union all
            select data_set, load_id, 0, rows from row_outcomes
        )
        group by data_set, load_id
        having sum(pinned) <> sum(ended)
    """,
    "every input row has exactly one first line": """
        select data_set, load_id, sum(pinned) as rows_of_the_file, sum(lines) as first_lines
        from (
            select data_set, load_id, rows as pinned, 0 as lines from pinned_rows
            union all
            select data_set, load_id, 0, 1 from int_event_lines where line_ordinal = 1
        )
        group by data_set, load_id
        having sum(pinned) <> sum(lines)
    """,
}

_LATER = {
    "int_first_days_facts": """
        select cast(null as varchar) as activity, cast(null as varchar) as event_id, cast(null as varchar) as subscriber_id,
               cast(null as date) as activated_on, cast(null as date) as happened_on, cast(null as int) as day,
               cast(null as decimal(18, 4)) as amount, cast(null as varchar) as event_currency
        where false
    """,
    "int_volumes_of_each": """
        select cast(null as varchar) as counterparty_id, cast(null as varchar) as contract_id,
               cast(null as varchar) as component, cast(null as varchar) as per, cast(null as varchar) as per_id,
               cast(null as bigint) as base_count, cast(null as decimal(18, 4)) as base_amount
        where false
    """,
    "int_plans": """
        select cast(null as varchar) as counterparty_id, cast(null as varchar) as plan,
               cast(null as decimal(18, 4)) as target
        where false
    """,
}
"""Tables that runs of earlier versions of the project did not leave: they read as empty."""


def check(connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> None:
    """Checks the tables of a run. Raises InvariantError with the first rule broken and a row that breaks it.

    connection: one on which `open_tables` has made the run's tables visible.
    """
    pinned = [
        {"data_set": data_set, "load_id": load["load_id"], "rows": load["rows"]}
        for data_set in STREAM_DATA_SETS
        for load in manifest["loads"][data_set]
        if load["period"] == manifest["period"]
    ]
    schema = pyarrow.schema([("data_set", pyarrow.string()), ("load_id", pyarrow.string()), ("rows", pyarrow.int64())])
    connection.register("pinned_rows", pyarrow.Table.from_pylist(pinned, schema=schema))
    rules = RULES if manifest["counterparties"] else RULES | OF_WHOLE_PERIODS
    for rule, query in rules.items():
        broken = connection.execute(f"select * from ({query}) limit 1").fetchone()
        if broken:
            raise InvariantError(f"A rule of the calculation does not hold: {rule}. It is broken by {broken}.")


def open_tables(folder: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection that sees the tables of a run by their names."""
    from prm import duck
    from runs.build import OUTPUTS

    connection = duck.connect(settings=settings)
    for name in OUTPUTS:
        path = folder / "tables" / f"{name}.parquet"
        if name in _LATER and not path.exists():
            connection.execute(f"create view {name} as {_LATER[name]}")
        else:
            connection.execute(f"create view {name} as select * from read_parquet({duck.quote(path)})")
    connection.execute("""
        create view reward_lines as
        select * from int_event_lines
        union all by name
        select * from int_clawback_lines
        union all by name
        select * from int_period_lines
    """)
    return connection
