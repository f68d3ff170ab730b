"""October 2025 with the rules that were known on a day, worked out by hand.

One activation on 5 October and one on 20 October, each paid `fee + extra`. `fee` is 100.00, and 80.00 from 1 October, decided
on the 10th; version 2, announced on the 25th, pays 10.00 more from the 16th; `extra` is 0.00, and 5.00 from 1 October, agreed on
the 22nd.
"""

import importlib
from datetime import date
from decimal import Decimal

import duckdb
import pytest
import typer.testing

import cli
import explanations
import modelling
import registry
import runs
from cli.calculate import print_left_out
from modelling.known_then import _decided_later
from prm import database
from prm.errors import NotFoundError, RefusedError
from prm.period import Period
from prm.words import Words
from schemes import ContractProblem
from tests.conftest import fresh_home
from tests.operators import Operator

importlib.import_module("cli.what_if")
OCTOBER = Period.parse("2025-10")
FIRST = """
scheme: retail
version: 1
title: {en: Retail, ru: Розница}
document: Agreement 7, annex 1
valid_from: 2025-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
attributes:
  extra: {title: {en: extra, ru: надбавка}, type: money, default: "0.00"}
terms:
  fee:
    title: {en: fee, ru: плата}
    type: money
    values: {2025-01-01: "100.00", 2025-10-01: {value: "80.00", decided_on: 2025-10-10}}
components:
  connection: {title: {en: Connection, ru: Подключение}, on: activation, pay: fee + extra}
"""
SECOND = (
    FIRST.replace("version: 1", "version: 2")
    .replace("valid_from: 2025-01-01", "valid_from: 2025-10-16\nannounced_on: 2025-10-25")
    .replace("fee + extra", "fee + extra + 10")
)


@pytest.fixture(scope="module")
def paid(server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp("known")) as settings:
        made = Operator()
        made.product("V1", "voice")
        for who in ("D1", "D2"):
            made.counterparty(who)
            made.outlet(f"T{who}", who)
            made.contract(f"C{who}", who, "retail", valid_from=date(2025, 1, 1))
        for number, (outlet, day) in enumerate([("TD1", 5), ("TD1", 20), ("TD2", 20)]):
            at = date(2025, 10, day)
            made.subscriber(number, outlet, activated_on=at, sold_on=at)
        made.charge("N00000", "1.00", date(2025, 10, 21))
        with database.transaction(settings) as connection:
            for name, text in (("first", FIRST), ("second", SECOND)):
                path = settings.home / f"{name}.yaml"
                path.write_text(text, encoding="utf-8")
                registry.add_scheme(
                    connection, path, author="ivan", reason="court ruling 12" if name == "second" else None
                )
        made.load(settings)
        give(settings, "5.00", date(2025, 10, 22))
        runs.calculate(OCTOBER, settings=settings)
        yield settings


def give(settings, value, decided_on, reason="addendum 3"):
    with database.transaction(settings) as connection:
        registry.set_attribute(
            connection, "extra", value, level="contract", holder="CD1", valid_from=OCTOBER.start, author="olga",
            decided_on=decided_on, reason=reason,
        )  # fmt: skip


def known(settings, day, *whose, **more):
    return modelling.known_then(OCTOBER, date(2025, 10, day), whose or None, settings=settings, **more)


def differing(found):
    return {one.counterparty_id: (one.before, one.after) for one in found.rewards}


PAID = {"D1": Decimal("180.00"), "D2": Decimal("90.00")}  # 80 + 5 and 80 + 5 + 10; 80 + 10


@pytest.mark.parametrize(
    ("day", "first", "second", "later"),
    [
        (9, "200.00", "100.00", ["fee", "version 2", "extra"]),
        (10, "160.00", "80.00", ["version 2", "extra"]),
        (22, "170.00", "80.00", ["version 2"]),
        (24, "170.00", "80.00", ["version 2"]),
        (25, "180.00", "90.00", []),
    ],
)
def test_what_was_decided_after_the_day_is_left_out(paid, day, first, second, later):
    found = known(paid, day)
    would_be = {"D1": Decimal(first), "D2": Decimal(second)}
    assert differing(found) == {who: (PAID[who], would_be[who]) for who in PAID if PAID[who] != would_be[who]}
    assert (found.was, found.would_be) == ({"RUB": Decimal(270)}, {"RUB": sum(would_be.values())})
    assert [word for of in found.later for word in later if word in of.words.en] == later and len(found.later) == len(
        later
    )
    assert not found.stale and not found.problems


def test_it_says_what_was_decided_when_and_by_whom_in_both_languages(paid):
    told = [of.words for of in known(paid, 9).later]
    assert [of.en for of in told] == [
        "scheme retail v1, «fee»: 80.00 RUB from 1 October 2025, decided on 10 October 2025",
        "version 2 of scheme retail, which holds from 16 October 2025, known since 25 October 2025 (ivan: court ruling 12)",
        "contract CD1: extra 5.00 from 1 October 2025, decided on 22 October 2025 (olga: addendum 3)",
    ]
    assert told[2].ru == "extra 5.00 договора CD1 с 1 октября 2025, решено 22 октября 2025 (olga: addendum 3)"


def test_one_counterparty_alone_comes_to_the_same_and_its_lines_can_be_written(paid, tmp_path):
    file = tmp_path / "lines.csv"
    found = known(paid, 9, "D1", lines=file)
    assert differing(found) == {"D1": (Decimal("180.00"), Decimal("200.00"))}
    assert [of.valid_from.day for of in known(paid, 9, "D2").later] == [1, 16]  # what D1 agreed is not D2's
    rows = duckdb.sql(f"select counterparty_id, amount from read_csv('{file}') where outcome = 'paid'").fetchall()
    assert [(who, Decimal(str(amount))) for who, amount in rows] == [("D1", Decimal(100))] * 2
    with pytest.raises(RefusedError, match="There is no folder"):
        known(paid, 9, lines=tmp_path / "nowhere" / "lines.csv")
    with pytest.raises(NotFoundError, match="There is no counterparty 'D9'"):
        known(paid, 9, "D9")
    with pytest.raises(RefusedError, match=r"can't be written as 'lines.doc'"):
        known(paid, 9, lines=tmp_path / "lines.doc")


def test_nothing_of_it_stays_and_the_books_are_as_they_were(paid):
    def books():
        with database.transaction(paid) as connection:
            return connection.execute(
                "select (select count(*) from runs.runs) as runs, (select max(run_id) from runs.current_versions) as current"
            ).fetchone()

    before = books()
    known(paid, 9)
    assert books() == before
    assert not [path for path in paid.home.iterdir() if path.name.startswith(".what-if-")]


def explained(paid):
    with database.transaction(paid) as connection:
        line = connection.execute(
            "select * from reporting.reward_lines where counterparty_id = 'D1' and scheme_version = 2 and outcome = 'paid'"
        ).fetchone()
    told = explanations.explain_line(explanations.address_of(line), "en", settings=paid)
    return "\n".join(explanations.as_text(told))


def test_a_line_is_explained_with_the_reasons_that_were_given(paid):
    assert "when it reached closed months: court ruling 12" in explained(paid)
    assert "set by olga (addendum 3)" in explained(paid)


def test_the_command_prints_it_in_the_reader_s_language(paid, monkeypatch):
    monkeypatch.setenv("PRM_HOME", str(paid.home))
    monkeypatch.setenv("PRM_DATABASE_URL", str(paid.database_url))
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments):
        return typer.testing.CliRunner().invoke(cli.app, ["what-if", "2025-10", *arguments]).output

    told = run("--as-known-on", "2025-10-09", "--lang", "ru")
    assert "2025-10 по правилам, известным на 9 октября 2025. Ничего не публикуется" in told
    assert "версия 2 схемы retail, действует с 16 октября 2025, известна с 25 октября 2025" in told
    assert "всего начислено 270,00 RUB, по известным тогда правилам — 300,00 RUB" in told
    told = run("--as-known-on", "2025-10-25", "-c", "D2", "--lang", "en")
    assert "nothing that holds in the month was decided later" in told and "no reward differs" in told
    assert "is still to come" in str(
        typer.testing.CliRunner().invoke(cli.app, ["what-if", "2025-10", "--as-known-on", "2999-01-01"]).exception
    )


def test_what_was_decided_of_schemes_that_the_counterparty_is_not_under_is_not_told(paid, tmp_path):
    (tmp_path / "other.yaml").write_text(FIRST.replace("scheme: retail", "scheme: other"), encoding="utf-8")
    with database.transaction(paid) as connection:
        registry.add_scheme(connection, tmp_path / "other.yaml")
        connection.execute("update registry.contracts set scheme = 'other' where contract_id = 'CD2'")
        told = {who: _decided_later(connection, OCTOBER, date(2025, 10, 9), [who]) for who in ("D1", "D2")}
        connection.rollback()
    assert [of.words.en.partition(",")[0] for of in told["D2"]] == ["scheme other v1"]
    assert not any("other" in of.words.en for of in told["D1"]) and len(told["D1"]) == 3


def test_contracts_that_are_left_out_are_named_in_the_reader_s_language(capsys):
    problem = ContractProblem("C1", Words(en="no value", ru="нет значения"), "D1")
    for language in ("ru", "en"):
        print_left_out([problem], language)
    assert capsys.readouterr().out.splitlines() == [
        "не вошли в расчёт договоры (1): по ним ничего не начислено", "  договор C1 (D1): нет значения",
        "1 contract(s) left out: they earn nothing", "  contract C1 of D1: no value",
    ]  # fmt: skip


def test_an_agreement_that_was_replaced_later_is_the_earlier_one_again(paid):  # the last: history only grows
    give(paid, "7.00", date(2025, 10, 28), reason="addendum 4")
    found = known(paid, 26)
    assert found.would_be == {"RUB": Decimal(270)} and found.stale == ["D1"]
    assert [of.words.en for of in found.later] == [
        "contract CD1: extra 7.00 from 1 October 2025, decided on 28 October 2025 (olga: addendum 4)"
    ]
    assert known(paid, 28).would_be == {"RUB": Decimal(274)}
    assert "set by olga (addendum 3)" in explained(paid)  # as its run saw it
