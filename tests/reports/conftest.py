"""Two months of a small operator in which everything happens that a form tells of, from plans and fraud to penalties and payouts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

import loaders
import registry
import runs
import settlement
from demo.bank_accounts import operator_yaml
from prm import clock, database
from prm.period import Period
from settlement import Charge
from tests.books import approve, entry
from tests.conftest import fresh_home
from tests.operators import Operator
from tests.settlement.payouts.making import bank_account, prepare

SEPTEMBER, OCTOBER = Period.parse("2026-09"), Period.parse("2026-10")
LONG = "Общество с ограниченной ответственностью «Уральская торгово-сервисная компания мобильной связи и цифровых услуг имени изобретателя радио Александра Степановича Попова»"
SCHEME = """
scheme: retail
version: 1
title: {en: Retail, ru: Розница}
document: none
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
measures:
  connected: {title: {en: connected, ru: подключено}, on: activation}
  connections_plan: {title: {en: plan of connections, ru: план подключений}, plan: connections}
components:
  connection: {title: {en: Connection, ru: Подключение}, on: activation, pay: "300.00"}
  share: {title: {en: Share of charges, ru: Доля начислений}, on: charge, where: amount > 50, pay: amount * 0.0333}
  plan_bonus: {title: {en: Bonus for the plan, ru: Бонус за план}, on: period, where: "ratio(connected, connections_plan) >= 1", pay: "150.00"}
  early_churn:
    title: {en: Early churn, ru: Ранний отток}
    on: churn
    claws_back: [connection]
    within: {days: 90}
limits:
  cap: {title: {en: Cap, ru: Предел}, of: [share], at_most: "30.00"}
"""


def operator() -> Operator:
    """Three dealers: one with a name that fills lines, one that has hardly anything, one in another branch."""
    made = Operator()
    for counterparty_id, branch in (("D1", "ural"), ("D2", "ural"), ("D3", "volga")):
        made.counterparty(counterparty_id, branch=branch)
        made.outlet(f"T-{counterparty_id}", counterparty_id)
        made.contract(
            f"C-{counterparty_id}",
            counterparty_id,
            "retail",
            vat_status="payer" if counterparty_id == "D1" else "exempt",
        )
    made.counterparties[0]["name"] = LONG
    made.counterparties[1]["name"] = "=1+1"  # a text that a spreadsheet would take for a formula
    made.product("V1", "voice")
    made.product("I1", "data")
    for number in range(1, 25):
        is_old = number <= 8
        outlet = "T-D1" if number % 3 else "T-D3"
        made.subscriber(
            number, "T-D2" if number == 24 else outlet, activated_on=date(2026, 9, 5) if is_old else date(2026, 10, 5),
            sold_on=date(2026, 9, 1),
        )  # fmt: skip
        made.charge(f"N{number:05d}", f"{number * 7}.35", product_id="I1" if number % 2 else "V1")
        if is_old:
            made.charge(f"N{number:05d}", "80.15", day=date(2026, 9, 20))
    made.report(1, date(2026, 10, 9), deactivated_on=date(2026, 10, 9))
    made.report(3, date(2026, 10, 11), deactivated_on=date(2026, 10, 11))
    made.mark("N00010", date(2026, 10, 10))
    made.plan("D1", "connections", "5")
    made.plan("D3", "connections", "50")
    made.plan("D3", "smiles", "7")
    return made


@pytest.fixture(scope="session")
def books(server, template, tmp_path_factory):
    """September and October calculated; October approved and posted, with VAT; a correction of September in October."""
    with fresh_home(server, template, tmp_path_factory.mktemp("documents")) as settings:
        settings = settings.model_copy(update={"operator": "ПАО «Связь»"})
        (settings.home / "operator.yaml").write_text(operator_yaml(), encoding="utf-8")
        made = operator()
        made.write(settings.inbox)
        path = settings.home / "retail.yaml"
        path.write_text(SCHEME, encoding="utf-8")
        with database.transaction(settings) as connection:
            registry.add_scheme(connection, path)
        assert {result.outcome for result in loaders.load_inbox(settings)} == {"accepted"}
        bank_account(settings, "D1")
        with database.transaction(settings) as connection:
            for who, attribute, value in (
                ("D1", "legal_address", "Екатеринбург, ул. Малышева, 51"), ("D2", "tax_status", "natural_person"),
            ):  # fmt: skip
                registry.set_attribute(
                    connection, attribute, value, level="counterparty", holder=who, valid_from=date(2026, 1, 1),
                    author="olga",
                )  # fmt: skip
        runs.calculate(SEPTEMBER, settings=settings)
        runs.calculate(OCTOBER, settings=settings)
        for period in (SEPTEMBER, OCTOBER):
            approve(settings, period)
            settlement.post_rewards(period, author="olga", settings=settings)
        vat = entry(
            contract_id="C-D1", counterparty_id="D1", cause="vat", debit_account="vat", credit_account="accrued"
        )
        correction = replace(vat, idempotency_key="vat of a correction", origin_period="2026-09")
        with database.transaction(settings) as connection:
            settlement.post(connection, [correction])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "today", lambda: date(2026, 10, 25))
            settle(settings)
        yield settings


def settle(settings):
    """Penalties of D1: one stands, one was reduced, one reversed, one is of September and still appealed.

    Both months are accepted and fall due: the bank pays D1 and sends D3's back, so that a second batch takes it up;
    D2 has no bank details, and some of what it earned is withheld.
    """
    photo = settings.home / "витрина салона без ценников, снимок от 12 октября.jpg"
    photo.write_bytes(b"\xff\xd8 a wall")
    numbers = [
        settlement.charge_penalty(charge, author="olga", settings=settings)
        for charge in (
            Charge("fine", "D1", date(2026, 9, 14), Decimal("40.00"), "RUB", "Отчёт сдан с опозданием", clause="5.4"),
            Charge("penalty", "D1", date(2026, 10, 12), Decimal("500.00"), "RUB", "Нет ценников на витрине; повторно, после предписания",
                   contract_id="C-D1", outlet_id="T-D1", clause="5.2", external_id="PN-2026-000117"),
            Charge("penalty", "D1", date(2026, 10, 15), Decimal("300.00"), "RUB", "Чужая реклама в салоне", external_id="PN-2026-000118"),
            Charge("deduction", "D1", date(2026, 10, 19), Decimal("30.50"), "RUB", "Недостача оборудования", contract_id="C-D1"),
        )
    ]  # fmt: skip
    late, shown, foreign, _ = numbers
    for file in (photo, photo.with_suffix(".pdf")):
        file.write_bytes(f"{file.name}".encode())
        settlement.attach_evidence(shown, file, author="olga", settings=settings)
    for number, reason in ((late, "Сдан 3-го"), (shown, "Ценники печатались"), (foreign, "Плакат соседа")):
        settlement.appeal_penalty(number, reason=reason, author="D1", settings=settings)
    settlement.reduce_penalty(shown, Decimal("200.00"), reason="Первое нарушение", author="ivan", settings=settings)
    settlement.reverse_penalty(foreign, reason="Подтверждено снимком", author="ivan", settings=settings)

    bank_account(settings, "D3", 2)
    for period in (SEPTEMBER, OCTOBER):
        settlement.accept_statements(period, None, author="dealers", settings=settings)
    settlement.fall_due(author="olga", settings=settings)
    first = prepare(settings, as_of=date(2026, 10, 26))
    settlement.approve_payouts(first.batch, author="olga", settings=settings)
    settlement.export_payouts(first.batch, "pain001", settings.home / "bank", author="ivan", settings=settings)
    answer = settings.home / "bank" / "answer.csv"
    answer.write_text(
        "payout,outcome,value_date,reason\n1,paid,2026-10-27,\n2,rejected,2026-10-27,счёт получателя закрыт\n"
    )
    settlement.confirm_payouts(answer, author="ivan", settings=settings)
    prepare(settings, as_of=date(2026, 10, 30))
