"""Publishing: a run's tables into PostgreSQL and the pointer moved, in one transaction.

Rows go in by binary COPY (ADBC), straight from Parquet. Readers see the version before until the commit, and
the new one, whole, after it. The first thing the transaction does is to read the fences: a newer run that
has begun in the meantime makes it give way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from prm import database
from prm.errors import StaleError
from prm.fail_points import reach
from prm.period import Period
from prm.settings import Settings
from runs.invariants import open_tables
from runs.locks import FENCES, fence_scope

if TYPE_CHECKING:
    import adbc_driver_postgresql.dbapi as adbc

_LINE = (
    "contract_id", "scheme", "scheme_version", "component", "stream", "data_set", "load_id", "row_number",
    "event_id", "event_date", "subscriber_id", "outlet_id", "product_id", "base_amount", "base_count", "amount",
    "currency", "original_amount", "original_currency", "exchange_rate", "outcome", "reason", "failed_condition", "tier_split",
)  # fmt: skip
_TAKEN = (
    "taken_period", "taken_contract_id", "taken_component", "taken_stream", "taken_data_set", "taken_load_id",
    "taken_row_number",
)  # fmt: skip
_REWARD = (
    "contract_id", "scheme", "scheme_version", "component", "currency", "lines", "paid_lines", "base_amount", "amount",
)  # fmt: skip

PUBLISHED = {
    # Lines of streams that a contract does not pay on stay in the run's Parquet; their counts are published.
    "reward_lines": f"""
        select counterparty_id, {", ".join((*_LINE, *_TAKEN))} from reward_lines
        where reason is null or reason not in ('not_paid_on', 'not_an_activation')
    """,
    "rewards": f"select counterparty_id, {', '.join(_REWARD)} from rewards",
    "row_outcomes": "select counterparty_id, data_set, load_id, outcome, reason, rows from row_outcomes",
    "ownership": """
        select subscriber_id, coalesce(counterparty_id, '') as counterparty_id, outlet_id, link, valid_from,
               valid_to, iccid, sale_id, sold_on
        from int_ownership
    """,
    "volumes": """
        select counterparty_id, contract_id, scheme, scheme_version, component, base_count, base_amount
        from int_volumes
    """,
    "plans": "select counterparty_id, plan, target from int_plans",
    # An activation that was reported late is of the month it came in; the report of a change is none.
    "cohorts": """
        select counterparty_id, strftime(activated_in, '%Y-%m') as activated_in, count(*) filter (where is_activated) as activated,
               count(*) filter (where is_left) as left_now, count(*) filter (where is_returned) as returned,
               count(*) filter (where is_fraudulent) as fraudulent
        from (
            select coalesce(counterparty_id, '') as counterparty_id, date_trunc('month', activated_on) as activated_in,
                   coalesce(bool_or(stream = 'activation' and coalesce(ineligible_reason, '') not in ('repeated', 'not_an_activation')), false) as is_activated,
                   bool_or(stream = 'churn') as is_left,
                   bool_or(stream = 'reactivation') as is_returned,
                   coalesce(bool_or(ineligible_reason = 'fraud'), false) as is_fraudulent
            from int_events
            where (stream in ('activation', 'churn', 'reactivation') or ineligible_reason = 'fraud')
                and activated_on is not null and not is_only_for_clawbacks
            group by counterparty_id, activated_in, subscriber_id
        )
        where is_activated or is_left or is_returned or is_fraudulent
        group by counterparty_id, activated_in
    """,
}
"""What of a run's tables is published, table by table of the schema `results`."""

_SINCE_PLANS = ("plans", "cohorts")


def published_of(folder: Path) -> dict[str, str]:
    """What of a run was published, of `PUBLISHED`: runs of earlier versions of the project had no plans and cohorts."""
    if (folder / "tables" / "int_plans.parquet").exists():
        return PUBLISHED
    return {name: query for name, query in PUBLISHED.items() if name not in _SINCE_PLANS}


VERSIONS = f"""
    with

    hashes as (
        select counterparty_id, count(*) as lines, cast(0 as decimal(18, 4)) as amount,
               sum(cast(hash({", ".join(_LINE)}) as hugeint)) as hash
        from reward_lines group by counterparty_id
        union all
        select counterparty_id, 0, 0, sum(cast(hash('taken', {", ".join((*_LINE, *_TAKEN))}) as hugeint))
        from reward_lines where taken_period is not null group by counterparty_id
        union all
        select counterparty_id, 0, sum(amount), sum(cast(hash('reward', {", ".join(_REWARD)}) as hugeint))
        from rewards group by counterparty_id
    )

    select counterparty_id, cast(sum(lines) as bigint) as lines, cast(sum(amount) as decimal(18, 4)) as amount,
           printf('%032x', sum(hash)) as content_hash
    from hashes group by counterparty_id
"""
"""A version a counterparty: a hash of its lines and rewards that does not depend on their order, nor on who
else was in the run. Equal hashes mean equal content within one version of the engine (the manifest pins it)."""


def publish(
    folder: Path, run_id: int, period: Period, counterparties: Sequence[str] | None, *, settings: Settings
) -> dict[str, int]:
    """Publishes a run's tables; returns the rows of each. Raises StaleError if a newer run has begun."""
    import adbc_driver_postgresql.dbapi as adbc  # brings pandas: a second, and 80 MB in every process that imports this room

    with database.transaction(settings) as connection:
        connection.execute("select results.make_partitions(%s, %s)", [str(period), list(PUBLISHED)])
    rows: dict[str, int] = {}
    with (
        open_tables(folder, settings) as tables,
        adbc.connect(database.database_url(settings)) as publishing,
        publishing.cursor() as cursor,
    ):
        scope = fence_scope(counterparties)
        cursor.execute(FENCES, [str(period), scope])
        newest = cursor.fetchone()[0]
        if newest != run_id:
            raise StaleError(f"Run {run_id} of {period} gives way: run {newest} began after it. Nothing was published.")
        for name, query in PUBLISHED.items():
            rows[name] = _ingest(cursor, tables, partition_of(name, period), query, run_id, period)
        rows["versions"] = _ingest(cursor, tables, "versions", VERSIONS, run_id, period)
        reach("publish.written")
        for statement, parameters in _moves(run_id, period, scope):
            cursor.execute(statement, parameters)
        reach("publish.moved")
        publishing.commit()
    return rows


def summarise(period: Period, *, settings: Settings) -> None:
    """Lets the block-range indices know the new rows, which are readable without it, only slower.

    PostgreSQL writes every page anew when it is first read after a COPY; this does it before the first reader has to.
    """
    with database.connect(settings, autocommit=True) as connection:
        for table in PUBLISHED:
            connection.execute("select results.summarise(%s)", [partition_of(table, period)])


def partition_of(table: str, period: Period) -> str:
    """The name of a results table's partition of a period."""
    return f"{table}_{period.year:04d}_{period.month:02d}"


def _ingest(
    cursor: adbc.Cursor, tables: duckdb.DuckDBPyConnection, table: str, query: str, run_id: int, period: Period
) -> int:
    reader = tables.execute(
        f"select cast({run_id} as bigint) as run_id, '{period}' as period, * from ({query})"
    ).to_arrow_reader(100_000)
    return cursor.adbc_ingest(table, reader, mode="append", db_schema_name="results")


def _moves(run_id: int, period: Period, scope: str) -> list[tuple[str, list[Any]]]:
    """The pointer's move to the run's versions. Who has nothing any more gets an empty version."""
    return [
        (
            """insert into results.versions (run_id, period, counterparty_id, lines, amount, content_hash)
               select $1, $2, counterparty_id, 0, 0, ''
               from (
                   select counterparty_id from runs.current_versions where period = $2 and $3 = ''
                   union
                   select jsonb_array_elements_text(nullif($3, '')::jsonb)
               ) as expected
               where counterparty_id not in (select counterparty_id from results.versions where run_id = $1)""",
            [run_id, str(period), scope],
        ),
        (
            """insert into runs.version_moves (period, counterparty_id, from_run, to_run, what, moved_at)
               select versions.period, versions.counterparty_id, current_versions.run_id, versions.run_id, 'published',
                      (select runs.moment($2))
               from results.versions left join runs.current_versions using (period, counterparty_id)
               where versions.run_id = $1""",
            [run_id, str(period)],
        ),
        (
            """insert into runs.current_versions (period, counterparty_id, run_id)
               select period, counterparty_id, run_id from results.versions where run_id = $1
               on conflict (period, counterparty_id) do update set run_id = excluded.run_id""",
            [run_id],
        ),
        ("update runs.runs set state = 'published', finished_at = now() where run_id = $1", [run_id]),
    ]
