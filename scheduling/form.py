"""What the DAGs' trigger forms have in common.

Imported by DAG files at each parse: nothing but Airflow's SDK may be imported here.
"""

from __future__ import annotations

from airflow.sdk import Param


def period(description: str, *, optional: bool = True) -> Param:
    """A month, such as 2026-10. optional: it may be left out, because a partition key can say it."""
    return Param(
        **({"default": None} if optional else {}),
        type=["null", "string"] if optional else "string",
        pattern=r"^\d{4}-(0[1-9]|1[0-2])$",
        title="Period",
        description_md=description,
        examples=["2026-10"],
    )


def counterparties(description: str) -> Param:
    """Ids of counterparties, one a line; none by default."""
    return Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Counterparties",
        description_md=description,
        examples=["D00042"],
    )
