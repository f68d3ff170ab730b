"""Every line of months that use most of the language is explained, in both languages, and the explanation adds up."""

from decimal import Decimal

import pytest

import explanations
from prm import database
from prm.period import Period
from prm.words import LANGUAGES
from tests.conftest import fresh_home
from tests.explanations.months import EVERYTHING, everything
from tests.operators import OCTOBER
from tests.runs.test_clawbacks import AUGUST, CAPPED, NOVEMBER, SEPTEMBER, books, operator

PUBLISHED = "select * from reporting.reward_lines order by period, counterparty_id, contract_id, component, line"


@pytest.fixture(scope="module", params=["everything", "clawbacks"])
def calculated(request, server, template, tmp_path_factory):
    with fresh_home(server, template, tmp_path_factory.mktemp(request.param)) as settings:
        if request.param == "everything":
            yield books(settings, EVERYTHING, everything(), SEPTEMBER, OCTOBER)
        else:
            yield books(settings, CAPPED, operator(), AUGUST, SEPTEMBER, OCTOBER, NOVEMBER)


def test_every_line_is_explained_and_agrees_with_what_was_published(calculated):
    with database.transaction(calculated) as connection:
        lines = connection.execute(PUBLISHED).fetchall()
    assert {line["outcome"] for line in lines} >= {"paid", "counted"}
    for line in lines:
        told = {
            language: explanations.explain_line(explanations.address_of(line), language, settings=calculated)
            for language in LANGUAGES
        }
        for language, of in told.items():
            text = "\n".join(explanations.as_text(of))
            assert of.line["amount"] == line["amount"]
            assert of.reckoned is None or of.reckoned.agrees, text
            assert not any(code in text for code in ("not_eligible", "{", "None")), text
            assert (of.input_row is None) == (line["stream"] == "period")
            assert of.input_row is None or of.input_row.values, text
            if language == "en":
                assert not _is_russian(of.headline + of.version + of.outcome), text
            _conditions_say_what_failed(line, of)
            _tiers_add_up(line, of)
        assert [of.is_met for of in told["ru"].conditions] == [of.is_met for of in told["en"].conditions]


def _is_russian(text):
    return any("а" <= letter <= "я" for letter in text.lower())


def _conditions_say_what_failed(line, of):
    failed = [condition.number for condition in of.conditions if not condition.is_met]
    assert (failed[0] if failed else None) == line["failed_condition"]


def _tiers_add_up(line, of):
    assert bool(of.tiers) <= bool(line["tier_split"])
    assert sum((tier.amount for tier in of.tiers), Decimal(0)) == (of.reckoned.exact if of.tiers else 0)


def test_the_lines_codes_are_as_many_as_the_lines(calculated):
    with database.transaction(calculated) as connection:
        lines = connection.execute(PUBLISHED).fetchall()
    assert len({explanations.address_of(line) for line in lines}) == len(lines)


def test_every_reward_adds_up(calculated):
    with database.transaction(calculated) as connection:
        owed = connection.execute(
            "select period, counterparty_id, sum(amount) as amount from reporting.rewards group by 1, 2"
        ).fetchall()
    for row in owed:
        for language in LANGUAGES:
            of = explanations.explain_reward(
                Period.parse(row["period"]), row["counterparty_id"], language, settings=calculated
            )
            assert sum((amount for _, amount in of.totals), Decimal(0)) == row["amount"]
            for component in of.components:
                assert sum((amount for _, _, amount in component.by_outcome), Decimal(0)) == component.amount
            assert explanations.as_text(of)
