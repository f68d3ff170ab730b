"""A sound scheme to break, and how a test breaks it: by replacing one piece of its text."""

SOUND = """\
scheme: trial
version: 1
title: {en: Trial, ru: Проба}
document: Trial agreement, annex 1
valid_from: 2026-01-01
currency: RUB
rounding: {each: line, places: 2, mode: half_up}

attributes:
  fee: {type: money, default: "300.00", between: ["0.00", "1000.00"], clause: "2.1", title: {en: fee, ru: вознаграждение}}
  part: {type: share, default: "0.05", between: ["0", "0.20"], title: {en: share, ru: доля}}

terms:
  floor:
    type: money
    title: {en: smallest charge, ru: наименьшее начисление}
    values:
      2026-01-01: "1.00"
      2026-09-01: {value: "10.00", decided_on: 2026-08-10}

components:
  activation:
    title: {en: Activation fee, ru: Вознаграждение за подключение}
    clause: "2.1"
    on: activation
    where: product_group = 'voice' and outlet_kind <> 'online'
    pay: fee
  charges:
    title: {en: Share of charges, ru: Доля от начислений}
    on: charge
    where: months_since_activation between 0 and 11 and amount >= floor
    pay: amount * part
  bonus:
    title: {en: Volume bonus, ru: Бонус за объём}
    on: activation
    pay:
      tiers:
        by: count
        counting: slice
        steps:
          - {above: 0, each: "0.00"}
          - {above: 50, each: fee}

limits:
  cap:
    title: {en: Monthly cap, ru: Предел за месяц}
    of: [activation, bonus]
    at_most: "500000.00"
"""


def broken(old: str, new: str, text: str = SOUND) -> str:
    """The text with one piece replaced; the piece must stand in it exactly once."""
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)
