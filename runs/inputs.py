"""What a run calculates from, pinned: the live loads' files, the registry as it is now, the compiled terms.

Everything ends up as the schema `inputs` of the run's private DuckDB database: views over the lake's files
(which never change) and over the snapshot in the run's own folder. `manifest.json` lists all of it with
hashes; equal manifests give equal results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as parquet

import loaders
import registry
import schemes
from prm import duck
from prm.database import Connection
from prm.lake import fingerprint
from prm.money import MONEY_SQL
from prm.period import Period
from prm.settings import PROJECT, Settings
from runs.dbt_process import DATABASE
from runs.errors import NothingToCalculateError

FACTS: dict[str, dict[str, str]] = {
    "kit_sales": {
        "load_id": "varchar", "row_number": "int", "sale_id": "varchar", "iccid": "varchar", "outlet_id": "varchar",
        "product_id": "varchar", "sold_on": "date", "price": MONEY_SQL,
    },
    "subscribers": {
        "load_id": "varchar", "row_number": "int", "subscriber_id": "varchar", "changed_on": "date",
        "msisdn": "varchar", "iccid": "varchar", "product_id": "varchar", "branch": "varchar",
        "activated_on": "date", "deactivated_on": "date", "status": "varchar",
    },
    "charges": {
        "load_id": "varchar", "row_number": "int", "charge_id": "varchar", "subscriber_id": "varchar",
        "product_id": "varchar", "charged_on": "date", "amount": MONEY_SQL, "charge_kind": "varchar",
    },
    "payments": {
        "load_id": "varchar", "row_number": "int", "payment_id": "varchar", "subscriber_id": "varchar",
        "outlet_id": "varchar", "paid_on": "date", "amount": MONEY_SQL, "channel": "varchar",
    },
    "antifraud_marks": {
        "load_id": "varchar", "row_number": "int", "mark_id": "varchar", "subscriber_id": "varchar",
        "valid_from": "date", "valid_to": "date", "reason": "varchar",
    },
}  # fmt: skip
"""The facts a calculation reads, with the columns it relies on; a data set without a load is an empty table."""

OF_THE_PERIOD = ("charges", "payments")
"""Facts that count in their own period only; of the others, every live load is read."""


@dataclass(frozen=True)
class Pinned:
    """A run's inputs, written down: `manifest` is JSON, `inputs_hash` its SHA-256, scope aside."""

    folder: Path
    manifest: dict[str, Any]
    inputs_hash: str
    problems: list[schemes.ContractProblem]


def pin(
    connection: Connection, period: Period, counterparties: Sequence[str] | None, folder: Path, settings: Settings
) -> Pinned:
    """Writes a run's inputs into its folder and lists them.

    connection: a repeatable-read transaction, so that loads, registry and schemes are of one moment.
    Raises NothingToCalculateError where no scheme or no fact of the period is there.
    """
    loads = {
        data_set: loaders.live_partitions(
            connection, data_set, period if data_set in OF_THE_PERIOD else None, settings=settings
        )
        for data_set in FACTS
    }
    snapshot = registry.export_snapshot(connection, folder / "inputs")
    contracts = parquet.read_table(snapshot["contracts"]).to_pylist()
    versions = registry.scheme_versions(connection, {row["scheme"] for row in contracts})
    if not versions:
        raise NothingToCalculateError(
            "No contract is under a scheme that was added.",
            hint="Load contracts, and add their schemes: prm registry add-library, or prm registry add-scheme FILE",
        )
    compiled = schemes.compile_terms(
        contracts,
        parquet.read_table(snapshot["contract_attributes"]).to_pylist(),
        versions,
        period,
    )
    for name in ("rules", "terms", "tier_steps", "limits"):
        snapshot[name] = folder / "inputs" / f"{name}.parquet"
        parquet.write_table(getattr(compiled, name), snapshot[name])
    manifest = {
        "period": str(period),
        "counterparties": sorted(counterparties) if counterparties else None,
        "loads": {
            data_set: [
                {
                    "load_id": row["load_id"],
                    "period": row["period"],
                    "rows": row["rows"],
                    "path": str(Path(row["path"]).relative_to(settings.home)),
                    "content_hash": row["content_hash"],
                }
                for row in sorted(rows, key=lambda row: (row["period"], row["load_id"]))
            ]
            for data_set, rows in loads.items()
        },
        "snapshot": {name: fingerprint(path) for name, path in sorted(snapshot.items())},
        "schemes": {f"{scheme.scheme} v{scheme.version}": schemes.content_hash(scheme) for scheme in versions},
        "code": code_hash(),
        "engine": f"duckdb {duckdb.__version__}",
    }
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    _database(folder, period, counterparties, manifest, settings)
    return Pinned(folder, manifest, _hash_of_inputs(manifest), compiled.problems)


def _hash_of_inputs(manifest: dict[str, Any]) -> str:
    """Of everything but whom the run is for: a counterparty's version does not depend on its batch."""
    of_all = {name: value for name, value in manifest.items() if name != "counterparties"}
    return hashlib.sha256(json.dumps(of_all, sort_keys=True).encode()).hexdigest()


def code_hash() -> str:
    """SHA-256 over the models and the building blocks: what turns inputs into results."""
    digest = hashlib.sha256()
    for root in (PROJECT / "calc_models", PROJECT / "schemes" / "components"):
        for path in sorted(root.rglob("*.sql")):
            if not {"target", "logs"} & set(path.relative_to(root).parts):
                digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _database(
    folder: Path, period: Period, counterparties: Sequence[str] | None, manifest: dict[str, Any], settings: Settings
) -> None:
    """The schema `inputs` of a fresh private database."""
    path = folder / DATABASE
    path.unlink(missing_ok=True)
    with duck.connect(path, settings=settings) as duckdb_connection:
        execute = duckdb_connection.execute
        execute("create schema inputs")
        execute("create table inputs.run (period varchar, period_start date, period_end date)")
        execute("insert into inputs.run values (?, ?, ?)", [str(period), period.start, period.end])
        execute("create table inputs.scope (counterparty_id varchar)")
        for counterparty_id in sorted(counterparties or ()):
            execute("insert into inputs.scope values (?)", [counterparty_id])
        for data_set, columns in FACTS.items():
            files = [settings.home / load["path"] for load in manifest["loads"][data_set]]
            _facts_view(execute, data_set, columns, files)
        for name in manifest["snapshot"]:
            file = duck.quote(folder / "inputs" / f"{name}.parquet")
            execute(f"create view inputs.{name} as select * from read_parquet({file})")


def _facts_view(execute: Any, data_set: str, columns: dict[str, str], files: list[Path]) -> None:
    if not files:
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        execute(f"create table inputs.{data_set} ({typed})")
        return
    listed = ", ".join(duck.quote(file) for file in files)
    selected = ", ".join(columns)
    execute(f"create view inputs.{data_set} as select {selected} from read_parquet([{listed}])")
