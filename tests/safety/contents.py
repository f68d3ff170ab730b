"""All that the books say, so that two of them can be compared: rows without what two equal works may differ in.

Numbers that a killed process has used up are told by their order, times and hashes of them are left out. What a run that
was never published has written, and a file that a row names and that is not there, make the books torn.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from prm import database
from prm.database import Connection, Row
from prm.lake import fingerprint
from prm.settings import Settings

_SCHEMAS = ("registry", "loads", "runs", "results", "documents", "ledger", "settlement")
_LEFT_OUT = {
    "runs.fences", "ledger.accounts", "ledger.causes", "ledger.head",
}  # fmt: skip
_OF_FAILED_RUNS_TOO = ("runs.runs", "runs.dependencies")
_OF_RUNS = {"run_id", "from_run", "to_run", "on_run"}
_NUMBERED = {
    "runs.version_moves": "move", "runs.period_decisions": "decision", "runs.chains": "chain", "loads.history": "entry",
    "registry.attribute_history": "change_id", "settlement.payout_batches": "batch", "settlement.payouts": "payout",
    "settlement.payout_decisions": "decision", "settlement.bank_files": "bank_file",
}  # fmt: skip
_REFERENCES = {
    "move": "runs.version_moves", "decision": "runs.period_decisions", "batch": "settlement.payout_batches",
    "payout": "settlement.payouts", "bank_file": "settlement.bank_files",
}  # fmt: skip
_NUMBERS_INSIDE = {"end_to_end_id", "document_number", "purpose", "file_name", "file_hash", "reference", "content_hash"}
"""Columns of the room settlement that have such numbers in their text, or are hashes of it."""
_ANY = {"document_id", "seconds", "stages", "manifest", "problems", "error", "previous_hash", "hash"}
_OF_A_PAYOUT = re.compile(r"'(payout|payment|rejected)/\d+/")
_OF_A_CHAIN = re.compile(r"chain([ /])\d+")
_TIMES = ("timestamp with time zone", "timestamp without time zone")


def contents(settings: Settings) -> dict[str, Counter[str]]:
    """Table → its rows as text, with how often each is there."""
    with database.transaction(settings) as connection:
        numbers = _numbers(connection)
        said = {}
        for table, columns in _tables(connection).items():
            rows = connection.execute(f"select {', '.join(columns)} from {table}").fetchall()
            if table in _OF_FAILED_RUNS_TOO:
                rows = [row for row in rows if ("run", row["run_id"]) in numbers]
            said[table] = Counter(_text(table, row, numbers) for row in rows)
        said["delivered"] = _delivered(connection, settings)
    said["files"] = _files(settings)
    return said


def differences(expected: dict[str, Counter[str]], found: dict[str, Counter[str]]) -> list[str]:
    """What is lost, and what is there too much, table by table."""
    faults = []
    for table in sorted(expected.keys() | found.keys()):
        lost = expected.get(table, Counter()) - found.get(table, Counter())
        more = found.get(table, Counter()) - expected.get(table, Counter())
        faults += [f"{table} lost: {row}" for row in lost] + [f"{table} has too much: {row}" for row in more]
    return faults


def torn(settings: Settings) -> list[str]:
    """Results of runs that were never published, pointers and runs left at work: what half a transaction would leave."""
    with database.transaction(settings) as connection:
        unpublished = "(select run_id from runs.runs where state not in ('published', 'rolled back'))"
        faults = [
            f"run {row['run_id']} was not published and has rows of results.{table}"
            for table in ("versions", "rewards", "reward_lines", "row_outcomes", "ownership", "volumes")
            for row in connection.execute(
                f"select distinct run_id from results.{table} where run_id in {unpublished}"
                f" or run_id not in (select run_id from runs.runs)"
            )
        ]
        faults += [
            f"run {row['run_id']} says that it is running"
            for row in connection.execute("select run_id from runs.runs where state = 'running'")
        ]
        faults += [
            f"chain {row['chain']} was not finished"
            for row in connection.execute("select chain from runs.chains where finished_at is null")
        ]
        faults += [
            f"attempt {row['attempt']} to send has no end"
            for row in connection.execute("select attempt from reporting.deliveries where outcome is null")
        ]
    return faults


def left_over(settings: Settings) -> list[str]:
    """Files of lake and quarantine that no row names: harmless, for what is live is a row."""
    with database.transaction(settings) as connection:
        named = {row["path"] for row in connection.execute(
            "select path from loads.partitions union select path from loads.quarantined")}  # fmt: skip
    found = [path for folder in (settings.lake, settings.quarantine) for path in folder.rglob("*") if path.is_file()]
    return [name for path in found if (name := path.relative_to(settings.home).as_posix()) not in named]


def _tables(connection: Connection) -> dict[str, list[str]]:
    rows = connection.execute(
        """select format('%%I.%%I', n.nspname, c.relname) as name, quote_ident(a.attname) as attname, format_type(a.atttypid, null) as type
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           where n.nspname = any(%s) and c.relkind in ('r', 'p') and not c.relispartition order by 1, a.attnum""",
        [list(_SCHEMAS)],
    )
    tables: dict[str, list[str]] = {}
    for row in rows:
        if row["name"] not in _LEFT_OUT and row["type"] not in _TIMES and row["attname"] not in _ANY:
            tables.setdefault(row["name"], []).append(row["attname"])
    return tables


def _numbers(connection: Connection) -> dict[tuple[str, int], int]:
    """(kind, number) → its place among those that count."""
    kinds = {
        "run": "select run_id as number from runs.runs where state in ('published', 'rolled back') order by 1",
        **{table: f"select {key} as number from {table} order by 1" for table, key in _NUMBERED.items()},
    }
    return {
        (kind, row["number"]): place
        for kind, query in kinds.items()
        for place, row in enumerate(connection.execute(query), start=1)
    }


def _text(table: str, row: Row, numbers: dict[tuple[str, int], int]) -> str:
    def told(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [told(name, one) for one in value]
        if isinstance(value, dict):
            return {key: told(key, one) for key, one in value.items()}
        if name in _OF_RUNS and value is not None:
            return f"run #{numbers.get(('run', value), 'unpublished')}"
        if table.startswith("settlement.") and name in _NUMBERS_INSIDE:
            return "…"
        of = table if _NUMBERED.get(table) == name else _REFERENCES.get(name)
        if table == "settlement.payout_exports" and name == "decision":
            of = "settlement.payout_decisions"
        if of and isinstance(value, int):
            return f"#{numbers.get((of, value), 'none')}"
        # What a transfer's hash is of, and an approval's, has such numbers in it.
        return "…" if name == "content_hash" and table in ("ledger.transfers", "runs.period_decisions") else value

    text = str({name: str(told(name, value)) for name, value in row.items()})
    text = _OF_A_PAYOUT.sub(lambda found: f"'{found[1]}/#/", text)  # in a transfer's key
    return _OF_A_CHAIN.sub(lambda found: f"chain{found[1]}#", text)  # in the reason and key of what it calculates again


def _delivered(connection: Connection, settings: Settings) -> Counter[str]:
    """What the journal says has arrived in a folder, with what is there; how often it was tried is nobody's loss."""
    said: Counter[str] = Counter()
    for row in connection.execute("select path, sha256, address from reporting.deliveries where outcome = 'delivered'"):
        there = settings.home / row["address"] / row["path"].removeprefix("documents/")
        is_right = there.exists() and fingerprint(there) == row["sha256"]
        said[f"{row['path']} {row['sha256']}{'' if is_right else ' has not arrived'}"] += 1
    return said


def _files(settings: Settings) -> Counter[str]:
    """The files that rows name, each with what is in it now; one that is not what its row says is said to be so."""
    with database.transaction(settings) as connection:
        rows = connection.execute(
            """select path, content_hash from loads.partitions
               union select path, null from loads.quarantined union select path, sha256 from documents.documents"""
        ).fetchall()
    said: Counter[str] = Counter()
    for row in rows:
        path = settings.home / row["path"]
        content = fingerprint(path) if path.exists() else "gone"
        is_right = row["content_hash"] in (None, content)
        said[f"{row['path']} {content}{'' if is_right else ' is not what its row says'}"] += 1
    return said
