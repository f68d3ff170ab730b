"""What changes between two versions: every difference is told, in both languages, with the day it is from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings

import schemes
from prm.words import LANGUAGES, Words
from schemes import formula, model
from schemes.field_words import CHOICES, FIELDS, SECTIONS
from schemes.formula import Formula
from tests.oracle.made_up import scheme as made_up
from tests.schemes.drafts import SOUND, broken
from tests.schemes.rich import EXAMPLES

TRIAL = schemes.parse(SOUND, "trial.yaml")
RICH = [schemes.parse(text, "docs/schemes.md") for text in EXAMPLES] + [
    schemes.read(file) for file in sorted(schemes.LIBRARY.glob("*.yaml"))
]


def told(before: schemes.Scheme, after: schemes.Scheme, language) -> list[str]:
    return [sentence.replace("\xa0", " ") for sentence in schemes.compare(before, after, language)]


NEXT = """\
scheme: trial
version: 2
title: {en: Trial, ru: Проба}
document: Trial agreement, annex 2
valid_from: 2026-11-01
announced_on: 2026-10-15
currency: RUB
rounding: {each: line, places: 1, mode: half_even}

attributes:
  fee: {type: money, default: "300.00", between: ["0.00", "900.00"], clause: "2.1", title: {en: fee, ru: вознаграждение}}
  part: {type: share, default: "0.04", between: ["0", "0.20"], title: {en: share, ru: доля}}

terms:
  floor:
    type: money
    title: {en: smallest charge, ru: наименьшее начисление}
    values:
      2026-11-01: {value: "12.00", decided_on: 2026-10-10}
      2027-01-01: "10.00"
      2027-03-01: "15.00"

tables:
  by_tariff:
    type: money
    title: {en: fee by tariff, ru: плата по тарифу}
    keys: [tariff]
    missing: nothing
    rows:
      - {tariff: V1, value: "300.00"}

components:
  activation:
    title: {en: Activation fee, ru: Вознаграждение за подключение}
    clause: "2.1"
    on: activation
    where: product_group = 'voice' and outlet_kind <> 'online' and branch = 'ural'
    pay: by_tariff(tariff)
  charges:
    title: {en: Share of charges, ru: Доля от начислений}
    on: charge
    where: months_since_activation between 0 and 5 and amount >= floor
    pay: amount * part
  bonus:
    title: {en: Volume bonus, ru: Бонус за объём}
    on: activation
    pay:
      tiers:
        by: count
        counting: whole
        steps:
          - {above: 0, each: "5.00"}
          - {above: 100, each: fee}

limits:
  cap:
    title: {en: Monthly cap, ru: Предел за месяц}
    of: [activation, bonus, charges]
    at_most: "400000.00"
"""


def test_a_new_version_in_english():
    assert told(TRIAL, schemes.parse(NEXT, "x"), "en") == [
        "Version 2, which applies from 1 November 2026, is compared with version 1, which applies from 1 January 2026. "
        "A contract that demands notice comes under it when its notice is over, counted from 15 October 2026, if that is later.",
        "Scheme: the document changes. Before: «Trial agreement, annex 1». Now: «Trial agreement, annex 2».",
        "Scheme: the number of decimal places falls from 2 to 1 from 1 November 2026.",
        "Scheme: from 1 November 2026 the way of rounding changes. Before: a half away from zero. Now: a half to the even digit.",
        "Scheme: from 1 November 2026 the day of announcement changes. Before: not given. Now: 15 October 2026.",
        "Fee (clause 2.1): from 1 November 2026 the range changes. Before: 0.00 RUB – 1,000.00 RUB. Now: 0.00 RUB – 900.00 RUB.",
        "The share falls from 5% to 4% from 1 November 2026, unless the contract says otherwise.",
        "Smallest charge: rises from 10.00 RUB to 12.00 RUB from 1 November 2026 (decided on 10 October 2026); "
        "from 1 January 2027 10.00 RUB, as before; from 1 March 2027 15.00 RUB instead of 10.00 RUB.",
        "New table from 1 November 2026. Fee by tariff, by subscriber's tariff: 'V1' — 300.00 RUB; for any other nothing is paid.",
        "Activation fee (clause 2.1): a further condition from 1 November 2026: branch is 'ural'.",
        "Activation fee (clause 2.1): from 1 November 2026 the payment changes. Before: «fee». "
        "Now: «fee by tariff» from the table (subscriber's tariff).",
        "Share of charges: a condition changes from 1 November 2026. "
        "Before: whole months since activation is from 0 to 11. Now: whole months since activation is from 0 to 5.",
        "Volume bonus: from 1 November 2026 the way of counting changes. "
        "Before: each part at its own tier's rate. Now: everything at the rate of the tier reached.",
        "Volume bonus: tier from the beginning: the rate rises from 0.00 RUB to 5.00 RUB from 1 November 2026.",
        "Volume bonus: a new tier from 1 November 2026: "
        "above 100 (exactly 100 belongs to the tier below) «fee» each.",
        "Volume bonus: a tier is gone from 1 November 2026: above 50.",
        "Monthly cap: from 1 November 2026 the list of components changes. "
        "Before: «Activation fee», «Volume bonus». Now: «Activation fee», «Volume bonus», «Share of charges».",
        "Monthly cap: the cap falls from 500,000.00 RUB to 400,000.00 RUB from 1 November 2026.",
    ]  # fmt: skip


def test_a_new_version_in_russian():
    assert told(TRIAL, schemes.parse(NEXT, "x"), "ru") == [
        "Версия 2, действующая с 1 ноября 2026, сравнивается с версией 1, действующей с 1 января 2026. "
        "Договор, требующий уведомления, переходит на неё по окончании срока уведомления, считая с 15 октября 2026, если это позже.",
        "Схема: меняется документ. Было: «Trial agreement, annex 1». Стало: «Trial agreement, annex 2».",
        "Схема: число знаков после запятой снижается с 2 до 1 с 1 ноября 2026.",
        "Схема: с 1 ноября 2026 меняется способ округления. Было: половина — от нуля. Стало: половина — к чётной цифре.",
        "Схема: с 1 ноября 2026 меняется день объявления. Было: не задано. Стало: 15 октября 2026.",
        "Вознаграждение (п. 2.1): с 1 ноября 2026 меняется диапазон. Было: 0,00 RUB – 1 000,00 RUB. Стало: 0,00 RUB – 900,00 RUB.",
        "Доля снижается с 5 % до 4 % с 1 ноября 2026, если договором не установлено иное.",
        "Наименьшее начисление: повышается с 10,00 RUB до 12,00 RUB с 1 ноября 2026 (решение от 10 октября 2026); "
        "с 1 января 2027 — 10,00 RUB, как и прежде; с 1 марта 2027 — 15,00 RUB вместо 10,00 RUB.",
        "Новая таблица с 1 ноября 2026. Плата по тарифу, ключи — тариф абонента: «V1» — 300,00 RUB; в остальных случаях — ничего не выплачивается.",
        "Вознаграждение за подключение (п. 2.1): дополнительное условие с 1 ноября 2026: филиал — «ural».",
        "Вознаграждение за подключение (п. 2.1): с 1 ноября 2026 меняется выплата. Было: «вознаграждение». "
        "Стало: «плата по тарифу» по таблице (тариф абонента).",
        "Доля от начислений: условие меняется с 1 ноября 2026. "
        "Было: полных месяцев с активации от 0 до 11. Стало: полных месяцев с активации от 0 до 5.",
        "Бонус за объём: с 1 ноября 2026 меняется способ счёта. "
        "Было: каждая часть — по ставке своей ступени. Стало: весь объём — по ставке достигнутой ступени.",
        "Бонус за объём: ступень с начала: ставка повышается с 0,00 RUB до 5,00 RUB с 1 ноября 2026.",
        "Бонус за объём: новая ступень с 1 ноября 2026: свыше 100 (ровно 100 относится к нижней ступени) — «вознаграждение» за каждое.",
        "Бонус за объём: ступень с 1 ноября 2026 отменяется: свыше 50.",
        "Предел за месяц: с 1 ноября 2026 меняется перечень составляющих. "
        "Было: «Вознаграждение за подключение», «Бонус за объём». "
        "Стало: «Вознаграждение за подключение», «Бонус за объём», «Доля от начислений».",
        "Предел за месяц: потолок снижается с 500 000,00 RUB до 400 000,00 RUB с 1 ноября 2026.",
    ]  # fmt: skip


def test_the_term_of_a_clawback_is_told_whole_and_what_is_kept_by_its_name():
    advance = (schemes.LIBRARY / "advance.yaml").read_text(encoding="utf-8")
    before = schemes.parse(advance, "a")
    shorter = advance.replace("within: {months: 12, not_counting: suspension}", "within: {days: 90, since: activation}")
    assert told(before, schemes.parse(shorter, "b"), "ru") == [
        "Возврат за непрожитые месяцы (п. 2.3): с 1 января 2026 меняется срок. "
        "Было: в течение 12 месяцев после оплаченного события (дни приостановки не считаются). "
        "Стало: в течение 90 дней после активации."
    ]
    always = advance.replace("    within: {days: 30}\n", "")
    assert told(before, schemes.parse(always, "b"), "en") == [
        "Subscriber came back (clause 2.4): from 1 January 2026 the term changes. "
        "Before: for 30 days after it was taken back. Now: at any time."
    ]
    half = advance.replace("keeps: paid * ratio(elapsed, window)", "keeps: paid * 0.5")
    assert told(before, schemes.parse(half, "b"), "en") == [
        "Return for the months not lived (clause 2.3): from 1 January 2026 the part that is kept changes. "
        "Before: what was paid × the ratio of the part of the term that is over to the whole term. Now: what was paid × 50%."
    ]


CASES = [
    # what is written, what instead, what is told of it
    ("on: charge\n", "on: payment\n", ["Share of charges: from 1 January 2026 the event changes. "
     "Before: charge to a subscriber. Now: payment accepted."]),
    ("each: line", "each: total", ["Scheme: from 1 January 2026 the subject of rounding changes. Before: each line. Now: each component's total."]),
    ("ru: Доля от начислений", "ru: Доля начислений",
     ["Share of charges: the title changes. Before: «Share of charges» (in the file: «Share of charges / Доля от начислений»). "
            "Now: «Share of charges» (in the file: «Share of charges / Доля начислений»)."]),
    ('clause: "2.1", title', 'clause: "2.2", title', ["Fee (clause 2.2): the clause changes. Before: «2.1». Now: «2.2»."]),
    ("product_group = 'voice' and outlet_kind <> 'online'", "outlet_kind <> 'online' and product_group = 'voice'",
     ["Activation fee (clause 2.1): the conditions are numbered in another order from 1 January 2026."]),
    ("where: product_group = 'voice' and outlet_kind <> 'online'\n    ", "",
     ["Activation fee (clause 2.1): a condition falls away from 1 January 2026: product group is 'voice'.",
      "Activation fee (clause 2.1): a condition falls away from 1 January 2026: kind of outlet is not 'online'."]),
    ("by: count", "over: quarter\n        by: count", ["Volume bonus: from 1 January 2026 the span changes. Before: the period. Now: since the quarter's beginning."]),
    ("by: count", "over: year\n        by: count", ["Volume bonus: from 1 January 2026 the span changes. Before: the period. Now: since the year's beginning."]),
    ("    at_most:", "    at_least:", [
        "Monthly cap: from 1 January 2026 the kind of limit changes. Before: at most. Now: at least."]),
    ('at_most: "500000.00"', "at_most: fee", ["Monthly cap: from 1 January 2026 the cap changes. Before: 500,000.00 RUB. Now: «fee»."]),
    (", decided_on: 2026-08-10", "", ["Smallest charge: the days or decisions recorded for the same values change; "
     "what is paid from 1 January 2026 on does not."]),
    ("2026-09-01: {value: \"10.00\", decided_on: 2026-08-10}", "2026-10-01: \"10.00\"", [
        "Smallest charge: from 1 September 2026 1.00 RUB instead of 10.00 RUB; from 1 October 2026 10.00 RUB, as before."]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentences"), CASES, ids=[case[2][0][:60] for case in CASES])
def test_a_difference_is_told_in_words_of_its_own(old, new, sentences):
    assert told(TRIAL, schemes.parse(broken(old, new), "x"), "en") == sentences


def test_a_component_that_is_gone_and_one_that_is_new():
    bonus = SOUND[SOUND.index("  bonus:") : SOUND.index("limits:")]
    without = broken("of: [activation, bonus]", "of: [activation]", SOUND.replace(bonus, ""))
    assert (
        told(TRIAL, schemes.parse(without, "x"), "ru")[0] == "Составляющей «Бонус за объём» с 1 января 2026 больше нет."
    )
    assert told(schemes.parse(without, "x"), TRIAL, "en")[0] == (
        "New component from 1 January 2026. Volume bonus: for every activation of a subscriber of the period taken together, "
        "by their number, each part at its own tier's rate: from the beginning 0.00 RUB each; "
        "above 50 (exactly 50 belongs to the tier below) «fee» each."
    )


def test_instalments_are_told():
    later = broken("on: activation\n    where", "on: activation\n    after: {months: {from: 1, to: 2}}\n    where")
    assert told(TRIAL, schemes.parse(later, "x"), "ru") == [
        "Вознаграждение за подключение (п. 2.1): с 1 января 2026 меняется срок после события. Было: не задано. Стало: месяц 1, месяц 2."
    ]


WITH_TABLE = (
    broken("pay: fee\n", "pay: fee + by_region(outlet_region)\n")
    + """
tables:
  by_region:
    type: money
    title: {en: extra by region, ru: надбавка по региону}
    keys: [region]
    missing: "0.00"
    rows:
      - {region: Пермь, value: "5.00"}
      - {region: Омск, value: {2026-01-01: "7.00", 2026-12-01: "8.00"}}
      - {region: Уфа, value: "9.00"}
"""
)


def test_rows_of_tables_are_told_one_by_one():
    after = broken('{region: Пермь, value: "5.00"}', '{region: Пермь, value: "4.00"}', WITH_TABLE)
    after = broken('      - {region: Уфа, value: "9.00"}\n', '      - {region: Тверь, value: "9.00"}\n', after)
    after = broken("2026-12-01", "2026-12-15", broken('missing: "0.00"', "missing: nothing", after))
    assert told(schemes.parse(WITH_TABLE, "x"), schemes.parse(after, "x"), "ru") == [
        "Надбавка по региону: «Пермь»: снижается с 5,00 RUB до 4,00 RUB с 1 января 2026.",
        "Надбавка по региону: «Омск»: с 1 декабря 2026 — 7,00 RUB вместо 8,00 RUB; с 15 декабря 2026 — 8,00 RUB, как и прежде.",
        "Надбавка по региону: новая строка с 1 января 2026: «Тверь» — 9,00 RUB.",
        "Надбавка по региону: строки с 1 января 2026 больше нет: «Уфа».",
        "Надбавка по региону: с 1 января 2026 меняется значение для остальных ключей. Было: 0,00 RUB. Стало: ничего не выплачивается.",
    ]  # fmt: skip
    rows = WITH_TABLE[WITH_TABLE.index("      - {region") :].splitlines(keepends=True)
    turned = WITH_TABLE[: WITH_TABLE.index("      - {region")] + "".join(rows[::-1])
    assert told(schemes.parse(WITH_TABLE, "x"), schemes.parse(turned, "x"), "en") == [
        "Extra by region: the rows stand in another order."
    ]


def test_what_a_later_version_leaves_out_of_the_past_is_no_change():
    later = broken("version: 1", "version: 2", broken("valid_from: 2026-01-01", "valid_from: 2026-11-01", WITH_TABLE))
    later = broken('      2026-01-01: "1.00"\n', "", later)
    assert told(schemes.parse(WITH_TABLE, "x"), schemes.parse(later, "x"), "en")[1:] == ["Nothing else changes."]


def test_sentences_that_would_be_the_same_show_what_stands_in_the_files():
    twins = SOUND.replace("en: share, ru: доля", "en: fee, ru: вознаграждение").replace(
        "part: {type: share", "part: {type: money"
    )
    twins = twins.replace('"0.05", between: ["0", "0.20"]', '"300.00"').replace("pay: amount * part", "pay: part")
    (sentence,) = told(
        schemes.parse(twins, "x"), schemes.parse(broken("pay: part\n", "pay: fee + part - part\n", twins), "x"), "en"
    )
    assert sentence.endswith("Before: «fee». Now: «fee» + «fee» − «fee».")
    (sentence,) = told(
        schemes.parse(twins, "x"),
        schemes.parse(broken("{above: 50, each: fee}", "{above: 50, each: part}", twins), "x"),
        "en",
    )
    assert sentence.endswith("Before: «fee» (in the file: «fee»). Now: «fee» (in the file: «part»).")


# --- nothing is left out


def parts(part: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a part that its content hash sees."""
    return ((of.name, getattr(part, of.name)) for of in fields(part) if of.name not in ("name", "place", "file"))


def other(name: str, value: Any) -> Any:
    """Another value for a field."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, Decimal | int):
        return value + 1
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, Words):
        return Words(en=value.en + "x", ru=value.ru + "х")
    if isinstance(value, Formula):
        return formula.parse("'a' = 'b'", {}) if value.type == "flag" else formula.parse("1 + 2", {})
    if name in ("type", "on", "currency"):
        return {"type": "flag", "on": "churn", "currency": "EUR"}[name]
    return next((choice for choice in CHOICES.get(name, ()) if choice != value), f"{value}x")


def mutants(part: Any, name: str = "") -> Iterator[Any]:
    """The part with one thing changed, taken away or turned round."""
    if isinstance(part, dict):
        for key, of in part.items():
            yield {each: part[each] for each in part if each != key}
            yield from (part | {key: changed} for changed in mutants(of, name))
    elif isinstance(part, tuple):
        if name != "between" and part:
            yield part[:-1]
        if len(part) > 1 and not is_dataclass(part[0]):
            yield part[::-1]
        for index, of in enumerate(part):
            yield from ((*part[:index], changed, *part[index + 1 :]) for changed in mutants(of, name))
    elif is_dataclass(part) and not isinstance(part, Words | Formula):
        for field_name, of in parts(part):
            yield from (replace(part, **{field_name: changed}) for changed in mutants(of, field_name))
    elif part is not None:
        yield other(name, part)


def english_of(sentence: str) -> list[str]:
    """The Latin words of a sentence that stand outside quotation marks and are no currency."""
    while re.search("«[^«»]*»", sentence):
        sentence = re.sub("«[^«»]*»", "", sentence)
    return re.findall("[A-Za-z]{2,}", re.sub(r"\b(RUB|EUR|KZT|KWD)\b", "", sentence))


@pytest.mark.parametrize("scheme", RICH, ids=lambda scheme: scheme.title.en)
def test_every_single_difference_is_told_in_both_languages(scheme):
    others = [mutant for mutant in mutants(scheme) if schemes.content_hash(mutant) != schemes.content_hash(scheme)]
    assert len(others) > 10
    for mutant in others:
        for before, after in ((scheme, mutant), (mutant, scheme)):
            english, russian = schemes.compare(before, after, "en"), schemes.compare(before, after, "ru")
            assert english and len(english) == len(russian)
            assert [
                word for sentence in russian if not sentence.startswith("Нов") for word in english_of(sentence)
            ] == []
            assert not any(re.search("[а-я]{3}", re.sub("['«][^'«»]*['»]", "", sentence)) for sentence in english)
    assert all(schemes.compare(scheme, scheme, language) == [] for language in LANGUAGES)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(made_up("one"), made_up("one"))
def test_two_schemes_differ_in_sentences_exactly_where_their_hashes_do(one, another):
    one, another = schemes.parse(one, "one"), schemes.parse(another, "another")
    for language in LANGUAGES:
        sentences = schemes.compare(one, another, language)
        assert bool(sentences) == (schemes.content_hash(one) != schemes.content_hash(another))
        assert len(sentences) == len(set(sentences)) or {"c0", "c1"} <= {*one.components, *another.components}
        assert schemes.compare(one, one, language) == []


def test_a_measure_of_outlets_is_compared_by_its_own_words():
    [before] = [scheme for scheme in RICH if "strong_outlets" in scheme.measures]
    measures = before.measures
    there = replace(measures["connected_at_outlet"], per=None)
    strong = replace(measures["strong_outlets"], outlets="charged_at_outlet", at_least=Decimal("50000.00"))
    earning = replace(measures["earning_outlets"], at_least=Decimal(150000))
    after = replace(
        before, measures=measures | {"connected_at_outlet": there, "strong_outlets": strong, "earning_outlets": earning}
    )
    assert told(before, after, "en") == [
        "Connected at the outlet: from 1 January 2026 the unit of reckoning changes. Before: each outlet by itself. Now: not given.",
        "Strong outlets: from 1 January 2026 the measure by which outlets are counted changes. Before: «connected at the outlet». Now: «charged at the outlet».",
        "Strong outlets: from 1 January 2026 the number to be reached changes. Before: «connections that are enough». Now: 50,000.00 RUB.",
        "Earning outlets: the number to be reached rises from 100,000.00 RUB to 150,000.00 RUB from 1 January 2026.",
    ]
    assert "Доходные точки: порог повышается с 100 000,00 RUB до 150 000,00 RUB с 1 января 2026." in told(
        before, after, "ru"
    )


# --- the language grows


@dataclass(frozen=True)
class Reversal:
    """A part that no words are known for."""

    days: int
    how: str
    when: Formula


@dataclass(frozen=True)
class Grown(model.Component):
    """A component with a field that no words are known for."""

    reversal: Reversal | None = None


@dataclass(frozen=True)
class GrownScheme(model.Scheme):
    """A scheme with a section that no words are known for."""

    splits: dict[str, Reversal] = field(default_factory=dict)


def test_what_has_no_words_yet_is_told_by_its_name():
    old = Reversal(30, "in_full", formula.parse("unheard_of > 1", {"unheard_of": "number"}))

    def with_reversal(reversal):
        component = TRIAL.components["activation"]
        grown = Grown(**{of.name: getattr(component, of.name) for of in fields(component)}, reversal=reversal)
        return replace(TRIAL, components=TRIAL.components | {"activation": grown})

    assert told(with_reversal(old), with_reversal(replace(old, days=60)), "ru") == [
        "Вознаграждение за подключение (п. 2.1): «days» повышается с 30 до 60 с 1 января 2026."
    ]
    assert told(with_reversal(old), with_reversal(replace(old, how="pro_rata")), "ru") == [
        "Вознаграждение за подключение (п. 2.1): с 1 января 2026 меняется «how». Было: «in_full». Стало: «pro_rata»."
    ]
    assert told(with_reversal(None), with_reversal(old), "en") == [
        "Activation fee (clause 2.1): from 1 January 2026 the «reversal» changes. Before: not given. "
        "Now: «days»: 30; «how»: «in_full»; «when»: «unheard_of > 1»."
    ]

    def with_splits(**splits):
        return GrownScheme(**{of.name: getattr(TRIAL, of.name) for of in fields(TRIAL)}, splits=splits)

    assert told(with_splits(), with_splits(half=old), "ru") == [
        "Новое в разделе «splits» с 1 января 2026: «half». «days»: 30; «how»: «in_full»; «when»: «unheard_of > 1»."
    ]
    assert told(with_splits(half=old), with_splits(), "en") == ["Gone from «splits» from 1 January 2026: «half»."]
    assert told(with_splits(half=old), with_splits(half=replace(old, days=1)), "en") == [
        "«half»: the «days» falls from 30 to 1 from 1 January 2026."
    ]


MODEL = [
    of for of in vars(model).values() if isinstance(of, type) and is_dataclass(of) and of.__module__ == model.__name__
]


@pytest.mark.parametrize("part", MODEL, ids=lambda part: part.__name__)
def test_every_field_and_choice_of_the_model_has_words(part):
    for name, kind in get_type_hints(part).items():
        if name in ("name", "place", "file"):
            continue
        assert name in SECTIONS or name in FIELDS, f"{part.__name__}.{name} needs words in schemes/field_words.py"
        if get_origin(kind) is Literal:
            assert set(get_args(kind)) <= set(CHOICES[name]), f"{part.__name__}.{name} needs words for its choices"
