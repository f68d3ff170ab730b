"""The assets that tie the DAGs together. Their partition keys are periods, or a period and a counterparty.

Imported by every DAG file at each parse: nothing but Airflow's SDK may be imported here.
"""

from __future__ import annotations

from airflow.sdk import Asset

FACT_DATA_SETS = (
    "kit_sales", "subscribers", "charges", "payments", "operations", "antifraud_marks", "plans", "exchange_rates",
    "penalties",
)  # fmt: skip

FACTS = {
    data_set: Asset(name=f"facts/{data_set}", uri=f"prm://facts/{data_set}", group="facts")
    for data_set in FACT_DATA_SETS
}
"""What is live of a data set in a period changed. An event a period: partition key `2026-10`."""

COMPLETE = Asset(name="facts/complete", uri="prm://facts/complete", group="facts")
"""A period whose facts changed has every file that is expected of it: it can be calculated, or calculated again."""

REWARDS = Asset(name="rewards", uri="prm://rewards", group="results")
"""The current rewards changed: of a period (`2026-10`) or of one counterparty in it (`2026-10|D00042`)."""

LEDGER = Asset(name="ledger", uri="prm://ledger", group="results")
"""Rewards or penalties were posted: an event a month that they are of, or are booked in (`2026-10`)."""

DOCUMENTS = Asset(name="documents", uri="prm://documents", group="results")
"""The documents of a partition are those of its current rewards, and of what is posted of them."""
