"""A scheme read aloud: the same rules in both languages, every number and boundary in words."""

import pytest

import schemes
from prm.words import LANGUAGES
from tests.schemes.drafts import SOUND, broken

TRIAL = schemes.parse(SOUND, "trial.yaml")


def told(scheme, language):
    return [sentence.replace("\xa0", " ") for sentence in schemes.explain(scheme, language)]


def test_the_rules_in_russian():
    assert told(TRIAL, "ru") == [
        "Проба: схема trial, версия 1, действует с 1 января 2026. Trial agreement, annex 1. Валюта: RUB.",
        "Вознаграждение (п. 2.1): 300,00 RUB, если договором не установлено иное (от 0,00 RUB до 1 000,00 RUB).",
        "Доля: 5 %, если договором не установлено иное (от 0 % до 20 %).",
        "Наименьшее начисление: 1,00 RUB с 1 января 2026; 10,00 RUB с 1 сентября 2026 (решение от 10 августа 2026).",
        "Вознаграждение за подключение (п. 2.1): за каждое событие «активация абонента», если группа продуктов — «voice» "
        "и вид торговой точки — не «онлайн», выплачивается: «вознаграждение».",
        "Доля от начислений: за каждое событие «начисление абоненту», если полных месяцев с активации от 0 до 11 "
        "и сумма начисления не меньше чем «наименьшее начисление», выплачивается: сумма начисления × «доля».",
        "Бонус за объём: по всем событиям «активация абонента» за период вместе: по их количеству, "
        "каждая часть — по ставке своей ступени: с начала — 0,00 RUB за каждое; "
        "свыше 50 (ровно 50 относится к нижней ступени) — «вознаграждение» за каждое.",
        "Предел за месяц: «Вознаграждение за подключение», «Бонус за объём» — вместе по договору за период "
        "не больше чем 500 000,00 RUB.",
        "Каждая строка округляется один раз, до 2 знаков после запятой; половина — от нуля.",
    ]


def test_the_rules_in_english():
    assert told(TRIAL, "en")[4:8] == [
        "Activation fee (clause 2.1): for each activation of a subscriber, where product group is 'voice' and "
        "kind of outlet is not 'online', «fee» is paid.",
        "Share of charges: for each charge to a subscriber, where whole months since activation is from 0 to 11 and "
        "amount of the charge is at least «smallest charge», amount of the charge × «share» is paid.",
        "Volume bonus: for every activation of a subscriber of the period taken together, by their number, "
        "each part at its own tier's rate: from the beginning 0.00 RUB each; "
        "above 50 (exactly 50 belongs to the tier below) «fee» each.",
        "Monthly cap: «Activation fee», «Volume bonus» together are at most 500,000.00 RUB for a contract and period.",
    ]


def test_the_day_of_announcement_is_told_where_it_is_given():
    text = broken("valid_from: 2026-01-01", "valid_from: 2026-01-01\nannounced_on: 2025-11-15")
    assert told(schemes.parse(text, "x"), "ru")[1] == (
        "Версия объявлена 15 ноября 2025; срок уведомления, если его требует договор, считается с этой даты."
    )
    assert told(schemes.parse(text, "x"), "en")[1].startswith("Announced on 15 November 2025; ")


def test_the_other_boundary_and_the_other_counting_read_otherwise():
    text = broken("counting: slice", "counting: whole", SOUND.replace("{above:", "{from:"))
    bonus = told(schemes.parse(text, "trial.yaml"), "ru")[6]
    assert "весь объём — по ставке достигнутой ступени" in bonus
    assert "от 50 (ровно 50 относится сюда)" in bonus


def test_a_condition_is_told_by_its_number():
    assert schemes.explain_condition(TRIAL, "activation", 2, "ru") == "вид торговой точки — не «онлайн»"
    assert schemes.explain_condition(TRIAL, "charges", 1, "en") == "whole months since activation is from 0 to 11"


@pytest.mark.parametrize(("where", "ru"), [
    ("branch in ('ural', 'volga')", "филиал — «ural» или «volga»"),
    ("activated_on is not null", "значение «дата активации» задано"),
    ("not (branch = 'ural' or amount < 1)", "неверно, что (филиал — «ural» или сумма начисления меньше чем 1,00 RUB)"),
    ("event_date >= date '2026-09-01'", "дата события не раньше 1 сентября 2026"),
    ("least(amount, 5) - 1 > 0", "наименьшее из (сумма начисления; 5,00 RUB) − 1,00 RUB больше чем 0,00 RUB"),
])  # fmt: skip
def test_every_kind_of_condition_has_its_words(where, ru):
    text = broken("and amount >= floor", f"and amount >= floor and {where}")
    scheme = schemes.parse(text, "trial.yaml")
    assert schemes.explain_condition(scheme, "charges", 3, "ru").replace("\xa0", " ") == ru


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", sorted(schemes.LIBRARY.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_part_of_the_librarys_schemes_is_told(file, language):
    scheme = schemes.read(file)
    text = "\n".join(schemes.explain(scheme, language))
    parts = [*scheme.attributes.values(), *scheme.terms.values(), *scheme.components.values(), *scheme.limits.values()]
    missing = [part.name for part in parts if getattr(part.title, language).lower() not in text.lower()]
    assert missing == [] and "events." not in text and "{" not in text
