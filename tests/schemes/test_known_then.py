"""A scheme version as it was known on a day: values that were decided later are left out, those before them go on."""

from datetime import date

import pytest

import schemes
from tests.schemes.drafts import broken

TRIAL = schemes.parse(
    broken("terms:\n", """\
tables:
  price:
    type: share
    title: {en: price, ru: цена}
    keys: [tariff]
    missing: "0.01"
    rows:
      - {tariff: V1, value: {2026-01-01: {value: "0.02", decided_on: 2026-02-01}, 2026-06-01: {value: "0.03", decided_on: 2026-05-20}}}
      - {tariff: V2, value: {2026-06-01: {value: "0.04", decided_on: 2026-05-20}, 2026-08-01: "0.05"}}
      - {tariff: V3, value: {2026-06-01: {value: "0.06", decided_on: 2026-05-20}}}
      - {tariff: V4, value: "0.07"}
terms:
""", broken("pay: amount * part", "pay: amount * price(tariff) + amount * part")),
    "trial.yaml",
)  # fmt: skip


def held(scheme, on):
    values = {name: term.on(on) for name, term in scheme.terms.items()}
    return {name: str(value) for name, value in values.items()} | {
        row.keys[0]: str([of.value for of in row.values if of.valid_from <= on][-1])
        for row in scheme.tables["price"].rows
        if row.values[0].valid_from <= on
    }


ALL = {"floor": "10.00", "V1": "0.03", "V2": "0.05", "V3": "0.06", "V4": "0.07"}
MAY = {"V1": "0.02", "V4": "0.07"}


@pytest.mark.parametrize(
    ("day", "on", "then", "later"),
    [
        (date(2026, 8, 10), date(2026, 9, 1), ALL, 0),
        (date(2026, 8, 9), date(2026, 9, 1), ALL | {"floor": "1.00"}, 1),
        (date(2026, 5, 20), date(2026, 7, 1), ALL | {"floor": "1.00", "V2": "0.04"}, 1),
        (date(2026, 5, 19), date(2026, 7, 1), MAY | {"floor": "1.00"}, 4),
        (date(2026, 5, 19), date(2026, 9, 1), MAY | {"floor": "1.00", "V2": "0.05"}, 4),
        (date(2025, 12, 1), date(2026, 1, 1), MAY | {"floor": "1.00"}, 4),
    ],
)
def test_a_value_is_known_from_the_day_of_its_decision_on(day, on, then, later):
    assert held(schemes.as_known_on(TRIAL, day), on) == then
    assert len(list(schemes.decided_later(TRIAL, day))) == later


def test_what_was_decided_later_is_told_with_the_keys_of_its_row():
    told = [of.words for of in schemes.decided_later(TRIAL, date(2026, 5, 19))]
    assert [of.en for of in told][1:3] == [
        "scheme trial v1, «price» (V1): 3% from 1 June 2026, decided on 20 May 2026",
        "scheme trial v1, «price» (V2): 4% from 1 June 2026, decided on 20 May 2026",
    ]
    assert told[0].ru.replace("\xa0", " ") == (
        "схема trial v1, «наименьшее начисление»: 10,00 RUB с 1 сентября 2026, решено 10 августа 2026"
    )
