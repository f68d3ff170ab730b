"""Rounding and currencies beside floors, caps and tiers."""
# fmt: off

from tests.combinations.dealers import Dealer, case, day


@case("""
rounding: {each: total, places: 2, mode: half_up}
components:
  charges: {on: charge, pay: "least(greatest(amount * 0.015, 1), 50)"}
  again: {on: period, pay: charges * 10}
limits:
  most: {of: [charges], at_most: "40"}
""",
    # 33.33 → 1; 100.01 → 1.50015; 5,000 → 50; -10 → 1: a floor lifts a credit note, too; 200.33 → 3.00495: 56.5051
    charges="56.51 3 . .",  # by lines it would be 56.50; 100.01 and 99.99: 1.50015 + 1.49985
    again="565.1 30 . .",  # of the total as it is paid
    most="-16.51 . . .",
)
def floor_and_cap_of_an_event_in_a_rounded_total(d: Dealer) -> None:
    d.charges(d.old(), d12_05="33.33 100.01 5000 -10 200.33", d1_5="100.01 99.99")


@case("""
currency: JPY
rounding: {each: total, places: 0, mode: half_up}
components:
  share: {on: charge, pay: amount * 0.05}
  parts: {on: activation, after: {months: [0, 1, 2]}, pay: instalment_of(100)}
limits:
  most: {of: [share], at_most: "150"}
""",
    share="151 -50 . 1",  # 3 × 50.45 = 151.35; -50.45; 0.5 away from zero
    most="-1 . . .",
    parts="33 33 33 .",  # 33.3333, 33.3334 and 33.3333, each month's total rounded: a yen is nobody's
)
def yen(d: Dealer) -> None:
    d.made.contracts[-1]["currency"] = "JPY"
    d.charges(d.old(), d12_05="1009:JPY 1009:JPY 1009:JPY", d1_5="-1009:JPY", d3_5="10:JPY")
    d.joins("12-31")


@case("""
currency: KWD
rounding: {each: total, places: 3, mode: half_even}
components:
  share: {on: charge, where: amount < 25, pay: amount * 0.05}
  rest: {on: charge, where: amount >= 25, pay: amount * 0.05}
limits:
  most: {of: [share, rest], at_most: "2.5"}
""",
    share="1 1 . .",  # 20.01 × 0.05 = 1.0005 to the even thousandth; 10.005 + 10.005 is the same
    rest="1.502 . . .",  # 30.03 × 0.05 = 1.5015
    most="-0.002 . . .",
)
def dinars(d: Dealer) -> None:
    d.made.contracts[-1]["currency"] = "KWD"
    d.charges(d.old(), d12_05="20.01:KWD 30.03:KWD", d1_5="10.005:KWD 10.005:KWD")


@case("""
rounding: {each: line, places: 0, mode: up}
measures:
  revenue: {on: charge, sum: amount}
components:
  up: {on: charge, pay: amount * 0.01}
  bonus: {on: period, pay: {tiers: {of: revenue, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  tiered: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: whole, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
""",
    # January: 10 USD on the 5th at 90: 900; 5 USD on the 18th, the rate's fourteenth day: 450; on the 19th none; 150 RUB: 1,500
    up=". 16 -3 .",  # 9 + 4.50 up to 5 + 1.50 up to 2; -2.01 up to -3
    bonus=". 200 -21 .",  # 100 + 500 × 0.20; -20.1
    tiered=". 210 -21 .",  # 90, then at 1,350 90, then at 1,500 30
)
def dollars_in_tiers(d: Dealer) -> None:
    d.made.rate("USD", "90", day("1-4"))
    d.charges(d.old(), d1_5="10:USD", d1_18="5:USD", d1_19="10:USD", d1_20="150", d2_1="-201")


@case("""
currency: USD
components:
  fee: {on: charge, pay: amount * 1}
"""
)
def dollars(d: Dealer) -> None:
    d.made.contracts[-1]["currency"] = "USD"


@case("""
measures:
  group: {whose: group, earned: [fee]}
components:
  fee: {on: activation, pay: "1"}
limits:
  most: {of: [group], at_most: "100"}
""",
    fee="1 . . .",
    most="-11.1533 . . .",  # 1.00, and 1.23 USD × 89.5555 = 110.1533: what is above, exactly
    **{"S1.fee": "1.23 . . ."},
)
def a_cap_of_a_group_in_two_currencies(d: Dealer) -> None:
    d.joins("12-31")
    other = d.other("S1", scheme="dollars", currency="USD")
    d.made.rate("USD", "89.5555", day("12-31"))
    other.charges(other.old(), d12_05="1.23:USD")
