"""Names that can hold only certain words: which they are, and that drafts with others are refused."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import schemes
from prm.settings import PROJECT
from schemes import SchemeError
from schemes.streams import streams
from tests.schemes.drafts import SOUND, broken

SOURCES = {
    "outlet_kind": ("outlets", "kind"), "counterparty_kind": ("counterparties", "kind"), "status": ("subscribers", "status"),
    "charge_kind": ("charges", "charge_kind"), "channel": ("payments", "channel"),
}  # fmt: skip
"""Each name's column: the data set, and the field of its contract."""
WORDS = {name: list(of.words) for stream in streams().values() for name, of in stream.names.items() if of.words}
WHERE = "product_group = 'voice' and outlet_kind <> 'online'"
CHARGES = "where: months_since_activation between 0 and 11 and amount >= floor"
CASES = [
    # what is written, what is written instead, line:column, the message in English and in Russian
    (WHERE, "outlet_kind = 'onlin'", "26:26",
     "There is no outlet_kind 'onlin'. Did you mean 'online'? Accepted: own, multibrand, online.",
     "Значения «onlin» у outlet_kind не бывает. Возможно, имелось в виду «online»? Допустимо: own, multibrand, online."),
    (WHERE, "product_group = 'voice' and not outlet_kind in ('own', 'onlin')", "26:67",
     "There is no outlet_kind 'onlin'. Did you mean 'online'? Accepted: own, multibrand, online.",
     "Значения «onlin» у outlet_kind не бывает. Возможно, имелось в виду «online»? Допустимо: own, multibrand, online."),
    (WHERE, "counterparty_kind = 'distributor'", "26:32",
     "There is no counterparty_kind 'distributor'. Accepted: dealer, subdealer, agent, partner.",
     "Значения «distributor» у counterparty_kind не бывает. Допустимо: dealer, subdealer, agent, partner."),
    (WHERE, "(status) = 'Active'", "26:23",
     "There is no status 'Active'. Did you mean 'active'? Accepted: active, suspended, closed.",
     "Значения «Active» у status не бывает. Возможно, имелось в виду «active»? Допустимо: active, suspended, closed."),
    (CHARGES, "where: amount >= floor and charge_kind = 'montly'", "31:46",
     "There is no charge_kind 'montly'. Did you mean 'monthly'? Accepted: monthly, usage, one_off.",
     "Значения «montly» у charge_kind не бывает. Возможно, имелось в виду «monthly»? Допустимо: monthly, usage, one_off."),
    ("on: charge\n    " + CHARGES, "on: payment\n    where: amount >= floor and if(channel = 'bank', true, false)", "31:45",
     "There is no channel 'bank'. Accepted: cash, card, online.",
     "Значения «bank» у channel не бывает. Допустимо: cash, card, online."),
]  # fmt: skip


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(SchemeError) as refused:
        schemes.parse(text, "trial.yaml")
    return [(problem.text("en"), problem.text("ru")) for problem in refused.value.problems]


@pytest.mark.parametrize("name", SOURCES)
def test_the_words_are_those_that_the_files_may_hold(name):
    data_set, field = SOURCES[name]
    contract = YAML(typ="safe").load((PROJECT / "loaders" / "contracts" / f"{data_set}.yaml").read_text("utf-8"))
    assert WORDS[name] == contract["columns"][field]["allowed"]
    assert set(WORDS) == set(SOURCES)


@pytest.mark.parametrize(("old", "new", "place", "en", "ru"), CASES, ids=[case[3][:40] for case in CASES])
def test_a_word_that_a_name_cannot_hold_is_refused_with_those_that_it_can(old, new, place, en, ru):
    assert problems(broken(old, new)) == [(f"trial.yaml:{place}: {en}", f"trial.yaml:{place}: {ru}")]
    assert schemes.parse(broken(old, new), "trial.yaml", is_draft=False)


TABLE = broken(
    "limits:",
    """\
tables:
  fee_by_outlet:
    type: money
    title: {en: fee by outlet, ru: плата по точке}
    keys: [tariff, outlet]
    missing: "1"
    rows:
      - {tariff: ownn, outlet: own, value: "2"}
      - {tariff: V1, outlet: ownn, value: "3"}

limits:""",
    broken(
        "pay: fee\n", "pay: fee_by_outlet(tariff, outlet_kind)\n", SOUND.replace("each: fee}", "each: fee}  # used")
    ),
)


def test_a_key_that_is_looked_up_by_such_a_name_is_refused_too():
    line = next(number for number, line in enumerate(TABLE.split("\n"), 1) if "outlet: ownn" in line)
    assert problems(TABLE) == [(
        f"trial.yaml:{line}:30: There is no outlet_kind 'ownn'. Did you mean 'own'? Accepted: own, multibrand, online.",
        f"trial.yaml:{line}:30: Значения «ownn» у outlet_kind не бывает. Возможно, имелось в виду «own»? Допустимо: own, multibrand, online.",
    )]  # fmt: skip
    assert schemes.parse(TABLE, "trial.yaml", is_draft=False)


@pytest.mark.parametrize(
    "call",
    [
        "fee_by_outlet(tariff, if(tariff = 'x', 'ownn', outlet_kind))",
        "fee_by_outlet(tariff, 'ownn') + fee_by_outlet(tariff, outlet_kind)",
    ],
)
def test_a_key_that_another_call_may_look_up_is_not(call):
    assert schemes.parse(broken("fee_by_outlet(tariff, outlet_kind)", call, TABLE), "trial.yaml")


def test_explanations_say_the_words_titles():
    scheme = schemes.parse(SOUND, "trial.yaml")
    assert schemes.explain_condition(scheme, "activation", 2, "ru") == "вид торговой точки — не «онлайн»"
    rows = next(
        told
        for told in schemes.explain(schemes.parse(TABLE.replace("outlet: ownn", "outlet: online"), "x"), "ru")
        if "V1" in told
    )
    assert "«V1», «онлайн» — 3,00" in rows and "«ownn», «собственная» — 2,00" in rows


def test_the_page_on_schemes_lists_the_words():
    page = (Path(__file__).parents[2] / "docs" / "schemes.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", page, re.MULTILINE))
    assert {name: re.findall(r"`(\w+)`", of) for name, of in listed.items() if name in SOURCES} == WORDS
