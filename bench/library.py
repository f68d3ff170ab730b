"""Three schemes of the library, each by itself: all contracts come under it, and a query is written by hand for it alone.

They are of different character: many events with a simple formula (charge_share); few events for which much is looked
up, and something is taken back (activation_by_tariff); plans, tiers and a limit of the period (plan_accelerator).
"""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from prm.duck import quote

SCHEMES: dict[str, dict[str, tuple[str, ...]]] = {
    "charge_share": {"first_months_share": ("", "0.06", "0.0725"), "second_year_share": ("", "0.02")},
    "activation_by_tariff": {"first_charges": ("", "50.00", "200.00"), "quality_bonus_rate": ("", "25.50")},
    "plan_accelerator": {
        "activation_fee": ("", "250.00", "310.55"), "accelerator": ("", "120.00"), "most_for_the_plan": ("", "20000.00"),
    },
}  # fmt: skip
"""The schemes, and what contracts agree on: these values in turn, the scheme's default where there is none."""

_COMPARED = (
    "counterparty_id", "contract_id", "scheme", "component", "stream", "data_set", "load_id", "row_number", "event_id", "event_date",
    "subscriber_id", "outlet_id", "product_id", "base_amount", "base_count", "amount", "outcome", "reason", "failed_condition",
)  # fmt: skip


def write_contracts(data: Path, target: Path, scheme: str) -> Path:
    """Writes the contracts of the benchmark's files with this scheme instead of theirs; returns the file."""
    with (
        (data / "contracts.csv").open(encoding="utf-8", newline="") as given,
        target.open("w", encoding="utf-8", newline="") as made,
    ):
        reader = csv.DictReader(given)
        kept = [name for name in reader.fieldnames or [] if not name.startswith("attribute:")]
        writer = csv.DictWriter(made, [*kept, *(f"attribute:{name}" for name in SCHEMES[scheme])], lineterminator="\n")
        writer.writeheader()
        for at, row in enumerate(reader):
            agreed = {f"attribute:{name}": values[at % len(values)] for name, values in SCHEMES[scheme].items()}
            writer.writerow({name: row[name] for name in kept} | agreed | {"scheme": scheme})
    return target


def differences(connection: duckdb.DuckDBPyConnection, ours: Path, by_hand: Path) -> list[tuple]:
    """The first lines of contracts that only one of both has; empty is well. ours: the folder of our tables.

    Ours also say of every other input row why it earns nothing; by hand nobody would.
    """
    tables = " union all by name ".join(
        f"select * from {quote(ours / f'{name}.parquet')}"
        for name in ("int_event_lines", "int_clawback_lines", "int_period_lines")
    )
    columns = ", ".join(_COMPARED)
    connection.execute(
        f"create or replace temp view ours as select {columns} from ({tables}) where contract_id is not null"
    )
    connection.execute(f"create or replace temp view by_hand as select {columns} from {quote(by_hand)}")
    return connection.execute("""
        select * from (
            select 'ours' as whose, * from (select * from ours except all select * from by_hand)
            union all
            select 'by hand', * from (select * from by_hand except all select * from ours)
        ) order by all limit 10""").fetchall()
