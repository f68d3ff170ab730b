"""An attribute without a default: read, told, compared, and asked of every contract on every day that it is required."""

from datetime import date

import pytest

import schemes
from schemes.pages import _Page
from schemes.worked import worked
from tests.schemes.drafts import SOUND, broken
from tests.schemes.test_compiling import TRIAL, attribute, compile_terms, contract, of_component

REQUIRING = broken('default: "300.00"', "required: true")
REQUIRED = schemes.parse(REQUIRING, "trial.yaml")
SECOND = broken("valid_from: 2026-01-01", "valid_from: 2026-10-09", broken("version: 1", "version: 2", REQUIRING))


def told(sentences):
    return [sentence.replace("\xa0", " ") for sentence in sentences]


def test_required_false_beside_a_default_says_nothing_more():
    same = schemes.parse(broken('default: "300.00"', 'default: "300.00", required: false'), "trial.yaml")
    assert same == TRIAL and schemes.content_hash(same) == schemes.content_hash(TRIAL)
    assert schemes.content_hash(REQUIRED) != schemes.content_hash(TRIAL)


def test_the_rules_say_that_it_is_agreed_with_each_contract():
    assert told(schemes.explain(REQUIRED, "en"))[1] == (
        "Fee (clause 2.1): as agreed with each contract (from 0.00 RUB to 1,000.00 RUB); there is no value by default."
    )
    assert told(schemes.explain(REQUIRED, "ru"))[1] == (
        "Вознаграждение (п. 2.1): устанавливается каждым договором (от 0,00 RUB до 1 000,00 RUB); значения по умолчанию нет."
    )
    page = _Page(REQUIRED, worked("advance"), "ru", [])
    assert page.attribute(REQUIRED.attributes["fee"])[1] == "по договору"


def test_a_default_that_goes_or_comes_is_told():
    second = schemes.parse(SECOND, "x")
    assert told(schemes.compare(TRIAL, second, "en"))[1:] == [
        "The fee (clause 2.1) must be agreed with each contract from 9 October 2026; before: 300.00 RUB."
    ]
    assert told(schemes.compare(TRIAL, second, "ru"))[1:] == [
        "Вознаграждение (п. 2.1) с 9 октября 2026 устанавливается каждым договором, значения по умолчанию больше нет; "
        "прежде: 300,00 RUB."
    ]
    assert told(schemes.compare(second, TRIAL, "en"))[1:] == [
        "The fee (clause 2.1) is 300.00 RUB from 1 January 2026, unless the contract says otherwise; "
        "before, each contract had to agree it."
    ]
    assert told(schemes.compare(second, TRIAL, "ru"))[1:] == [
        "Вознаграждение (п. 2.1) с 1 января 2026: 300,00 RUB, если договором не установлено иное; "
        "прежде значение устанавливал каждый договор."
    ]


def test_any_value_in_the_range_may_come_to_hold():
    some = REQUIRING.replace("where: product_group = 'voice'", "where: fee > 999 and product_group = 'voice'")
    assert schemes.parse(some, "x").required == ["fee"]
    with pytest.raises(schemes.SchemeError, match="'activation' can never pay"):
        schemes.parse(some.replace("fee > 999", "fee > 1000"), "x")


@pytest.mark.parametrize("holder", [{"contract_id": "C1"}, {"counterparty_id": "D1"}, {"branch": "ural"}])
def test_a_value_of_any_level_is_enough(holder):
    compiled = compile_terms([contract()], [attribute("fee", "77.00", **holder)], [REQUIRED])
    assert not compiled.problems
    assert [str(row["money_1"]) for row in of_component(compiled.terms, "activation")] == ["77.0000"]


@pytest.mark.parametrize(
    ("values", "versions", "day"),
    [
        ([], [REQUIRED], "2026-10-01"),
        ([attribute("fee", "77.00", date(2026, 10, 2))], [REQUIRED], "2026-10-01"),
        ([attribute("fee", "77.00", counterparty_id="D2")], [REQUIRED], "2026-10-01"),
        ([attribute("fee", "77.00"), attribute("fee", "", date(2026, 10, 20))], [REQUIRED], "2026-10-20"),
        ([], [TRIAL, schemes.parse(SECOND, "x")], "2026-10-09"),
    ],
)
def test_a_contract_without_one_on_some_day_is_left_out_and_told_from_when(values, versions, day):
    compiled = compile_terms([contract(), contract(2, counterparty="D2", scheme="other")], values, [*versions, OTHER])
    (problem,) = compiled.problems
    number = versions[-1].version
    assert (problem.contract_id, problem.counterparty_id) == ("C1", "D1")
    assert problem.message.en == (
        f"scheme trial v{number} requires a value of fee, and from {day} on there is none: "
        f"prm registry set-attribute fee VALUE --contract C1 --from {day}"
    )
    assert problem.message.ru == (
        f"схема trial v{number} требует значения fee, а с {day} его нет: "
        f"prm registry set-attribute fee ЗНАЧЕНИЕ --contract C1 --from {day}"
    )
    assert {row["contract_id"] for row in compiled.terms.to_pylist()} == {"C2"}


OTHER = schemes.parse(SOUND.replace("scheme: trial", "scheme: other"), "other.yaml")


def test_days_on_which_the_contract_or_the_version_is_not_in_force_are_not_asked():
    value, second = attribute("fee", "77.00", date(2026, 10, 9)), schemes.parse(SECOND, "x")
    assert not compile_terms([contract()], [value], [TRIAL, second]).problems
    assert not compile_terms([contract(last=date(2026, 10, 8))], [], [TRIAL, second]).problems
    assert not compile_terms([contract(first=date(2026, 10, 9))], [value], [REQUIRED]).problems
    assert not compile_terms([contract(notice_days=40)], [], [TRIAL, second]).problems
