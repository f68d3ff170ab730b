"""What a user would write by hand: a query for DuckDB and one for PostgreSQL with four library schemes' rules inside, and
for DuckDB one for each of three schemes alone.

They read the same pinned inputs as a run of ours and must pay the same to the kopeck; `tests/bench` compares them.
"""

from __future__ import annotations

import json
from pathlib import Path

from prm.duck import quote
from prm.period import Period

QUERIES = Path(__file__).parent
REFERENCE = ("counterparties", "outlets", "products", "contracts", "contract_attributes", "links", "fraud_marks")
FACTS = {
    "kit_sales": "load_id text, row_number int, sale_id text, iccid text, outlet_id text, product_id text, sold_on date, price numeric(18, 4)",
    "subscribers": "load_id text, row_number int, subscriber_id text, changed_on date, msisdn text, iccid text, product_id text, "
    "branch text, activated_on date, deactivated_on date, status text",
    "charges": "load_id text, row_number int, charge_id text, subscriber_id text, product_id text, charged_on date, "
    "amount numeric(18, 4), charge_kind text",
    "payments": "load_id text, row_number int, payment_id text, subscriber_id text, outlet_id text, paid_on date, "
    "amount numeric(18, 4), channel text",
    "antifraud_marks": "load_id text, row_number int, mark_id text, subscriber_id text, valid_from date, valid_to date, reason text",
}
"""The facts' columns as a user would declare them in PostgreSQL."""
MORE_FACTS = {
    "plans": "load_id text, row_number int, counterparty_id text, plan text, starts_on date, target numeric(18, 4)",
    "charges_since": FACTS["charges"],
}
"""What only some schemes ask for: plans, and the charges since the activations that are looked at later."""


def inputs_of_run(run: Path, home: Path, *, with_more_facts: bool = False) -> dict[str, list[Path]]:
    """The Parquet files that a run has pinned, by table. run: its folder; home: the settings' home."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    names = [*FACTS, *(MORE_FACTS if with_more_facts else ())]
    files = {name: [home / load["path"] for load in manifest["loads"][name]] for name in names}
    return files | {name: [run / "inputs" / f"{name}.parquet"] for name in REFERENCE}


def views(files: dict[str, list[Path]]) -> str:
    """SQL that makes a view of each table over its files."""
    made = []
    for name, paths in files.items():
        if paths:
            listed = ", ".join(quote(path) for path in paths)
            made.append(f"create or replace view {name} as select * from read_parquet([{listed}])")
        else:
            columns = ", ".join(f"null::{kind} as {column}" for column, kind in columns_of(name).items())
            made.append(f"create or replace view {name} as select {columns} limit 0")
    return ";\n".join(made)


def query(name: str, period: Period) -> str:
    """A hand-written query for a period. name: `calculate_duckdb`, `calculate_postgres`, or a scheme's."""
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    owners = (QUERIES / "owners.sql").read_text(encoding="utf-8").rstrip()
    text = text.replace(":owners", owners)
    return text.replace(":period_start", str(period.start)).replace(":period_end", str(period.end))


def columns_of(table: str) -> dict[str, str]:
    """A facts table's columns and their types."""
    declared = {**FACTS, **MORE_FACTS}[table].replace("(18, 4)", "(18;4)").split(", ")
    return {name: kind.replace(";", ", ") for name, kind in (column.split(" ", 1) for column in declared)}
