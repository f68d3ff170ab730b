"""What came of the demonstration, as tables: files, refusals, rewards, documents, how long each stage took."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from demo.operate import Story
from prm import database
from prm.database import Connection
from prm.settings import Settings
from prm.words import format_money, format_sum


def show(console: Console, story: Story, settings: Settings) -> None:
    """Prints everything a newcomer looks for after `make demo`."""
    with database.transaction(settings) as connection:
        _files(console, connection)
        _refused(console, connection, settings)
        _rewards(console, connection, settings)
        _documents(console, connection, settings)
        _money(console, connection, settings)
        _speed(console, connection, story)
    if not story.changed_anything:
        console.print(
            f"\n[bold]Nothing has changed:[/bold] {story.after['loads']} files were known, "
            f"{story.after['current_versions']:,} versions are current as they were, "
            f"{story.after['documents']:,} documents are up to date, the ledger has its {story.after['transfers']:,} transfers."
        )
    _further(console, settings)


def _files(console: Console, connection: Connection) -> None:
    table = _table("Files loaded", "data set", numbers=("live", "superseded", "refused", "rows", "rows refused"))
    for row in connection.execute("""
        select data_set, count(*) filter (where state = 'live') as live,
               count(*) filter (where state = 'superseded') as superseded,
               count(*) filter (where state = 'refused') as refused,
               coalesce(sum(rows_accepted) filter (where state = 'live'), 0)::bigint as rows,
               coalesce(sum(rows_quarantined) filter (where state = 'live'), 0)::bigint as rows_refused
        from reporting.loads group by data_set order by data_set"""):
        table.add_row(row["data_set"], *(f"{row[name]:,}" for name in list(row)[1:]))
    console.print(table)


def _refused(console: Console, connection: Connection, settings: Settings) -> None:
    rows = connection.execute(
        "select file_name, state_reason from reporting.loads where state = 'refused' order by file_name"
    ).fetchall()
    table = _table("Files refused", "file", "why")
    for row in rows:
        reason = row["state_reason"]
        table.add_row(row["file_name"], reason["message"][settings.language])
    if rows:
        console.print(table, markup=False)


def _rewards(console: Console, connection: Connection, settings: Settings) -> None:
    rows = connection.execute("""
        select period, branch, scheme, currency, sum(amount) as amount
        from reporting.rewards group by period, branch, scheme, currency order by period, branch, scheme""").fetchall()
    schemes = sorted({row["scheme"] for row in rows})
    table = _table("Rewards by branch and scheme, RUB", "period", "branch", numbers=(*schemes, "all"))
    for period in sorted({row["period"] for row in rows}):
        branches = sorted({row["branch"] for row in rows if row["period"] == period})
        for branch in [*branches, "all"]:
            found = [row for row in rows if row["period"] == period and branch in ("all", row["branch"])]
            sums = [_sum(row for row in found if row["scheme"] == scheme) for scheme in schemes]
            table.add_row(
                period, branch, *(format_money(amount, settings.language) for amount in [*sums, sum(sums, Decimal(0))]),
                style="bold" if branch == "all" else None, end_section=branch == "all",
            )  # fmt: skip
    console.print(table)


def _documents(console: Console, connection: Connection, settings: Settings) -> None:
    table = _table("Documents", "period", "form", "formats", numbers=("documents", "MB"))
    for row in connection.execute("""
        select period, form, string_agg(distinct format, ' ' order by format) as formats, count(*) as documents,
               sum(bytes) / 1e6 as mb
        from reporting.documents group by period, form order by period, form"""):
        table.add_row(row["period"], row["form"], row["formats"], f"{row['documents']:,}", f"{row['mb']:.1f}")
    console.print(table)
    example = connection.execute("""
        select string_agg(path, E'\n' order by format) as paths from reporting.documents
        where (period, counterparty_id, language) = (
            select period, counterparty_id, language from reporting.documents
            where form = 'statement' order by period desc, bytes desc limit 1) and form = 'statement'""").fetchone()
    console.print(f"They are in {settings.documents}, for example:")
    for path in ((example or {}).get("paths") or "").splitlines():
        console.print(f"  {settings.home / path}", highlight=False, soft_wrap=True)


def _money(console: Console, connection: Connection, settings: Settings) -> None:
    table = _table(f"The ledger, {settings.currency}", "account", numbers=("balance",))
    for row in connection.execute(
        """select name_en, name_ru, sum(balance) as balance
           from reporting.account_balances join reporting.ledger_accounts using (account)
           where currency = %s group by account, name_en, name_ru having sum(balance) <> 0 order by account""",
        [settings.currency],
    ):
        table.add_row(row[f"name_{settings.language}"], format_money(row["balance"], settings.language))
    console.print(table)
    for batch in connection.execute(
        "select batch, state, payouts, amount, currency, file_name from reporting.payout_batches order by batch"
    ):
        left = connection.execute(
            """select reason, count(distinct payee_id) as payees from reporting.payouts_left_out
               where batch = %s group by reason order by reason""",
            [batch["batch"]],
        ).fetchall()
        console.print(
            f"Payout batch {batch['batch']} is {batch['state']}: {batch['payouts']} payouts, "
            f"{format_sum(batch['amount'], batch['currency'], settings.language)}; carried forward: "
            + (", ".join(f"{one['payees']} {one['reason']}" for one in left) or "nothing"),
            highlight=False, soft_wrap=True,
        )  # fmt: skip
        if batch["file_name"]:
            console.print(
                f"  for the bank: {settings.home / 'bank' / batch['file_name']}", highlight=False, soft_wrap=True
            )


def _speed(console: Console, connection: Connection, story: Story) -> None:
    table = _table("How long it took", "stage", numbers=("seconds", "rows", "rows a second"))
    for name, seconds in story.seconds.items():
        table.add_row(name, f"{seconds:.1f}", "", "")
    loaded = connection.execute(
        "select sum(rows_total)::bigint as rows, sum(seconds) as seconds from reporting.loads where rows_total > 0"
    ).fetchone()
    if loaded and loaded["rows"]:
        _rate(table, "  of it, loading itself", loaded["seconds"], loaded["rows"])
    for run in connection.execute("""
        select distinct on (period) period, stages from reporting.runs
        where state = 'published' and counterparties is null and stages is not null order by period, run_id desc"""):
        for stage in run["stages"]["stages"]:
            _rate(table, f"  {run['period']}: {stage['stage']}", stage["seconds"], stage["rows"])
    console.print(table)


def _rate(table: Table, name: str, seconds: Any, rows: int) -> None:
    seconds = Decimal(str(seconds))
    table.add_row(name, f"{seconds:.1f}", f"{rows:,}", f"{rows / seconds:,.0f}" if seconds else "")


def _further(console: Console, settings: Settings) -> None:
    for line in (
        "\n[bold]To look further[/bold]",
        "  make up                              Airflow, with a form for each DAG; make down stops it",
        f"  {_shown(settings.data_docs / 'index.html')}    Data Docs: what was expected of the files, and found",
        "  .venv/bin/prm loads                  every file, what became of it and why",
        "  .venv/bin/prm runs                   every calculation",
        "  .venv/bin/prm ledger D00042          what a dealer is owed, and why; prm statement, hold, payout, reconcile, control",
        "  .venv/bin/prm scheme explain schemes/library/dealer_standard.yaml",
        '  psql "$(.venv/bin/prm database-url)"  schema reporting: a comment on every column',
    ):
        console.print(line, highlight=False, soft_wrap=True)


def _sum(rows: Any) -> Decimal:
    return sum((row["amount"] for row in rows), Decimal(0))


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _table(title: str, *words: str, numbers: tuple[str, ...] = ()) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in words:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right")
    return table
