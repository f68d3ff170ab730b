"""A scheme in which every part of the language stands at least once, and examples of sound schemes of every kind."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "schemes.md").read_text(encoding="utf-8")
_PARTS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
_HEAD = _PARTS[0][: _PARTS[0].index("attributes:")]
EXAMPLES = [
    text if text.startswith("scheme:")
    else (_HEAD.replace("currency: RUB", "#") if text.startswith("currency:") else _HEAD) + text
    for text in _PARTS
]  # fmt: skip
"""The whole schemes of the page on schemes."""

RICH = """\
scheme: rich
version: 3
title: {en: "Rich: all of it", ru: Всё сразу}
document: 'Agreement "A", annex 1'
valid_from: 2026-01-01
announced_on: 2025-11-15
currency: RUB
rounding: {each: total, places: 3, mode: half_even}
attributes:
  fee: {type: money, default: "300.10", between: ["0.00", 1000], clause: "2.10", title: {en: fee, ru: плата}}
  part: {type: share, default: "0.05", title: {en: share, ru: доля}}
  grade: {type: text, default: "", title: {en: grade, ru: класс}}
  begins: {type: date, default: 2026-02-01, title: {en: begins, ru: начало}}
  is_new: {type: flag, default: true, title: {en: new, ru: новый}}
  agreed: {type: number, required: true, between: ["1", "3.5"], title: {en: agreed, ru: согласовано}}
terms:
  smallest:
    type: money
    title: {en: smallest, ru: наименьшее}
    clause: "1"
    values: {2026-01-01: "1.00", 2026-09-01: {value: "10.00", decided_on: 2026-08-10}}
  word:
    type: text
    title: {en: word, ru: слово}
    values: {2025-01-01: " all ", 2026-01-01: '"quoted"'}
tables:
  price:
    type: money
    title: {en: price, ru: цена}
    keys: [tariff, регион]
    missing: nothing
    rows:
      - {tariff: V1, регион: Пермь, value: "300.00"}
      - {tariff: "", регион: "007", value: {2026-01-01: "350.00", 2026-09-01: {value: "400.00", decided_on: 2026-08-01}}}
      - {tariff: V2, регион: Пермь, value: 5}
  group:
    type: text
    title: {en: group, ru: группа}
    keys: [tariff]
    missing: none
    rows: [{tariff: V1, value: nothing}]
measures:
  connected: {title: {en: connected, ru: подключено}, on: activation, clause: "9", where: "tariff is not null"}
  before: {title: {en: before, ru: прежде}, on: charge, sum: amount, months_ago: 2}
  cohort: {title: {en: cohort, ru: когорта}, on: activation, after: {months: 1}}
  revenue: {title: {en: revenue, ru: выручка}, on: charge, sum: amount, over: year}
  target: {title: {en: target, ru: план}, plan: revenue, type: money}
  below: {title: {en: below, ru: ниже}, whose: below, level: 2, earned: [steps, cap]}
  everything: {title: {en: all, ru: всё}, whose: group, earned: all}
  counted: {title: {en: counted, ru: посчитано}, whose: group, counted: [connected], type: number}
  there: {title: {en: there, ru: там}, on: charge, sum: amount, per: outlet}
  many: {title: {en: many, ru: много}, outlets: there, at_least: smallest, clause: "8"}
  own: {title: {en: own, ru: своё}, on: payment, per: subscriber}
  active: {title: {en: active, ru: активных}, subscribers: own, at_least: 2, clause: "8"}
values:
  attainment: {type: share, title: {en: attainment, ru: выполнение}, formula: "ratio(revenue, target)", clause: "7"}
components:
  connection:
    title: {en: Connection, ru: Подключение}
    clause: "2.1"
    on: activation
    after: {months: {from: 0, to: 2}}
    where: >-
      status = 'active' and is_new
      and event_date >= begins
    pay: instalment_of(fee * agreed)
  again: {title: {en: Again, ru: Снова}, on: activation, after: {days: [0, 30]}, pay: "price(tariff, outlet_region)", where: there > 1}
  steps:
    title: {en: Steps, ru: Ступени}
    on: charge
    where: amount >= smallest and tariff <> word
    pay:
      tiers:
        by: {sum: amount}
        over: contract
        in_order: true
        counting: slice
        steps: [{from: 0, share: "0"}, {from: "100.50", share: part}]
  count:
    title: {en: Count, ru: Количество}
    on: activation
    where: group(tariff) = 'nothing' and grade <> 'x'
    pay: {tiers: {by: count, counting: whole, steps: [{above: 0, each: 0}, {above: 50, each: fee}]}}
  plan_bonus:
    title: {en: Plan, ru: План}
    on: period
    where: connected + cohort + counted + many + active > -1 and before + below + everything > -100
    pay:
      tiers: {of: attainment, applied_to: revenue, counting: whole, steps: [{from: 0, share: "0"}, {from: 1, share: "0.01"}]}
  reached:
    title: {en: Reached, ru: Достигнуто}
    on: period
    pay: {tiers: {of: connected, counting: slice, steps: [{above: 0, fixed: "0"}, {above: 10, fixed: "1000"}]}}
  early_churn:
    title: {en: Early churn, ru: Ранний отток}
    on: churn
    claws_back: [again]
    within: {days: 90, since: activation, not_counting: suspension}
    keeps: paid * ratio(elapsed, window)
  plan_again:
    title: {en: Plan again, ru: Пересмотр}
    on: period
    claws_back: [plan_bonus]
    months_ago: 3
    keeps: {tiers: {of: attainment, applied_to: revenue, counting: whole, steps: [{from: 0, share: "0.01"}]}}
limits:
  cap: {title: {en: Cap, ru: Предел}, of: [connection, steps], at_most: "500000.00", clause: "2.9"}
  guarantee: {title: {en: Least, ru: Гарантия}, of: [count], at_least: fee, recoverable: true, where: connected >= 100}
"""
