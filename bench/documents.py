"""Steps of documents: a month's statements as PDF and Excel, one very long statement by format, and the renderers beside what
their libraries do with the same cells when they are called by hand.

The month is one that SQL makes: counterparties of different sizes, lines with subscribers, outlets, products, amounts and
reasons under a scheme of the library.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from python_calamine import CalamineWorkbook

import registry
import reports
from bench.books import add_counterparties, fresh
from bench.by_hand import documents as by_hand
from bench.make_data import PERIOD
from prm import database
from prm.settings import Settings
from reports.data import document
from reports.model import Document
from reports.renderers import RENDERERS
from reports.source import opened

STATEMENTS, LINES, LONG = 5_000, 3_000_000, 200_000
"""Statements of a month and the lines of all of them; the lines of the long one."""
_DATABASES = {"month": "prm_bench_statements", "long": "prm_bench_long_statement"}
_LONGEST = "D000001"
Found = dict[str, Any]


def statements(settings: Settings) -> Found:
    """A month's statements in PDF and Excel, as `prm report` makes them: drawn, hashed, moved into place, registered."""
    books = _books(settings, "month", STATEMENTS, LINES)
    found: Found = {}
    with _memory_of_all(found):
        began = time.perf_counter()
        made = reports.publish(PERIOD, forms=["statement"], formats=["xlsx", "pdf"], settings=books)
        found["seconds"] = time.perf_counter() - began
    return found | {"rows": LINES, "documents": len(made), "bytes": sum(one.path.stat().st_size for one in made)}


def statements_again(settings: Settings) -> Found:
    """The same asked for once more: nothing has changed, and each file is read to see that it is sound."""
    books = _known(settings, "month")
    began = time.perf_counter()
    again = reports.publish(PERIOD, forms=["statement"], formats=["xlsx", "pdf"], settings=books)
    seconds = time.perf_counter() - began
    if any(one.state == "made" for one in again):
        raise SystemExit("Documents were made again of which nothing had changed.")
    return {"seconds": seconds, "rows": LINES, "documents": len(again)}


def prepare_long(settings: Settings) -> Found:
    """Not measured: a month of one counterparty with very many lines."""
    _books(settings, "long", 1, LONG)
    return {"seconds": 0.0}


def long_statement(format: str, settings: Settings) -> Found:
    """One statement of very many lines in a format, from the database to the file."""
    books = _known(settings, "long")
    path = books.home / f"long.{format}"
    began = time.perf_counter()
    reports.render("statement", PERIOD, _LONGEST, "ru", format, path, settings=books)
    return {"seconds": time.perf_counter() - began, "rows": LONG, "bytes": path.stat().st_size}


def renderer_ours(format: str, settings: Settings) -> Found:
    """Our renderer alone: the rows of the long statement are in memory."""
    drawn, path = _in_memory(settings), _rendered(settings, "ours", format)
    began = time.perf_counter()
    RENDERERS[format](drawn, path)
    return {"seconds": time.perf_counter() - began, "rows": LONG}


def renderer_by_hand(format: str, settings: Settings) -> Found:
    """The library called by hand with the same cells: they must be there, or the benchmark fails."""
    write, path = by_hand.WRITERS[format](_in_memory(settings)), _rendered(settings, "by_hand", format)
    began = time.perf_counter()
    write(path)
    seconds = time.perf_counter() - began
    ours = _rendered(settings, "ours", format)
    if format == "xlsx" and ours.exists():
        _same_cells(ours, path)
    return {"seconds": seconds, "rows": LONG}


def _same_cells(ours: Path, theirs: Path) -> None:
    """Whether a cell differs, below the headings that our workbook has."""
    for title in CalamineWorkbook.from_path(str(theirs)).sheet_names:
        one, other = (
            CalamineWorkbook.from_path(str(path)).get_sheet_by_name(title).to_python() for path in (ours, theirs)
        )
        start = one.index(other[0])
        if one[start : start + len(other)] != other:
            raise SystemExit(f"The cells of sheet {title} are not those that were written by hand.")


def _in_memory(settings: Settings) -> Document:
    """The long statement with all its rows in memory, so that no database is measured."""
    with opened(_known(settings, "long")) as source:
        drawn = document(source, reports.form("statement"), PERIOD, _LONGEST, "ru")
        sections = []
        for section in drawn.sections:
            rows = list(section.rows())
            sections.append(replace(section, rows=partial(iter, rows)))
    return replace(drawn, sections=tuple(sections))


def _rendered(settings: Settings, whose: str, format: str) -> Path:
    return _known(settings, "long").home / f"{whose}.{format}"


def _books(settings: Settings, name: str, counterparties: int, lines: int) -> Settings:
    """New books with a published month of so many counterparties and lines."""
    books = fresh(settings, _DATABASES[name])
    add_counterparties(books, counterparties)
    with database.transaction(books) as connection:
        registry.add_library(connection)
    with database.connect_login(books, autocommit=True) as connection:
        connection.execute("select results.make_partitions(%s, %s)", [str(PERIOD), ["rewards", "reward_lines"]])
        each = lines // counterparties
        sizes = [each // 6 + number * each * 10 // 6 // counterparties for number in range(1, counterparties + 1)]
        of = {"period": str(PERIOD), "each": each, "counterparties": counterparties, "rest": lines - sum(sizes)}
        for statement in _MONTH:
            connection.execute(statement, of)
        connection.execute("select results.summarise('reward_lines_' || replace(%s, '-', '_'))", [str(PERIOD)])
        connection.execute("analyze")
    return books


def _known(settings: Settings, name: str) -> Settings:
    url = database.with_database(database.login_url(settings), _DATABASES[name])
    return Settings(home=settings.home / _DATABASES[name], database_url=url)


_MONTH = (
    """insert into registry.outlets (outlet_id, counterparty_id, name, kind, region, opened_on)
       select counterparty_id || '-' || n, counterparty_id, format('Салон связи № %%s, ул. Малышева, %%s', n + 1, n * 7 + 1),
           'shop', '66', '2020-01-01'
       from registry.counterparties cross join generate_series(0, 4) as n""",
    """insert into registry.products (product_id, name, product_group)
       select 'P' || n, (array['Тариф «Домашний»', 'Тариф «Деловой»', 'Интернет 50', 'Интернет 100', 'Звонки', 'Роуминг'])[n], 'voice'
       from generate_series(1, 6) as n""",
    """insert into loads.loads (load_id, data_set, file_name, slot, state, content_hash, bytes, rows_total, rows_accepted,
           rows_quarantined, seconds)
       values ('benchmark', 'charges', 'charges_2026-10_ural.csv', 'charges/2026-10/ural', 'live', 'benchmark', 0, 0, 0, 0, 0)""",
    """insert into runs.runs (period, state, finished_at) values (%(period)s, 'published', now())""",
    """insert into results.reward_lines (run_id, period, counterparty_id, contract_id, scheme, scheme_version, component,
           stream, data_set, load_id, row_number, event_id, event_date, subscriber_id, outlet_id, product_id, base_amount,
           amount, currency, outcome, reason, failed_condition)
       select
           1, %(period)s, counterparty_id, 'C' || counterparty_id, 'dealer_standard', 1,
           case when line %% 10 = 0 then 'activation' else 'charges' end,
           case when line %% 10 = 0 then 'activation' else 'charge' end,
           'charges', 'benchmark', line, 'E' || number || '-' || line,
           to_date(%(period)s, 'YYYY-MM') + (line * 7 %% 31)::int,
           'N' || 10000000 + number * 1009 + line / 3, counterparty_id || '-' || line %% 5, 'P' || 1 + line %% 6,
           base_amount,
           case when outcome <> 'paid' then 0 when line %% 10 = 0 then 300 else round(base_amount * 0.05, 2) end,
           'RUB', outcome,
           case when outcome = 'paid' then null when line %% 3 = 0 then 'outside_window' else 'condition' end,
           case when outcome <> 'paid' and line %% 3 <> 0 then 1 end
       from (
           select counterparty_id, number, line, (line * 7919 + number * 31) %% 100000 / 100.0 as base_amount,
               case when line %% 5 = 1 then 'not_eligible' else 'paid' end as outcome
           from (
               select counterparty_id, number,
                   -- From a sixth of the average to eleven sixths, and exactly so many in all.
                   %(each)s / 6 + number * %(each)s * 10 / 6 / %(counterparties)s
                   + case when number = %(counterparties)s then %(rest)s else 0 end as lines
               from (select counterparty_id, right(counterparty_id, 6)::bigint as number from registry.counterparties) as numbered
           ) as sized
           cross join lateral generate_series(1, lines) as line
       ) as lines
       order by counterparty_id, line""",
    """insert into results.rewards
       select run_id, period, counterparty_id, contract_id, scheme, scheme_version, component, currency, count(*),
           count(*) filter (where outcome = 'paid'), coalesce(sum(base_amount) filter (where outcome = 'paid'), 0), sum(amount)
       from results.reward_lines where period = %(period)s
       group by run_id, period, counterparty_id, contract_id, scheme, scheme_version, component, currency""",
    """insert into results.versions
       select run_id, period, counterparty_id, sum(lines), sum(amount), md5(string_agg(amount::text, '|' order by component))
       from results.rewards where period = %(period)s group by run_id, period, counterparty_id""",
    """insert into runs.version_moves (period, counterparty_id, to_run, what)
       select period, counterparty_id, run_id, 'published' from results.versions""",
    """insert into runs.current_versions select period, counterparty_id, run_id from results.versions""",
)


@contextmanager
def _memory_of_all(found: Found) -> Iterator[None]:
    """Puts the largest sum of the memory of this process and those it starts into `found`, looking twice a second."""
    done, largest = threading.Event(), 0

    def look() -> None:
        nonlocal largest
        while not done.wait(0.5):
            processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
            largest = max(largest, sum(map(_resident, processes)))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
        found["memory_of_all"] = largest


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


FORMATS, RENDERED = ("xlsx", "docx", "pdf"), ("xlsx", "pdf")
STEPS: dict[str, Callable[[Settings], Found]] = {
    "statements": statements, "statements_again": statements_again, "prepare_long": prepare_long,
    **{f"long_{format}": partial(long_statement, format) for format in FORMATS},
    **{f"{format}_ours": partial(renderer_ours, format) for format in RENDERED},
    **{f"{format}_by_hand": partial(renderer_by_hand, format) for format in RENDERED},
}  # fmt: skip
