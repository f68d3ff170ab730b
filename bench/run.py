"""The benchmark, in one go: `python -m bench [--subscribers N] [--charges N]`, or `make bench`.

Makes the input once, runs every step in a process of its own, one after another, and writes what they took, beside
what was aimed for, into docs/benchmarks.md. A result that differs from the hand-written one fails the benchmark.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg

from bench import documents
from bench.library import SCHEMES
from bench.make_data import make_data
from bench.report import Measured, table, write_page
from bench.steps import STEPS
from prm import database
from prm.settings import PROJECT, Settings

PAGE = PROJECT / "docs" / "benchmarks.md"
_NOT_MEASURED = ("prepare", "export_csv", "prepare_long")


def main() -> None:
    """Reads the options, measures, prints the table and writes the page."""
    options = _options()
    settings = Settings(home=options.home.resolve())
    if options.fresh and settings.home.exists():
        database.stop(settings)
        shutil.rmtree(settings.home)
    only = [*options.only, *documents.STEPS] if "documents" in options.only else options.only
    chosen = [step for step in STEPS if step not in options.skip and (not only or step in only)]
    of_documents = set(chosen) <= set(documents.STEPS)  # they need none of the operator's files
    if not of_documents:
        began = time.perf_counter()
        make_data(settings.inbox, subscribers=options.subscribers, charges=options.charges, one_file=options.one_file)
        print(f"data: {time.perf_counter() - began:.0f} s", flush=True)
    size = f"{options.subscribers:,} subscribers, {options.charges} charges each"
    if of_documents:
        size = f"Documents: {documents.STATEMENTS:,} statements of {documents.LINES:,} lines"
    try:
        steps = {step: _measure(step, settings, options.limit) for step in chosen}
        _same_totals(steps)
        about = _about(settings, options)
    finally:
        database.stop(settings)
    print(table(steps))
    write_page(PAGE, size, about, steps)
    if not options.keep:
        shutil.rmtree(settings.home)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.run", description="Measure the product beside what is written by hand."
    )
    parser.add_argument("--subscribers", type=int, default=1_000_000)
    parser.add_argument("--charges", type=int, default=5, help="of each live subscriber in the month")
    parser.add_argument("--one-file", action="store_true", help="one file a data set instead of one a branch")
    parser.add_argument("--home", type=Path, default=PROJECT / "data" / "bench", help="where data and results are kept")
    parser.add_argument("--fresh", action="store_true", help="begin with an empty home")
    parser.add_argument("--keep", action="store_true", help="leave the home behind")
    parser.add_argument("--limit", type=int, default=1800, help="seconds after which a step is given up")
    parser.add_argument("--skip", nargs="*", default=[], choices=list(STEPS), help="steps to leave out")
    parser.add_argument(
        "--only", nargs="*", default=[], choices=[*STEPS, "documents"],
        help="steps to run, and no others; documents: all that measure documents",
    )  # fmt: skip
    return parser.parse_args()


def _measure(step: str, settings: Settings, limit: int) -> Measured:
    """Runs a step; its peak memory is that of the largest process among it and those it started.

    A step that takes longer than `limit` seconds is ended, with the processes it started, and found to take "more".
    """
    environment = {**os.environ, "PRM_HOME": str(settings.home)}
    print(f"{step}…", end=" ", flush=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.steps", step, str(settings.home)],
        cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    given_up = threading.Event()

    def give_up() -> None:
        given_up.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, give_up)
    timer.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if given_up.is_set():
        print(f"given up after {limit} s", flush=True)
        return Measured({"seconds": float(limit), "given_up": True}, usage.ru_maxrss * 1024)
    if process.returncode:
        raise SystemExit(f"Step {step} failed; its error is above.")
    found = json.loads(output.strip().splitlines()[-1])
    measured = Measured(found, max(usage.ru_maxrss * 1024, found.get("peak", 0)))
    print("done" if step in _NOT_MEASURED else f"{measured.seconds:.1f} s", flush=True)
    return measured


def _same_totals(steps: dict[str, Measured]) -> None:
    """All ways of calculating the period must pay the same; so must both ways of each scheme of the library.

    Whose lines are whose line by line, the steps by hand have compared; likewise the many versions with the one.
    """
    _same(steps, ("calculate_ours", "calculate_by_hand", "postgres_query"), "rows")
    for scheme in SCHEMES:
        _same(steps, (f"{scheme}_ours", f"{scheme}_by_hand"), "of_contracts")
    _same(steps, ("settle_ours", "settle_by_hand"), "rows")


def _same(steps: dict[str, Measured], ways: tuple[str, ...], lines: str) -> None:
    found = {step: steps[step].found for step in ways if step in steps and not steps[step].given_up}
    totals = {step: Decimal(one["amount"]) for step, one in found.items()}
    if len(set(totals.values())) > 1:
        raise SystemExit(f"The totals differ: {totals}")
    counts = {step: one.get(lines, one["rows"]) for step, one in found.items()}
    if len(set(counts.values())) > 1:
        raise SystemExit(f"The numbers of lines differ: {counts}")


def _about(settings: Settings, options: argparse.Namespace) -> str:
    """The machine and the versions, without its name."""
    with psycopg.connect(database.database_url(settings)) as connection:
        server = connection.info.server_version
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, PostgreSQL {server // 10000}.{server % 10000}; "
        f"{settings.threads} threads and {settings.memory_limit} for DuckDB, "
        f"{'one file a data set' if options.one_file else 'one file a data set and branch'}"
    )


if __name__ == "__main__":
    main()
