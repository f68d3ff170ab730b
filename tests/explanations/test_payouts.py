"""A payout explained: what fell due by month and cause, what lowered it, what came back, and what others take of it."""

from datetime import date
from decimal import Decimal

import pytest

import explanations
import registry
import settlement
from prm import database
from prm.errors import NotFoundError
from prm.period import Period
from tests.books import approve, close, publish
from tests.conftest import fresh_home
from tests.operators import OCTOBER
from tests.schemes.drafts import SOUND
from tests.settlement.payouts.making import contract, counterparty, exported, outlet, prepare

NOVEMBER = Period.parse("2026-11")
REWARDS = {("D1", "C1", "activation"): "100.00", ("D1", "C1", "charges"): "900.00"}


@pytest.fixture(scope="module")
def paid(server, template, tmp_path_factory):
    """October of D1, settled by outlet and with VAT: two payouts, of which one is rejected; then October is corrected."""
    with fresh_home(server, template, tmp_path_factory.mktemp("payouts")) as home:
        counterparty(home, "D1")
        contract(home, "C1", "D1", "outlet")
        outlet(home, "T1", "D1")
        scheme = home.home / "dealer_standard.yaml"
        scheme.write_text(SOUND.replace("scheme: trial", "scheme: dealer_standard"), encoding="utf-8")
        with database.transaction(home) as connection:
            registry.add_scheme(connection, scheme)
        run_id = publish(home, REWARDS)
        with database.transaction(home) as connection:
            connection.execute(
                """insert into results.reward_lines (run_id, period, counterparty_id, contract_id, component, currency, stream,
                       event_date, amount, outcome, outlet_id)
                   select %s, '2026-10', 'D1', 'C1', 'charges', 'RUB', 'charge', '2026-10-05', amount, 'paid', outlet
                   from (values (600, 'T1'), (-600, null)) as of_outlets (amount, outlet)""",
                [run_id],
            )
        approve(home)
        settlement.post_rewards(OCTOBER, author="olga", settings=home)
        settlement.accept_statements(OCTOBER, None, author="dealer", settings=home)
        settlement.fall_due(author="olga", settings=home)
        fine = settlement.Charge(
            "penalty", "D1", date(2026, 10, 17), Decimal("20.00"), "RUB", "late report", contract_id="C1"
        )
        settlement.charge_penalty(fine, author="olga", settings=home)
        exported(home)
        (home.home / "bank.csv").write_text(
            "payout,outcome,value_date,reason\n1,paid,2026-11-12,\n2,rejected,2026-11-12,account closed\n"
        )
        settlement.confirm_payouts(home.home / "bank.csv", author="ivan", settings=home)
        close(home)
        publish(home, REWARDS | {("D1", "C1", "charges"): "950.00"})
        approve(home)
        settlement.post_rewards(OCTOBER, author="olga", settings=home)
        settlement.accept_statements(NOVEMBER, None, author="dealer", settings=home)
        settlement.fall_due(author="olga", settings=home)
        prepare(home)
        yield home


def told(home, reference, language):
    explained = explanations.explain_payout(reference, language, settings=home)
    for part in explained.parts:
        assert sum(addend.amount for addend in part.addends) == part.amount
        for addend in part.addends:
            assert not addend.details or sum(of.amount for of in addend.details) == addend.amount
    assert sum(part.amount for part in explained.parts) == explained.amount
    return [line.replace("\xa0", " ") for line in explanations.as_text(explained)]


def test_a_payout_is_told_from_what_fell_due_to_what_others_take(paid):
    assert told(paid, "PRM-1-2", "en") == [
        "Payout PRM-1-2, batch 1, 10 November 2026: 720.00 RUB to ООО «D1» (D1), for outlet T1",
        "State: rejected by the bank. VAT in it: 129.84 RUB.",
        "",
        "Counterparty D1, contract C1",
        "  fell due, October 2026: 1,220.00 RUB — prm explain 2026-10 D1 --contract C1",
        "    reward, Activation fee (activation): 100.00 RUB",
        "    reward, Share of charges (charges): 900.00 RUB",
        "    VAT: 220.00 RUB",
        "  penalty 1, October 2026 («late report»): −20.00 RUB — prm penalty show 1",
        "  other payouts of the batch take: −480.00 RUB",
        "  this payout takes: 720.00 RUB",
        "",
        "Total: 720.00 RUB",
        "Transfer by transfer: prm ledger D1",
    ]


def test_what_came_back_and_an_adjustment_are_told_in_russian(paid):
    assert told(paid, "PRM-2-3", "ru") == [
        "Выплата PRM-2-3, реестр 2, 10 ноября 2026: 61,00 RUB, получатель ООО «D1» (D1)",
        "Состояние: в оплате. В том числе НДС: 11,00 RUB.",
        "",
        "Контрагент D1, договор C1",
        "  наступил срок оплаты, октябрь 2026: 61,00 RUB — prm explain 2026-10 D1 --contract C1",
        "    вознаграждение, Вознаграждение за подключение (activation): 100,00 RUB",
        "    вознаграждение, Доля от начислений (charges): 900,00 RUB",
        "    НДС: 231,00 RUB",
        "    корректировка, Доля от начислений (charges): 50,00 RUB",
        "    из этого срок оплаты наступил раньше: −1 220,00 RUB",
        "  возврат выплаты PRM-1-2, ноябрь 2026 («account closed»): 720,00 RUB — prm explain PRM-1-2",
        "  берут другие выплаты реестра: −720,00 RUB",
        "  берёт эта выплата: 61,00 RUB",
        "",
        "Итого: 61,00 RUB",
        "По проводкам: prm ledger D1",
    ]


def test_an_unknown_payout_is_told_with_how_payouts_are_named(paid):
    with pytest.raises(NotFoundError, match="There is no payout PRM-1-99") as refused:
        explanations.explain_payout("PRM-1-99", "en", settings=paid)
    assert "Выплаты PRM-1-99 нет. Её называют реестр и номер" in refused.value.text("ru")
    assert explanations.parse_payout(" prm-1-2 ") == "PRM-1-2"
    assert explanations.parse_payout("PRM-1") is explanations.parse_payout("2026-10/D1/PRM-1-2") is None
