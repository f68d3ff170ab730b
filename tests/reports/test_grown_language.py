"""A statement under a scheme that uses most of the language: everything in words, and everything adds up."""

from datetime import date
from decimal import Decimal

import openpyxl
import pytest

import loaders
import registry
import reports
import runs
from prm import database
from tests.operators import OCTOBER, Operator

SCHEME = """
scheme: everything
version: 1
title: {en: Everything, ru: Всё сразу}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: total, places: 0, mode: down}
measures:
  revenue: {title: {en: revenue of the month, ru: выручка месяца}, on: charge, where: amount > 50, sum: amount}
components:
  connected: {title: {en: Connected, ru: Подключено}, on: activation, after: {days: 30}, where: status = 'active', pay: "10.55"}
  left: {title: {en: Left, ru: Ушли}, on: churn, pay: 0 - 5.25}
  moved: {title: {en: Changed tariff, ru: Сменили тариф}, on: tariff_change, pay: "3"}
  sold: {title: {en: Terminals, ru: Терминалы}, on: operation, pay: amount * 0.1}
  bonus: {title: {en: Bonus, ru: Бонус}, on: period, where: revenue > 100000, pay: revenue * 0.1}
limits:
  guarantee: {title: {en: Guarantee, ru: Гарантия}, of: [connected, left, moved, sold, bonus], at_least: "500", recoverable: true}
"""


@pytest.fixture
def books(home):
    made = Operator()
    made.counterparty("D1")
    made.outlet("T1", "D1")
    made.product("V1", "voice")
    made.product("V2", "voice")
    made.contract("C1", "D1", "everything")
    for number in (1, 2, 3):
        made.subscriber(number, "T1", activated_on=date(2026, 9, 10), sold_on=date(2026, 9, 1))
        made.charge(f"N0000{number}", "40.00" if number == 1 else "60.00")
    made.report(1, date(2026, 10, 5), deactivated_on=date(2026, 10, 5))
    made.report(2, date(2026, 10, 7), "V2")
    made.operation("terminal_sale", "T1", "99.90")
    made.write(home.inbox)
    path = home.home / "everything.yaml"
    path.write_text(SCHEME, encoding="utf-8")
    with database.transaction(home) as connection:
        registry.add_scheme(connection, path)
    assert {result.outcome for result in loaders.load_inbox(home)} == {"accepted"}
    runs.calculate(OCTOBER, settings=home)
    return home


def test_a_statement_says_everything_in_words_and_adds_up(books, tmp_path):
    path = tmp_path / "statement.xlsx"
    reports.render("statement", OCTOBER, "D1", "ru", "xlsx", path, settings=books)
    by_component, by_outlet, lines = openpyxl.load_workbook(path)
    rewards = {row[1]: Decimal(str(row[5])) for row in by_component.iter_rows(values_only=True) if row[0] == "C1"}
    # 2 x 10.55, -5.25, 3 and 9.99, each total rounded towards zero; then up to the guarantee.
    assert rewards == {"Подключено": 21, "Ушли": -5, "Сменили тариф": 3, "Терминалы": 9, "Бонус": 0, "Гарантия": 472}
    assert next(row[3] for row in by_outlet.iter_rows(values_only=True) if row[0] == "Итого") == 500
    rows = [
        tuple(cell.replace("\u00a0", " ") if isinstance(cell, str) else cell for cell in row)
        for row in lines.iter_rows(values_only=True)
        if isinstance(row[0], date)
    ]
    told = {(row[1], row[5], row[8]) for row in rows}
    assert ("активация абонента, через 30 дней после неё", "Подключено", None) in told or (
        "активация абонента, через 30 дней после неё", "Подключено", "") in told  # fmt: skip
    notes = {
        row[5]: row[8] for row in rows if row[1] == "период в целом" or (row[5] == "выручка месяца" and row[7] == 0)
    }
    assert notes["Гарантия"] == "доплата до гарантии по договору"
    assert notes["Подключено"] == notes["Ушли"] == notes["Терминалы"] == "округление итога"
    assert notes["Бонус"] == "не выполнено условие 1 договора: «выручка месяца» более 100 000,00 RUB"
    assert {row[8] for row in rows if row[5] == "выручка месяца"} == {
        "учтено в объёме периода", "не выполнено условие 1 договора: сумма начисления более 50,00 RUB",
    }  # fmt: skip
    assert sum((Decimal(str(row[7])) for row in rows), Decimal(0)) == 500
    cells = " ".join(str(cell) for row in rows for cell in row if cell is not None)
    assert not any(
        code in cells for code in ("activation", "churn", "tariff_change", "not_eligible", "guaranteed", "rounded")
    )
