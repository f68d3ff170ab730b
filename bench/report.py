"""What the benchmark found, as a table and as a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import documents
from bench.library import SCHEMES
from bench.settling import CHECKED, PAYEES
from bench.versions import COUNT

_BEGIN, _END = "<!-- measured: {} -->", "<!-- end -->"


@dataclass(frozen=True)
class Measured:
    """A step's findings, and the peak memory of its largest process in bytes."""

    found: dict[str, Any]
    peak: int

    @property
    def seconds(self) -> float:
        """Seconds of what was measured."""
        return self.found["seconds"]

    @property
    def given_up(self) -> bool:
        """Whether it took longer than it was given."""
        return self.found.get("given_up", False)

    @property
    def rows(self) -> int:
        """Rows it read or wrote."""
        return self.found.get("rows", 0)

    @property
    def start_of_dbt(self) -> float:
        """Seconds of a calculation's build in which no model ran."""
        return self.found["stages"]["build"] - self.found["models"]


Row = tuple[str, str, int, int, str, str]
"""What, seconds (`> 1,800` where it was given up), rows, peak bytes, ratio, aim."""


def rows_of(steps: dict[str, Measured]) -> list[Row]:
    """The table's rows, as far as their steps were run."""
    rows: list[Row] = []

    def add(
        what: str, step: str, seconds: float | None = None, against: float | None = None, aim: str = "",
        peak: int | None = None,
    ) -> None:  # fmt: skip
        if step in steps:
            one = steps[step]
            took = one.seconds if seconds is None else seconds
            more = "> " if one.given_up else ""
            ratio = f"{more}{took / against:.2f} ×" if against else ""
            rows.append((what, f"{more}{took:,.1f}", one.rows, one.peak if peak is None else peak, ratio, aim))

    def taken(step: str) -> float | None:
        return steps[step].seconds if step in steps else None

    def add_models(what: str, step: str, against: float | None = None, aim: str = "") -> None:
        """The models' seconds of a calculation that was not published, then what it took beside them."""
        one = steps.get(step)
        if one is None or one.given_up:
            add(what, step)
            return
        add(what, step, one.found["models"], against, aim)
        add("— dbt's start", step, one.start_of_dbt)
        add("— pinning the inputs", step, one.found["stages"]["pin"])

    ours = steps.get("calculate_ours")
    add("load: DuckDB's own CSV to Parquet", "load_by_hand")
    add("load: ours", "load_ours", against=taken("load_by_hand"), aim="≤ 1.5 ×")
    add("calculation: by hand, DuckDB", "calculate_by_hand")
    add("— its lines sorted as ours are", "calculate_by_hand_sorted")
    add("calculation: by hand, PostgreSQL: load", "postgres_load")
    add("calculation: by hand, PostgreSQL: query", "postgres_query", against=taken("calculate_by_hand"))
    if ours and not ours.given_up:
        stages = ours.found["stages"]
        add("calculation: our models", "calculate_ours", ours.found["models"], taken("calculate_by_hand"), "≤ 1.3 ×")
        add("— against the sorted one", "calculate_ours", ours.found["models"], taken("calculate_by_hand_sorted"))
        add("— dbt's start", "calculate_ours", ours.start_of_dbt)
        add("— pinning the inputs", "calculate_ours", stages["pin"])
        add("— checking the invariants", "calculate_ours", stages["check"])
        add("publishing: bare ADBC ingest of the same rows", "ingest_by_hand")
        add("publishing: ours", "calculate_ours", stages["publish"], taken("ingest_by_hand"), "≤ 1.3 ×")
        add("— first reading and indexing of what was published", "calculate_ours", stages["index"])
    add("one counterparty again, whole: the largest", "calculate_largest", aim="≤ 15 s")
    add("one counterparty again, whole: one in the middle", "calculate_middling", aim="≤ 15 s")
    for scheme in SCHEMES:
        add(f"{scheme} alone: by hand, DuckDB", f"{scheme}_by_hand")
        add_models(f"{scheme} alone: our models", f"{scheme}_ours", taken(f"{scheme}_by_hand"))
    add_models("one version of all features: our models", "one_version")
    one = steps.get("one_version")
    against = one.found["models"] if one and not one.given_up else None
    add_models(f"{COUNT} versions of all features: our models", "many_versions", against, "≤ 2 ×")
    add("rolling back the published month: its lines deleted by SQL", "roll_back_by_hand")
    add("rolling back the published month: ours, with the ledger", "roll_back_ours", against=taken("roll_back_by_hand"))
    add(f"settling {PAYEES:,} counterparties: plain SQL", "settle_by_hand")
    add(f"settling {PAYEES:,} counterparties: ours", "settle_ours", against=taken("settle_by_hand"))
    if settled := steps.get("settle_ours"):
        for stage, seconds in settled.found.get("stages", {}).items():
            add(f"— {stage}", "settle_ours", seconds)
    add(f"three years of {CHECKED:,} counterparties: sums by SQL", "check_by_hand")
    add(f"three years of {CHECKED:,} counterparties: `prm check`", "check_ours", against=taken("check_by_hand"))
    month = f"{documents.STATEMENTS:,} statements in Excel and PDF"
    add(month, "statements", aim="≤ 600 s")
    if "statements" in steps and not steps["statements"].given_up:
        found = steps["statements"].found
        rate = found["documents"] / found["seconds"]
        add(f"— {rate:,.0f} documents a second; its processes together", "statements", peak=found["memory_of_all"])
    add("— asked for again: nothing has changed", "statements_again")
    for format, name in (("xlsx", "Excel"), ("docx", "Word"), ("pdf", "PDF")):
        add(f"one statement of {documents.LONG:,} lines: {name}", f"long_{format}")
    for format, name, library in (
        ("xlsx", "Excel", "XlsxWriter in constant memory"),
        ("pdf", "PDF", "ReportLab's canvas"),
    ):
        add(f"its cells in {name}: {library} by hand", f"{format}_by_hand")
        add(f"its cells in {name}: our renderer", f"{format}_ours", against=taken(f"{format}_by_hand"))
    return rows


def table(steps: dict[str, Measured]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | seconds | ratio | aim | rows | peak memory |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for what, seconds, rows, peak, ratio, aim in rows_of(steps):
        lines.append(f"| {what} | {seconds} | {ratio} | {aim} | {rows:,} | {peak / 2**20:,.0f} MB |")
    return "\n".join(lines)


def write_page(page: Path, size: str, about: str, steps: dict[str, Measured]) -> None:
    """Puts the table of a size into the page, in the place of the one that was there for that size."""
    begin = _BEGIN.format(size)
    section = f"{begin}\n## {size}\n{about}.\n\n{table(steps)}\n{_END}\n"
    text = page.read_text(encoding="utf-8")
    found = re.search(re.escape(begin) + r".*?" + re.escape(_END) + r"\n", text, re.DOTALL)
    text = text[: found.start()] + section + text[found.end() :] if found else f"{text.rstrip()}\n\n{section}"
    page.write_text(text, encoding="utf-8")
