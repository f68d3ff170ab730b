"""Drafts with something wrong: each is refused with its exact place, in words, with what would be right."""

import pytest

import schemes
from schemes import SchemeError
from tests.schemes.drafts import SOUND, broken

WHERE = "where: months_since_activation between 0 and 11 and amount >= floor"
LAST = "{above: 50, each: fee}"
ACCEPTED = (
    "Accepted: names, numbers, 'text', + - *, comparisons, and/or/not, in, between, is null, if(), "
    "least(), greatest(), coalesce(), ratio(), started(), completed()."
)
LOOKS_BACK = (
    "'charged_within' looks back to the subscriber's first days, however long ago they were. Say in 'where' how old the "
    "subscriber may be, in a condition of its own, such as months_since_activation <= 12; at most 120 months."
)
CASES = [
    # what is written, what is written instead, line:column, English message with hint
    ("version: 1", "version: 0", "2:10", "Versions begin with 1."),
    ("version: 1", "version: one", "2:10", "'version' must be a whole number."),
    ("version: 1", "version: 1\nversion: 2", "3:1", "'version' stands twice here."),
    ("scheme: trial", "scheme: Trial-1", "1:9", "'Trial-1' is not a name."),
    ("document: Trial agreement, annex 1\n", "", "1:1", "'document' is missing."),
    ("currency: RUB", "currency: rubles", "6:11", "'rubles' is not a currency. Use its three letters, as in ISO 4217: RUB."),
    ("valid_from: 2026-01-01", "valid_from: 01.02.2026", "5:13",
     "'01.02.2026' is not a day. Write a day without quotes: 2026-10-01."),
    ("valid_from: 2026-01-01", "valid_from: 2026-01-01T10:00:00", "5:13",
     "'2026-01-01T10:00:00' is not a day. Write a day without quotes: 2026-10-01."),
    ("valid_from: 2026-01-01", "valid_from: 2026-02-30", "5:13",
     "There is no day 2026-02-30. Write a day without quotes: 2026-10-01."),
    ('      2026-01-01: "1.00"\n', '      2026-01-01: "1.00"\n      2026-06-31: "2.00"\n', "19:7",
     "There is no day 2026-06-31. Write a day without quotes: 2026-10-01."),
    ("valid_from: 2026-01-01", "valid_from: 2026-01-01\nannounced_on: soon", "6:15",
     "'soon' is not a day. Write a day without quotes: 2026-10-01."),
    ("title: {en: Trial, ru: Проба}", "title: {en: Trial}", "3:8",
     "'title' is needed in both languages. Write title: {en: …, ru: …}."),
    ("limits:", "limit:", "44:1", "'limit' is not known here. Did you mean 'limits'?"),
    ("places: 2", "places: 5", "7:32", "At most 4 decimal places."),
    ("mode: half_up", "mode: halfup", "7:41", "'halfup' is not accepted for 'mode'. Did you mean 'half_up'?"),
    ('default: "0.05"', "default: 0.05", "11:32", '0.05 is not exact. Quote it: "0.05".'),
    ('default: "0.05"', 'default: "0.0500001"', "11:32", "0.0500001 has more than 6 decimal places. Round it."),
    ('default: "300.00"', 'default: "1300.00"', "10:31", "The default 1300.00 lies outside 0.00 to 1000.00."),
    ('default: "300.00", ', "", "10:8",
     "'fee' has no default, and is not required. Give a default, or write required: true: a value must then be agreed with each contract."),
    ('default: "300.00"', "required: false", "10:8",
     "'fee' has no default, and is not required. Give a default, or write required: true: a value must then be agreed with each contract."),
    ('default: "300.00"', 'default: "300.00", required: true', "10:51",
     "'fee' is required and has a default, which would never hold. Keep one: default, or required: true."),
    ('default: "300.00"', "required: yes please", "10:32", "'required' is true or false."),
    ('["0", "0.20"]', '["0.2", "0"]', "11:49", "The range is empty: 0.2 is above 0."),
    ('      2026-01-01: "1.00"\n', '      2026-02-01: "1.00"\n', "14:3",
     "'floor' has no value from the scheme's first day until 2026-02-01."),
    ("decided_on: 2026-08-10", "decided_on: August", "19:48",
     "'August' is not a day. Write a day without quotes: 2026-10-01."),
    ("  fee: {", '  spare: {type: money, default: "1", title: {en: a, ru: б}}\n  fee: {', "10:3",
     "'spare' is used by no component and no limit. Use it or remove it."),
    ("product_group = 'voice'", "product_grup = 'voice'", "26:12",
     "There is no name 'product_grup' here. Did you mean 'product_group'?"),
    ("product_group = 'voice'", "product_group = 5", "26:28", "A number stands where text is needed."),
    ("pay: amount * part", "pay: amount * floor * part", "32:10",
     "Money cannot be multiplied by money. Multiply it by a share or a number."),
    ("pay: amount * part", "pay: part * 0.5 * coalesce(part, 1)", "32:10",
     "This is a share, where an amount of money is needed. Multiply it by an amount of money."),
    ("pay: amount * part", "pay: least(amount * part, 0.00001)", "32:31",
     "The number 0.00001 cannot be kept exactly. "
     "At most 12 digits before the point and 4 after it, no exponent."),
    (WHERE, WHERE + " and event_date < date '2026-02-30'", "31:95", "There is no day 2026-02-30."),
    (WHERE, "where: >-\n      months_since_activation between 0 and 11\n      and amount >= floor + branch", "33:29",
     "Text stands where an amount of money is needed."),
    (WHERE, "where: months_since_activation between 0 and 11\n      and amount >= floor + branch", "32:29",
     "Text stands where an amount of money is needed."),
    (WHERE, 'where: "floor <= amuont"', "31:22", "There is no name 'amuont' here. Did you mean 'amount'?"),
    ('{above: 0, each: "0.00"}', '{above: 10, each: "0.00"}', "41:21",
     "The first tier begins at 10: below it nothing is said. Begin with 0, if need be at a rate of 0."),
    (LAST, "{from: 50, each: fee}", "41:13",
     "'above' and 'from' stand in one table. Choose one: the boundary belongs to the same side everywhere."),
    (LAST, "{above: 0, each: fee}", "42:21",
     "The threshold 0 does not rise above 0. Tiers stand in rising order, each once."),
    (LAST, "{above: 50, each: part}", "42:31", "'part' is of type share, where money is needed."),
    (LAST, "{above: 50, each: feee}", "42:31", "There is no attribute or term 'feee'. Did you mean 'fee'?"),
    (LAST, '{above: "50.5", each: fee}', "42:21", "A count's threshold is a whole number."),
    (LAST, "{above: 50, from: 60, each: fee}", "42:13",
     "A tier has one threshold: 'above' or 'from'. "
     "'above: 50' leaves exactly 50 to the tier below, 'from: 50' takes it."),
    ("by: count", "by: sum", "38:13", "'by' says what is measured. Write by: count, or by: {sum: amount}."),
    ("of: [activation, bonus]", "of: [activation, bonuses]", "47:22",
     "There is no component 'bonuses', nor a measure of what others earned. Did you mean 'bonus'?"),
    ("  cap:", "  bonus:", "45:3", "The name 'bonus' is taken."),
    ('at_most: "500000.00"', 'at_most: "-5"', "48:14", "A limit is not negative."),
    ('at_most: "500000.00"', 'at_most: "5"\n    at_least: "1"', "46:5",
     "A limit is either 'at_most' or 'at_least'. Write a cap and a guarantee as two limits."),
    ('at_most: "500000.00"', 'at_most: "5"\n    recoverable: true', "49:18", "Only a guarantee is recoverable."),
    ('at_most: "500000.00"', 'at_least: "5"\n    recoverable: maybe', "49:18", "'recoverable' is true or false."),
    ('at_most: "500000.00"', 'at_most: "5"\n    where: bonus', "49:12",
     "This is an amount of money, where a condition (yes or no) is needed."),
    ("each: line, places", "each: row, places", "7:18", "'row' is not accepted for 'each'. Accepted: line, total."),
    ("mode: half_up", "mode: floor", "7:41", "'floor' is not accepted for 'mode'. Accepted: down, half_even, half_up, up."),
    ("pay: amount * part", "pay: if(amount > 1, amount * part, part)", "32:40",
     "A share stands where an amount of money is needed."),
    ("pay: amount * part", "pay: ratio(amount, part) * fee", "32:24",
     "A share stands where an amount of money is needed."),
    ("pay: amount * part", "pay: started(amount) * fee + 0 * part * amount", "32:10",
     "'started' takes 2 values, 1 is given."),
    ("pay: amount * part", "pay: prices(tariff) * part", "32:10", "There is no function or table 'prices'. " + ACCEPTED),
    ("by: count", "by: count\n        over: week", "39:15",
     "'week' is not accepted for 'over'. Accepted: contract, event, period, quarter, year."),
    ("by: count", "by: count\n        over: event", "39:15", "A single event has a sum, but no number and no order."),
    ("on: charge", "after: {days: 3}\n    on: charge", "30:12",
     "'after' counts from the activation: it goes with on: activation."),
    ("where: product_group", "after: {weeks: 3}\n    where: product_group", "26:12",
     "'after' says how old the subscriber is then. Such as {days: 30}, {months: [1, 2, 3]} or {months: {from: 0, to: 11}}."),
    ("where: product_group", "after: {months: [3, 1]}\n    where: product_group", "26:12",
     "'after' says how old the subscriber is then. Such as {days: 30}, {months: [1, 2, 3]} or {months: {from: 0, to: 11}}."),
    ("product_group = 'voice'", "charged_within(30.5) > 1", "26:12", "'charged_within' takes a number of days. Such as charged_within(30)."),
    (WHERE, "where: charged_within(30) >= floor and months_since_activation > 3", "31:12", LOOKS_BACK),
    (f"{WHERE}\n    pay: amount * part", "pay: least(amount, floor, charged_within(30)) * part", "28:3", LOOKS_BACK),
    (WHERE, "where: months_since_activation <= 3 or charged_within(30) >= floor", "31:12", LOOKS_BACK),
    (WHERE, "where: days_since_activation < 3652 and charged_within(30) >= floor", "31:12", LOOKS_BACK),
    ("at_most:", "where: paid_within(30) > 1\n    at_most:", "48:12",
     "'paid_within' is asked of the subscriber of a single event. Count or add up events in a measure, such as on: activation, "
     "where: paid_within(30) >= 100."),
    (WHERE, "where: months_since_activation <= 3 and charged_witin(30) >= floor", "31:45",
     "There is no function or table 'charged_witin'. Did you mean 'charged_within'?"),
    ("pay: amount * part", "pay: compleeted(amount, floor) * fee + part * amount", "32:10",
     "There is no function or table 'compleeted'. Did you mean 'completed'?"),
    ("pay: fee", "after: {days: 3}\n    pay: instalmet_of(fee)", "28:10",
     "There is no function or table 'instalmet_of'. Did you mean 'instalment_of'?"),
    ("pay: fee", "pay: instalment_of(fee)", "27:10", "There is no function or table 'instalment_of'. " + ACCEPTED),
    ("by: count", "by: count\n        in_order: sometimes", "39:19", "'in_order' is true or false."),
    ("counting: slice", "counting: sliced", "39:19", "'sliced' is not accepted for 'counting'. Did you mean 'slice'?"),
    ('at_most: "500000.00"', "at_most: 500000.5", "48:14", '500000.5 is not exact. Quote it: "500000.5".'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "message"), CASES, ids=[case[3][:50] for case in CASES])
def test_a_draft_is_refused_with_place_and_what_would_be_right(old, new, place, message):
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new), "trial.yaml")
    assert [problem.text("en") for problem in refused.value.problems] == [f"trial.yaml:{place}: {message}"]


@pytest.mark.parametrize(("old", "new", "place", "_"), CASES, ids=[case[3][:50] for case in CASES])
def test_the_same_is_said_in_russian(old, new, place, _):
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new), "trial.yaml")
    text = refused.value.problems[0].text("ru")
    assert text.startswith(f"trial.yaml:{place}: ") and any("а" <= letter <= "я" for letter in text)


PERIODIC = broken(
    "limits:",
    """\
  over_plan:
    title: {en: Over the plan, ru: Сверх плана}
    on: period
    where: attainment >= 1
    pay: (revenue - target) * part + price(grade)

measures:
  revenue: {title: {en: revenue, ru: выручка}, on: charge, sum: amount}
  target: {title: {en: target, ru: план}, plan: revenue, type: money}
values:
  attainment: {type: share, title: {en: attainment, ru: выполнение}, formula: "ratio(revenue, target)"}
  grade: {type: text, title: {en: grade, ru: класс}, formula: "if(attainment > 1, 'A', 'B')"}
tables:
  price:
    type: money
    title: {en: price, ru: цена}
    keys: [grade]
    missing: nothing
    rows:
      - {grade: A, value: "10.00"}
      - {grade: B, value: {2026-01-01: "5.00", 2026-07-01: "6.00"}}

limits:""",
)
PERIODIC_CASES = [
    ("on: charge, sum: amount", "on: charge, sum: tariff", "51:65", "Only money and numbers are added up."),
    ("on: charge, sum: amount", "on: charge, sum: amount, over: week", "51:79",
     "'week' is not accepted for 'over'. Accepted: contract, period, quarter, year."),
    ("on: charge, sum: amount", "on: charge, sum: amount, over: year, months_ago: 2", "51:97",
     "'months_ago' is of one period: it does not go with 'over'."),
    ("on: charge, sum: amount", "on: charge, sum: amount, where: attainment > 1", "51:80",
     "There is no name 'attainment' here. Text stands in single quotes: 'attainment'. Accepted: ", ),
    ("on: charge, sum: amount", "whose: below, earned: everything", "51:70",
     "'earned' lists names. Such as [activation, charges]."),
    ("on: charge, sum: amount", "whose: below", "51:12",
     "Say what of theirs is added up: 'earned' or 'counted'. Such as earned: all, or counted: [connected]."),
    ("on: charge, sum: amount", "on: charge, sum: amount, per: outlet, over: year", "51:78",
     "What is measured per outlet is of the period alone: it goes with neither 'over' nor 'months_ago'."),
    ("on: charge, sum: amount", "on: charge, sum: amount, per: dealer", "51:78",
     "'dealer' is not accepted for 'per'. Accepted: outlet, subscriber."),
    ("on: charge, sum: amount", "on: charge, sum: amount, per: subscriber, months_ago: 1", "51:78",
     "What is measured per subscriber is of the period alone: it goes with neither 'over' nor 'months_ago'."),
    ("on: charge, sum: amount", "outlets: target, at_least: 20", "51:57",
     "'target' is no measure of single outlets. Name a measure of events that has per: outlet."),
    ("measures:\n", "measures:\n  good: {title: {en: good, ru: хорошие}, outlets: ther, at_least: 20}\n"
     "  there: {title: {en: there, ru: там}, on: activation, per: outlet}\n", "51:51",
     "'ther' is no measure of single outlets. Did you mean 'there'?"),
    ("measures:\n", "measures:\n  good: {title: {en: good, ru: хорошие}, outlets: there, at_least: 0}\n"
     "  there: {title: {en: there, ru: там}, on: activation, per: outlet}\n", "51:68", "Outlets are counted that reach more than 0."),
    ("measures:\n", "measures:\n  good: {title: {en: good, ru: хорошие}, outlets: there, at_least: fee}\n"
     "  there: {title: {en: there, ru: там}, on: activation, per: outlet}\n", "51:68", "'fee' is of type money, where number is needed."),
    ("measures:\n", "measures:\n  active: {title: {en: active, ru: активных}, subscribers: there, at_least: 20}\n"
     "  there: {title: {en: there, ru: там}, on: activation, per: outlet}\n", "51:60",
     "'there' is no measure of single subscribers. Name a measure of events that has per: subscriber."),
    ("measures:\n", "measures:\n  active: {title: {en: active, ru: активных}, subscribers: own, at_least: 0}\n"
     "  own: {title: {en: own, ru: своё}, on: charge, per: subscriber}\n", "51:75", "Subscribers are counted that reach more than 0."),
    ("measures:\n", "measures:\n  active: {title: {en: active, ru: активных}, subscribers: own, outlets: own, at_least: 1}\n"
     "  own: {title: {en: own, ru: своё}, on: charge, per: subscriber}\n", "51:47",
     "'subscribers' is not known here. Accepted: at_least, clause, outlets, title."),
    ("on: charge, sum: amount", "whose: above, earned: all", "51:55",
     "'above' is not accepted for 'whose'. Accepted: below, group, whole_group."),
    ("on: charge, sum: amount", "whose: group, level: 2, earned: all", "51:69", "'level' counts from 1, and is of those below."),
    ('formula: "ratio(revenue, target)"', 'formula: "ratio(revenue, over_plan)"', "54:3",
     "'attainment' needs itself: attainment ← grade ← over_plan ← attainment. A rule can only use what is known before it."),
    ('formula: "ratio(revenue, target)"', 'formula: "revenue"', "54:80", "This is an amount of money, where a share is needed."),
    ("pay: amount * part", "pay: over_plan * part", "32:10",
     "There is no name 'over_plan' here. It is known only for the period as a whole: a rule on: period can use it."),
    ("pay: amount * part", "pay: amount * parts", "32:19", "There is no name 'parts' here. Did you mean 'part'?"),
    ("      - {grade: A, value: \"10.00\"}", "      - {grade: A, price: \"10.00\"}", "63:20",
     "'price' is not known here. Accepted: grade, value."),
    ("      - {grade: A, value: \"10.00\"}", "      - {grade: A, value: ten}", "63:27", "'ten' is not a number."),
    ("      - {grade: A, value: \"10.00\"}", "      - {grade: B, value: \"10.00\"}", "64:9", "A row of B stands here already."),
    ("    missing: nothing\n", "", "58:5",
     "'missing' is not said: what holds for keys that stand in no row? Give a value, or write missing: nothing."),
    ("    type: money\n    title: {en: price, ru: цена}", "    type: text\n    title: {en: price, ru: цена}", "61:14",
     "A table of text gives a text for every key: 'nothing' would be one. Give the text that holds then, such as other."),
    ("keys: [grade]", "keys: grade", "60:11",
     "'keys' lists the columns that a row is found by. Such as keys: [tariff, region]."),
    ("price(grade)", "price(grade, grade)", "48:38", "'price' takes 1 value, 2 are given."),
    ("price(grade)", "price(revenue)", "48:44",
     "An amount of money stands where text is needed. The keys of a table are text; numbers are told apart by if()."),
    ("price(grade)", "prices(grade)", "48:38", "There is no function or table 'prices'. Did you mean 'price'?"),
    ("  price:\n    type", "  left:\n    type", "57:3", "'left' is a word of formulas. Give it another name."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "place", "message"), PERIODIC_CASES, ids=[case[3][:50] for case in PERIODIC_CASES]
)
def test_a_draft_on_the_period_is_refused_with_place_and_what_would_be_right(old, new, place, message):
    schemes.parse(PERIODIC, "trial.yaml")
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new, PERIODIC), "trial.yaml")
    told = [problem.text("en") for problem in refused.value.problems]
    assert any(text.startswith(f"trial.yaml:{place}: {message}") for text in told), told
    assert all(any("а" <= letter <= "я" for letter in problem.text("ru")) for problem in refused.value.problems)


TAKING_BACK = broken(
    "limits:",
    """\
  early_churn:
    title: {en: Early churn, ru: Ранний отток}
    on: churn
    claws_back: [activation, charges]
    within: {days: 90, not_counting: suspension}
    keeps: paid * ratio(elapsed, window)
  back:
    title: {en: Came back, ru: Вернулись}
    on: reactivation
    claws_back: [early_churn]
  bonus_again:
    title: {en: Bonus again, ru: Пересмотр бонуса}
    on: period
    claws_back: [bonus]
    months_ago: 3
    keeps: bonus_now

values:
  bonus_now: {type: money, title: {en: bonus now, ru: бонус теперь}, formula: bonus}

limits:""",
    broken("of: [activation, bonus]", "of: [activation, bonus, early_churn, back, bonus_again]"),
)
TAKING_BACK_CASES = [
    ("claws_back: [activation, charges]", "claws_back: [activations]", "47:18", "There is no component 'activations'. Did you mean 'activation'?"),
    ("claws_back: [activation, charges]", "claws_back: activation", "47:17",
     "'claws_back' lists the components whose pay is taken back. Such as claws_back: [activation]."),
    ("    claws_back: [activation, charges]\n", "", "47:13", "'within' goes with 'claws_back'."),
    ("on: churn", "on: payment", "46:9", "A payment takes nothing back: its credits and refunds are negative amounts."),
    ("on: churn", "on: activation", "46:9", "An activation takes something back only later: say 'after' how long."),
    ("on: churn", "on: fraud", "46:9", "'fraud' is not accepted for 'on'. "),
    ("claws_back: [activation, charges]", "claws_back: [activation, bonus]", "44:3",
     "'bonus' pays for the period as a whole: no single event takes it back. Write on: period and months_ago."),
    ("claws_back: [bonus]", "claws_back: [activation]", "54:3", "'activation' pays for events: what takes it back is on an event too."),
    ("claws_back: [bonus]", "claws_back: [bonus, charges]", "58:17",
     "For the period, one component is looked at again, so many 'months_ago'. Such as claws_back: [bonus] and months_ago: 3."),
    ("    months_ago: 3\n", "", "57:17",
     "For the period, one component is looked at again, so many 'months_ago'. Such as claws_back: [bonus] and months_ago: 3."),
    ("months_ago: 3", "months_ago: 3\n    within: {days: 3}", "59:13", "'within' goes with events; a period is looked at again 'months_ago'."),
    ("claws_back: [early_churn]", "claws_back: [early_churn]\n    months_ago: 1", "54:17", "'months_ago' goes with on: period."),
    ("claws_back: [early_churn]", "claws_back: [early_churn]\n    keeps: paid * 0.5", "50:3",
     "'early_churn' takes back itself: it is given back in full, without 'keeps'."),
    ("claws_back: [activation, charges]", "claws_back: [activation, back]", "44:3", "A clawback takes back itself: "),
    ("within: {days: 90, not_counting: suspension}", "within: 90 days", "48:13",
     "'within' says how many days or months long something may be taken back. Such as {days: 90} or {months: 6, since: activation}."),
    ("within: {days: 90, not_counting: suspension}", "within: {weeks: 12}", "48:14", "'weeks' is not known here. Accepted: days, months, not_counting, since."),
    ("within: {days: 90, not_counting: suspension}", "within: {days: 0}", "48:13",
     "'within' says how many days or months long something may be taken back. Such as {days: 90} or {months: 6, since: activation}."),
    ("within: {days: 90, not_counting: suspension}", "within: {days: 90, months: 3}", "48:13",
     "'within' says how many days or months long something may be taken back. Such as {days: 90} or {months: 6, since: activation}."),
    ("not_counting: suspension", "not_counting: holidays", "48:38", "'holidays' is not accepted for 'not_counting'. Accepted: suspension."),
    ("    within: {days: 90, not_counting: suspension}\n", "", "48:34", "There is no name 'window' here. "),
    ("keeps: paid * ratio(elapsed, window)", "keeps: ratio(elapsed, window)", "49:12", "This is a share, where an amount of money is needed."),
    ("keeps: paid * ratio(elapsed, window)", "keeps: payed * ratio(elapsed, window)", "49:12", "There is no name 'payed' here. Did you mean 'paid'?"),
    ("keeps: paid * ratio(elapsed, window)", "pay: fee", "49:10", "What claws back pays nothing: say what it 'keeps'."),
    ("[activation, bonus, early_churn, back, bonus_again]", "[activation, bonus, bonus_again]", "65:3",
     "'early_churn' takes back what 'cap' limits, and the limit does not count it. Add early_churn to the limit's 'of'."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "place", "message"), TAKING_BACK_CASES, ids=[case[3][:50] for case in TAKING_BACK_CASES]
)
def test_a_clawback_is_refused_with_place_and_what_would_be_right(old, new, place, message):
    schemes.parse(TAKING_BACK, "trial.yaml")
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new, TAKING_BACK), "trial.yaml")
    told = [problem.text("en") for problem in refused.value.problems]
    assert any(text.startswith(f"trial.yaml:{place}: {message}") for text in told), told
    assert all(any("а" <= letter <= "я" for letter in problem.text("ru")) for problem in refused.value.problems)


SHARED = broken("pay: (revenue - target) * part + price(grade)", "pay: price('A') + group_revenue * 0.01\n    split_by: revenue", broken(
    "    where: attainment >= 1\n", "    where: group_revenue > 100\n", broken(
        "measures:\n", "measures:\n  group_revenue: {title: {en: of all, ru: всех}, whose: whole_group, counted: [revenue], type: money}\n",
        broken("pay: amount * part", "pay: if(grade = 'A', amount * part, 0)", PERIODIC),
    ),
))  # fmt: skip
SHARED_CASES = [
    ("split_by: revenue", "split_by: target", "49:15", "'target' is no measure of the period's events, and no attribute of the type share. Did you mean 'part'?"),
    ("pay: price('A') + group_revenue * 0.01", "pay: revenue * 0.01", "44:3",
     "'revenue' is each contract's own, and what is shared must be one for all. Use measures of the whole group (whose: whole_group), terms, tables and numbers."),
    ("pay: price('A') + group_revenue * 0.01", "pay: price(grade)", "44:3", "'revenue' is each contract's own"),
    ("pay: price('A') + group_revenue * 0.01", "pay: group_revenue * part", "44:3", "'part' is each contract's own"),
    ("where: group_revenue > 100", "where: attainment > 1", "44:3", "'revenue' is each contract's own"),
    ("pay: price('A') + group_revenue * 0.01", "pay: {tiers: {of: group_revenue, counting: whole, steps: [{above: 0, fixed: fee}]}}", "44:3",
     "'fee' is each contract's own"),
    ("on: period\n    where: group", "on: churn\n    where: group", "49:15", "What is shared is the pay of a period. Write on: period."),
    ("whose: whole_group, counted: [revenue], type: money", "whose: whole_group, earned: all", "52:78",
     "What all earn is not known while each is reckoned: of the whole group only 'counted'."),
    ("of: [activation, bonus]", "of: [activation, revenue]", "71:22",
     "There is no component 'revenue', nor a measure of what others earned."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "message"), SHARED_CASES, ids=[case[3][:50] for case in SHARED_CASES])
def test_a_shared_pay_is_refused_with_place_and_what_would_be_right(old, new, place, message):
    schemes.parse(SHARED, "trial.yaml")
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new, SHARED), "trial.yaml")
    told = [problem.text("en") for problem in refused.value.problems]
    assert any(text.startswith(f"trial.yaml:{place}: {message}") for text in told), told
    assert all(any("а" <= letter <= "я" for letter in problem.text("ru")) for problem in refused.value.problems)


def test_all_problems_are_found_at_once_in_the_order_of_the_file():
    text = broken("currency: RUB", "currency: rubles")
    text = broken("pay: amount * part", "pay: amount / part", text)
    text = broken(LAST, "{above: 0, share: part}", text)
    with pytest.raises(SchemeError) as refused:
        schemes.parse(text, "trial.yaml")
    places = [(problem.where.line, problem.where.column) for problem in refused.value.problems]
    assert places == sorted(places) and {line for line, _ in places} == {6, 32, 42}


def test_tiers_by_sum_take_shares_and_tiers_by_count_take_money():
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(LAST, "{above: 50, share: part}"), "trial.yaml")
    assert "'share' is not known here. Accepted: above, each, from." in str(refused.value)
    by_sum = broken("    on: activation\n    pay:\n", "    on: charge\n    pay:\n")
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken("by: count", "by: {sum: amount}", by_sum), "trial.yaml")
    assert "'each' does not go with money: 'share' is of money, 'each' of a number." in str(refused.value)


def test_what_is_no_yaml_or_no_mapping_is_refused_with_its_place():
    for text, place in [("- a\n- b\n", "1:1"), ("scheme: [trial\n", "2:1"), ("", "1:1")]:
        with pytest.raises(SchemeError) as refused:
            schemes.parse(text, "trial.yaml")
        assert str(refused.value.problems[0].where) == f"trial.yaml:{place}"


def test_a_sound_draft_and_the_library_have_no_problems(tmp_path):
    schemes.parse(SOUND, "trial.yaml")
    files = sorted(schemes.LIBRARY.glob("*.yaml"))
    assert len(files) >= 4
    assert {file.name: schemes.check(file) for file in files} == {file.name: [] for file in files}


def test_the_day_of_announcement_belongs_to_the_content():
    told = schemes.parse(broken("valid_from: 2026-01-01", "valid_from: 2026-01-01\nannounced_on: 2025-11-15"), "a.yaml")
    assert (told.announced_on.isoformat(), schemes.parse(SOUND, "a.yaml").announced_on) == ("2025-11-15", None)
    assert schemes.content_hash(told) != schemes.content_hash(schemes.parse(SOUND, "a.yaml"))


def test_layout_and_comments_do_not_change_the_hash_and_a_number_does():
    scheme = schemes.parse(SOUND, "a.yaml")
    relaid = broken("pay: amount * part", "pay:   >-\n      amount\n      * part   # a remark", "# a note\n" + SOUND)
    relaid = relaid.replace("   # a remark", "")
    assert schemes.content_hash(schemes.parse(relaid, "b.yaml")) == schemes.content_hash(scheme)
    dearer = schemes.parse(broken('default: "300.00"', 'default: "300.01"'), "a.yaml")
    assert schemes.content_hash(dearer) != schemes.content_hash(scheme)


def test_three_letters_that_are_no_currency_are_refused():
    with pytest.raises(
        SchemeError, match=r"6:11: 'XYZ' is not a currency. Use its three letters, as in ISO 4217: RUB\."
    ):
        schemes.parse(broken("currency: RUB", "currency: XYZ"), "trial.yaml")


@pytest.mark.parametrize(("old", "new", "en", "ru"), [
    ("pay: advance_fee", "pay: advance_feee", "25:10: There is no name 'advance_feee' here. Did you mean 'advance_fee'?",
     "25:10: Имени «advance_feee» здесь нет. Возможно, имелось в виду «advance_fee»?"),
    ("  advance_fee:\n    type: money", "  advance_fee:\n    type: mony", "13:11: 'mony' is not accepted for 'type'. Did you mean 'money'?",
     "13:11: «mony» не годится для «type». Возможно, имелось в виду «money»?"),
    ("of: [connection, left_early, came_back, fraud]", "of: [connection, left_earli, came_back, fraud]",
     "49:22: There is no component 'left_earli', nor a measure of what others earned. Did you mean 'left_early'?",
     "49:22: Нет составляющей «left_earli» или показателя чужого вознаграждения. Возможно, имелось в виду «left_early»?"),
])  # fmt: skip
def test_what_follows_from_a_mistake_is_not_told_beside_it(old, new, en, ru):
    text = (schemes.LIBRARY / "advance.yaml").read_text(encoding="utf-8")
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new, text), "a")
    assert [(problem.text("en"), problem.text("ru")) for problem in refused.value.problems] == [(f"a:{en}", f"a:{ru}")]


def test_a_measure_that_is_wrong_itself_makes_no_other_rule_wrong():
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken("on: charge, sum: amount", "on: charge, sum: amuont", PERIODIC), "a")
    assert [problem.text("en") for problem in refused.value.problems] == [
        "a:51:65: There is no name 'amuont' here. Did you mean 'amount'?"
    ]


def test_rows_whose_keys_are_no_text_are_not_said_to_be_one_row():
    rows = broken("{grade: A,", "{grade: 1,", broken("{grade: B,", "{grade: 2,", PERIODIC))
    with pytest.raises(SchemeError) as refused:
        schemes.parse(rows, "a")
    assert [problem.text("en") for problem in refused.value.problems] == [
        f"a:{line}:17: 'grade' must be text. Put it into quotes." for line in (63, 64)
    ]


def test_rules_on_events_use_measures_but_what_events_add_up_to_does_not():
    pay = broken("pay: amount * part", "pay: amount * if(revenue >= target, 0.06, part)", PERIODIC)
    assert schemes.parse(pay, "a").components["charges"].pay.names() >= {"revenue", "target"}
    counted = broken("on: activation\n    pay:", "on: activation\n    where: revenue > 0\n    pay:", PERIODIC)
    with pytest.raises(
        SchemeError, match=r"a:36:12: There is no name 'revenue' here\. It is known only for the period"
    ):
        schemes.parse(counted, "a")


@pytest.mark.parametrize("per", ["outlet", "subscriber"])
@pytest.mark.parametrize(("old", "new", "place"), [
    ("on: charge, sum: amount}", "on: charge, sum: amount, where: there > 1}", "52:80"),  # another measure
    ("where: attainment >= 1", "where: attainment >= 1 and there > 1", "47:"),
    ("on: activation\n    pay:", "on: activation\n    where: there > 0\n    pay:", "36:12"),  # what its own events add up to
])  # fmt: skip
def test_a_measure_of_one_outlet_or_subscriber_is_known_to_what_pays_each_event_only(old, new, place, per):
    there = broken(
        "measures:\n", f"measures:\n  there: {{title: {{en: there, ru: там}}, on: activation, per: {per}}}\n", PERIODIC
    )
    fee = broken("pay: amount * part", "pay: amount * if(there >= 20, 0.06, part)", there)
    assert schemes.parse(fee, "a").measures["there"].per == per
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new, there), "a")
    [told] = [problem.text("en") for problem in refused.value.problems]
    assert told.startswith(f"a:{place}") and told.endswith(
        f": There is no name 'there' here. It is of one {per}: what pays for each event can use it; of the period, count the "
        f"{per}s that reach so much in a measure ({per}s: …, at_least: 20)."
    )


@pytest.mark.parametrize("per", ["outlet", "subscriber"])
def test_others_count_what_is_measured_per_outlet_or_subscriber_but_not_their_number(per):
    text = broken(
        "measures:\n",
        f"measures:\n  there: {{title: {{en: there, ru: там}}, on: activation, per: {per}}}\n"
        f"  good: {{title: {{en: good, ru: хорошие}}, {per}s: there, at_least: 20}}\n"
        "  all_there: {title: {en: all, ru: всех}, whose: group, counted: [there, good]}\n",
        broken("where: attainment >= 1", "where: attainment >= 1 and all_there > good", PERIODIC),
    )
    [problem] = schemes.unknown_of_others([schemes.parse(text, "a")])
    assert problem.text("en") == (
        f"a:53:3: 'all_there' adds up 'good', which counts {per}s and is known to its own contract only. Add up measures of events."
    )


PAY, LIMIT = "pay: amount * part", 'at_most: "500000.00"'
WAYS_OUT = [
    (PAY, "pay: amount * 0,05", "32:20: 'amount * 0,05' is not a formula. A decimal has a point: 0.05.",
     "32:20: «amount * 0,05» не является формулой. Дробная часть отделяется точкой: 0.05."),
    (PAY, "pay: ratio(amount * 0,05, 2) * fee", "32:10: 'ratio' takes 2 values, 3 are given. A decimal has a point: 0.05.",
     "32:10: «ratio» принимает 2 значения, указано 3. Дробная часть отделяется точкой: 0.05."),
    (PAY, "pay: amount * 2,5 %", "32:20: 'amount * 2,5 %' is not a formula. A percent is a decimal: 0.025 for 2,5%.",
     "32:20: «amount * 2,5 %» не является формулой. Процент пишется дробью: 2,5% — это 0.025."),
    (PAY, "pay: amount / 12", "32:10: 'amount / 12' is not allowed in a formula. There is no division: it would not stay exact. "
     "Write ratio(a, b) for a by b, amount * ratio(1, 12) for a twelfth.",
     "32:10: «amount / 12» в формуле не допускается. Деления нет: результат не был бы точным. "
     "Напишите ratio(a, b) для отношения a к b, amount * ratio(1, 12) для двенадцатой части."),
    (PAY, "pay: months_since_activation", "32:10: This is a number, where an amount of money is needed. "
     "Multiply it by an amount: a bare number, such as connected * 100, or a term of type money.",
     "32:10: Здесь число, а нужно: сумма денег. "
     "Умножьте на сумму: на число, например connected * 100, или на условие (term) типа money."),
    (LIMIT, LIMIT + "\n    where: event_date > date '2026-02-01'", "49:12: There is no name 'event_date' here. "
     "It is a name of single events: a measure counts them, or adds up what is asked of each.",
     "49:12: Имени «event_date» здесь нет. "
     "Это имя есть только у отдельного события: показатель (measures) считает события или складывает их суммы."),
    ("product_group = 'voice'", "amount > 3", "26:12: There is no name 'amount' here. It is a name of charges, operations and payments.",
     "26:12: Имени «amount» здесь нет. Это имя есть у начислений, операций и платежей."),
    ('["0", "0.20"]', '["0", "20%"]', "11:55: '20%' is not a number. A percent is a decimal: 0.2 for 20%.",
     "11:55: «20%» — не число. Процент пишется дробью: 20% — это 0.2."),
    ('"1000.00"]', '"1000,50"]', "10:59: '1000,50' is not a number. A decimal has a point: 1000.50.",
     "10:59: «1000,50» — не число. Дробная часть отделяется точкой: 1000.50."),
    ("product_group = 'voice'", "event_date > 2026-03-01", "26:25: A number stands where a date is needed. A day is written date '2026-09-01'.",
     "26:25: Стоит число, а нужно: дата. День пишется так: date '2026-09-01'."),
    (PAY, "pay: amount * if(cap > 1, 1, 2)", "32:22: There is no name 'cap' here. It is known only for the period as a whole: a rule on: period can use it.",
     "32:22: Имени «cap» здесь нет. Это известно только за период в целом: используйте в правиле за период (on: period)."),
    ("  fee: {", "\tfee: {", "10:1: A tab is not allowed here: indent with spaces.",
     "10:1: Табуляция здесь недопустима: отступ делается пробелами."),
    ("document: Trial agreement", "document: Trial: agreement",
     "4:16: A colon cannot stand here: put a text with ': ' in it into quotes, and look at the indentation.",
     "4:16: Двоеточие здесь недопустимо: текст с «: » берётся в кавычки; проверьте и отступ."),
    ("ru: Проба}", "ru: Проба", "4:9: A list or mapping in brackets is not closed before this, or a comma is missing.",
     "4:9: Список или перечень в скобках не закрыт до этого места, или пропущена запятая."),
    ("  charges:\n", "   charges:\n", "28:4: This does not fit the lines above: look at the indentation, and at quotes in and around texts.",
     "28:4: Это не согласуется со строками выше: проверьте отступы и кавычки в текстах и вокруг них."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "en", "ru"), WAYS_OUT, ids=[case[1][:40] for case in WAYS_OUT])
def test_a_message_says_the_way_out(old, new, en, ru):
    with pytest.raises(SchemeError) as refused:
        schemes.parse(broken(old, new), "a")
    assert [(problem.text("en"), problem.text("ru")) for problem in refused.value.problems] == [(f"a:{en}", f"a:{ru}")]
