"""A month of mixed features: two dealers, one below the other, under a scheme that uses most of the language."""

from datetime import date

from tests.operators import Operator

EVERYTHING = """
scheme: retail
version: 1
title: {en: Retail, ru: Розница}
document: Agreement 7, annex 2
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}
attributes:
  share: {type: share, default: "0.05", between: ["0", "0.20"], title: {en: share of charges, ru: доля от начислений}, clause: "2.2"}
  bonus_rate: {type: money, default: "50.00", title: {en: bonus rate, ru: ставка бонуса}}
  top: {type: money, default: "60.00", title: {en: monthly cap, ru: предел за месяц}}
terms:
  smallest:
    type: money
    title: {en: smallest charge shared, ru: наименьшее начисление для доли}
    values:
      2026-01-01: "1.00"
      2026-09-01: {value: "10.00", decided_on: 2026-08-10}
tables:
  fee:
    type: money
    title: {en: fee by tariff, ru: плата по тарифу}
    keys: [tariff]
    missing: nothing
    rows:
      - {tariff: V1, value: "300.00"}
      - {tariff: V2, value: {2027-01-01: "350.00"}}
  share_by_class:
    type: share
    title: {en: share by class, ru: доля по классу}
    keys: [class]
    missing: "0.001"
    rows:
      - {class: A, value: "0.01"}
measures:
  revenue: {title: {en: revenue, ru: выручка}, on: charge, sum: amount}
  connected: {title: {en: connected, ru: подключено}, on: activation, where: tariff = 'V1'}
  left: {title: {en: left, ru: ушло}, on: churn}
  year_revenue: {title: {en: revenue of the year, ru: выручка года}, on: charge, sum: amount, over: year}
  before: {title: {en: revenue a month ago, ru: выручка месяц назад}, on: charge, sum: amount, months_ago: 1}
  plan: {title: {en: plan of revenue, ru: план выручки}, plan: revenue, type: money}
  below: {title: {en: earned below, ru: заработано ниже}, whose: below, earned: [charges, connection]}
  group_connected: {title: {en: connected by the group, ru: подключено группой}, whose: group, counted: [connected]}
values:
  quality: {type: share, title: {en: share of losses, ru: доля потерь}, formula: "ratio(left, connected)"}
  grade: {type: text, title: {en: class, ru: класс}, formula: "if(quality <= 0.5, 'A', 'B')"}
components:
  connection:
    title: {en: Connection fee, ru: Вознаграждение за подключение}
    clause: "2.1"
    on: activation
    pay: fee(tariff)
  charges:
    title: {en: Share of charges, ru: Доля от начислений}
    clause: "2.2"
    on: charge
    where: months_since_activation between 0 and 11 and amount >= smallest
    pay: least(amount * share, 50)
  in_parts:
    title: {en: Connection in instalments, ru: Подключение частями}
    on: activation
    after: {months: {from: 0, to: 2}}
    where: status = 'active' and charged_within(30) >= 50
    pay: instalment_of(100)
  volume:
    title: {en: Volume bonus, ru: Бонус за объём}
    on: activation
    pay: {tiers: {by: count, counting: slice, steps: [{above: 0, each: "0.00"}, {above: 2, each: bonus_rate}]}}
  turnover:
    title: {en: Turnover bonus, ru: Бонус за оборот}
    on: charge
    pay: {tiers: {by: {sum: amount}, over: year, counting: whole, steps: [{from: 0, share: "0"}, {from: 200, share: "0.001"}]}}
  in_turn:
    title: {en: Terminals in their order, ru: Терминалы по порядку}
    on: operation
    pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 100, share: "0.03"}]}}
  terminals:
    title: {en: Terminals, ru: Терминалы}
    on: operation
    pay: {tiers: {by: {sum: amount}, over: event, counting: interpolated, steps: [{above: 0, share: "0.10"}, {above: 100, share: "0.03"}]}}
  over_plan:
    title: {en: Over the plan, ru: Сверх плана}
    on: period
    where: revenue - plan > 0 and grade = 'A'
    pay: (revenue - plan) * share_by_class(grade) + year_revenue * 0.0001 - before * 0
  plan_bonus:
    title: {en: Bonus for the plan, ru: Бонус за план}
    on: period
    pay: {tiers: {of: "ratio(revenue, plan)", applied_to: revenue, counting: whole, steps: [{from: 0, share: "0"}, {from: 1, share: "0.01"}]}}
  lead:
    title: {en: Override, ru: Вознаграждение за субдилеров}
    on: period
    where: group_connected >= 2
    pay: below * 0.10 + charges * 0
limits:
  cap:
    title: {en: Monthly cap, ru: Предел за месяц}
    of: [charges]
    at_most: top
    clause: "2.9"
  guarantee:
    title: {en: Guarantee, ru: Гарантия}
    of: [charges, over_plan]
    at_least: "20.00"
    recoverable: true
"""


def everything() -> Operator:
    made = Operator()
    made.counterparty("D1")
    made.counterparty("D2", "subdealer")
    for who in ("D1", "D2"):
        made.outlet(f"T{who[1]}", who)
        made.contract(f"C{who[1]}", who, "retail", **{"attribute:share": "0.10" if who == "D2" else None})
    made.counterparties[0]["attribute:bonus_rate"] = "75.00"
    made.product("V1", "voice")
    made.product("V2", "voice")
    for number in range(1, 9):
        day = date(2026, 9, 10) if number < 4 else date(2026, 10, 5)
        outlet = "T2" if number in (2, 6) else "T1"
        who = made.subscriber(number, outlet, "V2" if number == 7 else "V1", activated_on=day, sold_on=date(2026, 9, 1))
        made.charge(who, f"{number * 40}.15", day)
        made.charge(who, f"{number * 100}.55", date(2026, 10, 20))
    made.charge("N00001", "5.00")
    made.charge("N00001", "-20.00")
    made.charge("N99999", "60.00")
    made.subscriber(40, None)
    made.subscriber(41, "T1", sold_on=date(2026, 9, 1))
    made.sale("K90000", "897010000000000041", "T2", date(2026, 9, 2))
    made.mark("N00003", date(2026, 10, 15))
    made.report(1, date(2026, 10, 25), deactivated_on=date(2026, 10, 25))
    made.operation("terminal_sale", "T1", "80.00", day=date(2026, 10, 12))
    made.operation("terminal_sale", "T1", "99.90", day=date(2026, 10, 13))
    made.plan("D1", "revenue", "1000")
    return made
