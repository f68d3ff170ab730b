"""A scheme read aloud: the same rules in both languages, every number and boundary in words."""

import pytest

import schemes
from prm.words import LANGUAGES
from schemes.plurals import span, within
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
        "и сумма начисления не менее «наименьшее начисление», выплачивается: сумма начисления × «доля».",
        "Бонус за объём: по всем событиям «активация абонента» за период вместе: по их количеству, "
        "каждая часть — по ставке своей ступени: с начала — 0,00 RUB за каждое; "
        "свыше 50 (ровно 50 относится к нижней ступени) — «вознаграждение» за каждое.",
        "Предел за месяц: «Вознаграждение за подключение», «Бонус за объём» — вместе по договору за период "
        "не более 500 000,00 RUB.",
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
    ("part is not null", "значение «доля» задано"),
    ("branch in ('ural', 'volga')", "филиал — «ural» или «volga»"),
    ("activated_on is not null", "значение «дата активации» задано"),
    ("not (branch = 'ural' or amount < 1)", "неверно, что (филиал — «ural» или сумма начисления менее 1,00 RUB)"),
    ("event_date >= date '2026-09-01'", "дата события не раньше 1 сентября 2026"),
    ("event_date > activated_on", "дата события позже «дата активации»"),
    ("least(amount, 5) - 1 > 0", "(сумма начисления, но не более 5,00 RUB) − 1,00 RUB более 0,00 RUB"),
])  # fmt: skip
def test_every_kind_of_condition_has_its_words(where, ru):
    text = broken("and amount >= floor", f"and amount >= floor and {where}")
    scheme = schemes.parse(text, "trial.yaml")
    assert schemes.explain_condition(scheme, "charges", 3, "ru").replace("\xa0", " ") == ru


@pytest.mark.parametrize(("after", "en", "ru"), [
    ("{months: [0, 3, 6]}", "at once and 3 and 6 months after it", "сразу и через 3 и 6 месяцев после неё"),
    ("{months: {from: 0, to: 3}}", "at once and 1–3 months after it", "сразу и через 1–3 месяца после неё"),
    ("{days: [1, 21]}", "1 and 21 days after it", "через 1 и 21 день после неё"),
])  # fmt: skip
def test_when_an_activation_is_looked_at_is_told(after, en, ru):
    scheme = schemes.parse(broken("on: activation\n    where", f"on: activation\n    after: {after}\n    where"), "a")
    assert en in told(scheme, "en")[4] and ru in told(scheme, "ru")[4]


@pytest.mark.parametrize(("pay", "en", "ru"), [
    ("least(greatest(amount * part, 10), 50)", "amount of the charge × «share», but at least 10.00 RUB and at most 50.00 RUB",
     "сумма начисления × «доля», но не менее 10,00 RUB и не более 50,00 RUB"),
    ("greatest(least(50, amount * part), fee)", "amount of the charge × «share», but at most 50.00 RUB and at least «fee»",
     "сумма начисления × «доля», но не более 50,00 RUB и не менее «вознаграждение»"),
    ("least(amount, 50) * part", "(amount of the charge, but at most 50.00 RUB) × «share»",
     "(сумма начисления, но не более 50,00 RUB) × «доля»"),
    ("least(amount * 0.5, amount - 5, 100)", "the least of (amount of the charge × 50%; amount of the charge − 5.00 RUB; 100.00 RUB)",
     "наименьшее из (сумма начисления × 50 %; сумма начисления − 5,00 RUB; 100,00 RUB)"),
    ("amount * coalesce(part, 0.01)", "amount of the charge × «share» (1% if unknown)",
     "сумма начисления × «доля» (1 %, если неизвестно)"),
    ("fee + months_since_activation * 300 * 0.9", "whole months since activation × 300.00 RUB × 90%",
     "полных месяцев с активации × 300,00 RUB × 90 %"),
    ("amount * if(fee > 0.5, 1, 0.25)", "amount of the charge × (100%, if «fee» is more than 0.50 RUB, else 25%)",
     "сумма начисления × (100 %, если «вознаграждение» более 0,50 RUB, иначе 25 %)"),
    ("1.5 * amount * 0.055", "1.5 × amount of the charge × 5.5%", "1,5 × сумма начисления × 5,5 %"),
    ("completed(amount, 100) * fee", "«fee» for every whole 100.00 RUB of amount of the charge",
     "за каждые полные 100,00 RUB из «сумма начисления» — «вознаграждение»"),
    ("fee * started(amount, 100) + amount * part", "(«fee» for every begun 100.00 RUB of amount of the charge) + amount of the charge × «share»",
     "(за каждые начатые 100,00 RUB из «сумма начисления» — «вознаграждение») + сумма начисления × «доля»"),
    ("amount * ratio(days_since_activation, 365)", "amount of the charge × the ratio of days since activation to 365",
     "сумма начисления × отношение «дней с активации» к 365"),
    ("if(ratio(amount, floor) >= 0.8, amount * part, -fee)",
     "(amount of the charge × «share», if amount of the charge is at least 80% of «smallest charge», else −«fee»)",
     "(сумма начисления × «доля», если «сумма начисления» составляет не менее 80 % от «наименьшее начисление», иначе −«вознаграждение»)"),
])  # fmt: skip
def test_bounds_ratios_and_whole_numbers_of_something_have_their_words(pay, en, ru):
    scheme = schemes.parse(
        broken("pay: amount * part", f"pay: {pay} + part * 0 * fee" if "part" not in pay else f"pay: {pay}"),
        "trial.yaml",
    )
    formula = scheme.components["charges"].pay
    told = {
        language: schemes.Teller(scheme, language).expression(formula.tree, formula, "charge").replace("\xa0", " ")
        for language in LANGUAGES
    }
    if "part" in pay:
        assert told == {"en": en, "ru": ru}
    else:
        assert en in told["en"] and ru in told["ru"]


MEASURES = broken(
    "limits:",
    """\
  again:
    title: {en: Again, ru: Пересмотр}
    on: period
    claws_back: [bonus]
    months_ago: 3
  override:
    title: {en: Override, ru: За субдилеров}
    on: period
    where: connected + cohort > 5 and below * 0 >= 0 and many + rich + active > 0
    pay: two_below * 0.1

measures:
  connected: {title: {en: connected, ru: подключено}, on: activation, where: tariff is not null}
  cohort: {title: {en: cohort, ru: когорта}, on: activation, after: {days: 21}, months_ago: 2}
  below: {title: {en: below, ru: ниже}, whose: below, earned: [bonus, elsewhere]}
  two_below: {title: {en: two below, ru: через одного}, whose: below, level: 2, earned: all}
  there: {title: {en: there, ru: там}, on: activation, where: tariff is not null, per: outlet}
  charged_there: {title: {en: charged there, ru: начислено там}, on: charge, sum: amount, per: outlet}
  many: {title: {en: many, ru: много}, outlets: there, at_least: 20}
  rich: {title: {en: rich, ru: доходных}, outlets: charged_there, at_least: fee}
  own: {title: {en: own, ru: своё}, on: charge, sum: amount, per: subscriber}
  active: {title: {en: active, ru: активных}, subscribers: own, at_least: "1.00"}

limits:
  guarantee: {title: {en: Guarantee, ru: Гарантия}, of: [bonus, again], at_least: fee, recoverable: true, where: connected > 5}
  most: {title: {en: Most, ru: Не свыше}, of: [charges], at_most: "10"}""",
    broken("of: [activation, bonus]", "of: [activation, bonus, again]"),
)


@pytest.mark.parametrize(("language", "sentences"), [
    ("en", [
        "Connected: the number of activations of the period, where subscriber's tariff is given.",
        "Cohort: the number of activations (21 days after each) of the period 2 months before.",
        "Below: what the counterparties one level below earned for «Volume bonus», «elsewhere».",
        "Two below: all that the counterparties two levels below earned.",
        "There: the number of activations of the period at the event's outlet, where subscriber's tariff is given.",
        "Charged there: the sum of amount of the charge over all charges of the period at the event's outlet.",
        "Many: how many outlets have «there» of at least 20.", "Rich: how many outlets have «charged there» of at least «fee».",
        "Own: the sum of amount of the charge over all charges of the period of the event's subscriber.",
        "Active: how many subscribers have «own» of at least 1.00 RUB.",
        "Again: for the period the reward «Volume bonus» of 3 months before is looked at again, and what is above what it would be is taken back; nothing is kept.",
        "Guarantee: if for a period «Volume bonus», «Again» together come to less than «fee» and «connected» is more than 5, "
        "what is missing is paid in advance and held back in later periods that meet this condition out of what is earned above «fee».",
        "Most: «Share of charges» is at most 10.00 RUB for a contract and period.",
    ]),
    ("ru", [
        "Подключено: количество активаций за период, если значение «тариф абонента» задано.",
        "Когорта: количество активаций (через 21 день после каждой) за период на 2 месяца раньше.",
        "Ниже: вознаграждение контрагентов на один уровень ниже по «Бонус за объём», «elsewhere».",
        "Через одного: всё вознаграждение контрагентов на два уровня ниже.",
        "Там: количество активаций за период по торговой точке события, если значение «тариф абонента» задано.",
        "Начислено там: сумма за период по торговой точке события по событиям «начисление абоненту»: сумма начисления.",
        "Много: количество торговых точек, у которых «там» — не меньше 20.",
        "Доходных: количество торговых точек, у которых «начислено там» — не меньше «вознаграждение».",
        "Своё: сумма за период по абоненту события по событиям «начисление абоненту»: сумма начисления.",
        "Активных: количество абонентов, у которых «своё» — не меньше 1,00 RUB.",
        "Пересмотр: за период пересматривается вознаграждение «Бонус за объём» за период на 3 месяца раньше, излишек возвращается; ничего не остаётся.",
        "Гарантия: если по «Бонус за объём», «Пересмотр» за период начислено меньше «вознаграждение» и «подключено» более 5, "
        "недостающее выплачивается авансом и удерживается в следующих периодах, для которых условие выполнено, из начисленного сверх «вознаграждение».",
        "Не свыше: «Доля от начислений» — за период не более 10,00 RUB.",
    ]),
])  # fmt: skip
def test_measures_limits_and_what_others_earned_have_their_words(language, sentences):
    assert [sentence for sentence in sentences if sentence not in told(schemes.parse(MEASURES, "x"), language)] == []


@pytest.mark.parametrize(("unit", "count", "en", "ru", "lasting"), [
    ("days", 1, "1 day", "1 день", "в течение 1 дня"), ("days", 2, "2 days", "2 дня", "в течение 2 дней"),
    ("days", 11, "11 days", "11 дней", "в течение 11 дней"), ("days", 21, "21 days", "21 день", "в течение 21 дня"),
    ("months", 3, "3 months", "3 месяца", "в течение 3 месяцев"), ("months", 12, "12 months", "12 месяцев", "в течение 12 месяцев"),
])  # fmt: skip
def test_days_and_months_are_counted_as_each_language_counts(unit, count, en, ru, lasting):
    assert (span(count, unit, "en"), span(count, unit, "ru"), within(count, unit, "ru")) == (en, ru, lasting)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", sorted(schemes.LIBRARY.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_part_of_the_librarys_schemes_is_told(file, language):
    scheme = schemes.read(file)
    text = "\n".join(schemes.explain(scheme, language))
    parts = [*scheme.attributes.values(), *scheme.terms.values(), *scheme.components.values(), *scheme.limits.values()]
    missing = [part.name for part in parts if getattr(part.title, language).lower() not in text.lower()]
    assert missing == [] and "events." not in text and "{" not in text
