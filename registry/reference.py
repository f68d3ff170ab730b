"""Reference data from files: a replace-mode load becomes the registry's rows.

A file holds the whole data set. Its rows are inserted or updated, and rows of earlier files that are no
longer in it are removed; rows kept by hand (without a load) stay. Everything happens inside the caller's
transaction, which also registers the load, so that readers see the old file's rows or the new one's, whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pyarrow.parquet as parquet

from prm.database import Connection
from prm.errors import RefusedError
from registry.tax_statuses import ATTRIBUTE as TAX_STATUS
from registry.tax_statuses import check_tax_status

ATTRIBUTE = "attribute:"
_FILE = "file"


@dataclass(frozen=True)
class _Table:
    key: str
    columns: tuple[str, ...]
    attributes: str | None = None  # table of dated attribute values, if the data set may carry them


_TABLES = {
    "counterparties": _Table(
        "counterparty_id",
        ("counterparty_id", "name", "kind", "parent_id", "branch", "tax_number", "email"),
        attributes="counterparty_attributes",
    ),
    "products": _Table("product_id", ("product_id", "name", "product_group")),
    "outlets": _Table(
        "outlet_id",
        ("outlet_id", "counterparty_id", "name", "kind", "region", "opened_on", "closed_on"),
    ),
    "contracts": _Table(
        "contract_id",
        (
            "contract_id", "counterparty_id", "scheme", "valid_from", "valid_to",
            "status", "currency", "vat_status", "settlement_level", "notice_days", "acceptance_days", "minimum_payout",
        ),
        attributes="contract_attributes",
    ),
    "bank_accounts": _Table(
        "bank_account_id",
        (
            "bank_account_id", "counterparty_id", "outlet_id", "recipient", "tax_number", "kpp", "account", "bank",
            "bic", "correspondent_account", "currency", "valid_from",
        ),
    ),
}  # fmt: skip

REFERENCE_DATA_SETS = tuple(_TABLES)
"""The data sets kept here, in the order in which they refer to one another."""


def apply_reference(connection: Connection, data_set: str, path: Path, load_id: str) -> int:
    """Makes the rows of an accepted load the registry's rows; returns how many there are.

    connection: an open transaction, committed by the caller. path: the load's Parquet file.
    Raises RefusedError where a row refers to something unknown, where a row that vanished from the file
    is still referred to (an outlet of a counterparty that is gone), and where two rows say something of the same.
    """
    table = _TABLES[data_set]
    rows = parquet.read_table(path).to_pylist()
    columns = ", ".join(table.columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in (*table.columns[1:], "load_id"))
    try:
        with connection.transaction():
            with connection.cursor() as cursor:
                if data_set == "counterparties":
                    cursor.executemany(
                        "insert into registry.branches values (%s) on conflict do nothing",
                        [[branch] for branch in sorted({row["branch"] for row in rows})],
                    )
                cursor.executemany(
                    f"""insert into registry.{data_set} ({columns}, load_id)
                        values ({", ".join(["%s"] * (len(table.columns) + 1))})
                        on conflict ({table.key}) do update set {updates}""",
                    [[*(row.get(name) for name in table.columns), load_id] for row in rows],
                )
            if table.attributes:
                _replace_attributes(connection, table, rows, load_id)
            connection.execute(
                f"delete from registry.{data_set} where load_id is not null and load_id <> %s", [load_id]
            )
            connection.execute("set constraints all immediate")
            connection.execute("set constraints all deferred")
    except psycopg.errors.ForeignKeyViolation as error:
        raise RefusedError(
            f"The {data_set} do not fit what is already known: {error.diag.message_detail}",
            hint="Load the file that holds the missing rows first, or correct this one.",
        ) from error
    except psycopg.errors.UniqueViolation as error:
        raise RefusedError(
            f"Two rows of the {data_set} say something of the same: {error.diag.message_detail}",
            hint="One of them has to go.",
        ) from error
    return len(rows)


def _replace_attributes(connection: Connection, table: _Table, rows: list[dict], load_id: str) -> None:
    """The file's `attribute:<name>` columns become dated values; an empty cell means that none is agreed."""
    names = [name for name in (rows[0] if rows else {}) if name.startswith(ATTRIBUTE)]
    connection.execute(f"delete from registry.{table.attributes} where load_id is not null")
    values = [
        [row[table.key], name.removeprefix(ATTRIBUTE), row.get("valid_from") or "1900-01-01", row[name], _FILE, load_id]
        for row in rows
        for name in names
        if row[name] not in (None, "")
    ]  # fmt: skip
    if table.attributes == "counterparty_attributes":
        for value in {value for _, attribute, _, value, *_ in values if attribute == TAX_STATUS}:
            check_tax_status(value)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"""insert into registry.{table.attributes}
                    ({table.key}, attribute, valid_from, value, author, load_id)
                values (%s, %s, %s, %s, %s, %s)
                on conflict ({table.key}, attribute, valid_from) do nothing""",  # a value set by hand stays
            values,
        )
