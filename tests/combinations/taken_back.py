"""What is taken back beside instalments, caps, suspensions, returns, fraud, tariffs and tiers."""
# fmt: off

from datetime import date

from tests.combinations.dealers import Dealer, case, day


@case("""
components:
  parts: {on: activation, after: {months: {from: 0, to: 2}}, where: status = 'active', pay: instalment_of(100)}
  back: {on: churn, claws_back: [parts], within: {days: 90}}
limits:
  most: {of: [parts, back], at_most: "50"}
""",
    # two on 10 December; one leaves on 20 January
    parts="66.66 66.68 33.33 .",
    back=". -58.34 . .",  # of December's 33.33 the cap let 25.00 through; January's 33.34 whole: this cap sees it
    most="-16.66 . . .",  # January: 66.68 - 58.34 is below it
    **{
        # an instalment that falls due after the month's end by a shorter month: 31 December, 31 January, 29 February
        "ends.parts": "33.33 33.34 33.33 .",
    },
)
def instalments_taken_back_below_a_cap(d: Dealer) -> None:
    d.joins("12-10")
    d.leaves(d.joins("12-10"), "1-20")
    d.other("ends", below=False).joins("12-31")


@case("""
components:
  advance: {on: activation, pay: "1200"}
  unearned: {on: churn, claws_back: [advance], within: {months: 10, not_counting: suspension}, keeps: "paid * ratio(elapsed, window)"}
  returned: {on: reactivation, claws_back: [unearned], within: {days: 10}}
""",
    # all join on 31 December: a month is over on 31 January, two on 29 February
    advance="6000 . . .",
    # 10 days suspended in January: on 10 March two months are over (960 are unearned), on 9 March one (1,080);
    # suspended from 28 February to its leaving on 9 March, 10 days: one; never suspended, 28 February: one, 29 February: two
    unearned=". . -2040 -3120",
    returned=". . . 960",  # back on the tenth day; another on the eleventh
)
def an_advance_and_suspended_days(d: Dealer) -> None:
    on_the_tenth, on_the_ninth, suspended, before, after = (d.joins("12-31") for _ in range(5))
    for number in (on_the_tenth, on_the_ninth):
        d.reports(number, "1-10", "suspended")
        d.reports(number, "1-20")
    d.leaves(on_the_tenth, "3-10")
    d.leaves(on_the_ninth, "3-9")
    for number in (on_the_tenth, on_the_ninth):
        d.reports(number, "3-20")
    d.reports(suspended, "2-28", "suspended")
    d.leaves(suspended, "3-9")
    d.leaves(before, "2-28")
    d.leaves(after, "2-29")


@case("""
components:
  fee: {on: activation, pay: "300"}
  left: {on: churn, claws_back: [fee], within: {days: 90}, keeps: "paid * ratio(elapsed, window)"}
  fraud: {on: fraud_mark, claws_back: [fee]}
  returned: {on: reactivation, claws_back: [left], within: {days: 30}}
""",
    # leaves after 30 days (200 taken), is back, leaves after 60 (100), is fraud (the 200 that are left), and back in vain
    fee="300 . . .",
    left="-200 -100 . .",
    returned=". 200 . .",
    fraud=". . -200 .",
    **{
        "same.fee": ". 300 . .", "same.fraud": ". -300 . .",  # marked on the day it leaves: the leaving earns nothing
        "before.fee": ". 300 . .", "before.fraud": ". -300 . .",  # marked the day before, for that day: nothing is left
        "after.fee": ". 300 . .", "after.left": ". -253.33 . .", "after.fraud": ". -46.67 . .",  # 14 of 90 days kept
    },
)
def fraud_after_returns(d: Dealer) -> None:
    one = d.joins("12-1")
    d.leaves(one, "12-31")
    d.reports(one, "1-5")
    d.leaves(one, "1-30")
    d.made.mark(f"N{one:05d}", day("2-10"))
    d.reports(one, "2-20")
    for name, begins, ends in (("same", "1-15", None), ("before", "1-14", "1-14"), ("after", "1-16", None)):
        other = d.other(name, below=False)
        number = other.joins("1-1")
        other.leaves(number, "1-15")
        d.made.mark(f"N{number:05d}", day(begins), ends and day(ends))


@case("""
tables:
  fee: {type: money, keys: [tariff], missing: nothing, rows: [{tariff: V1, value: "300"}, {tariff: V2, value: "200"}, {tariff: V3, value: "100"}]}
components:
  connection: {on: activation, pay: fee(tariff)}
  changed: {on: tariff_change, claws_back: [connection], within: {months: 1}, keeps: fee(tariff)}
  left: {on: churn, claws_back: [connection], within: {months: 1}}
""",
    # to V3 takes 200; back to V2 would keep 200 where 100 are left: nothing; leaves on 29 February, the month's last day: 100
    connection=". 300 . .",
    changed=". . -200 .",
    left=". . -100 .",
    **{
        "late.connection": ". 300 . .",  # its month is over on 29 February: on 1 March it leaves for nothing
        "short.connection": ". 300 . .", "short.left": ". . -300 .",  # joined on the 30th: 29 February is the last day, too
        "other.connection": ". 300 . .",  # to a tariff that the table doesn't know: what is kept is unknown, nothing is taken
    },
)
def downgrades_at_month_ends(d: Dealer) -> None:
    one = d.joins("1-31")
    d.reports(one, "2-5", tariff="V3")
    d.reports(one, "2-10", tariff="V2")
    d.leaves(one, "2-29", "V2")
    late = d.other("late", below=False)
    late.leaves(late.joins("1-31"), "3-1")
    short = d.other("short", below=False)
    short.leaves(short.joins("1-30"), "2-29")
    other = d.other("other", below=False)
    other.reports(other.joins("1-31"), "2-10", tariff="V9")


@case("""
tables:
  fee: {type: money, keys: [tariff], missing: nothing, rows: [{tariff: V1, value: "300"}, {tariff: V2, value: "200"}, {tariff: V3, value: "100"}]}
components:
  connection: {on: activation, pay: fee(tariff)}
  changed: {on: tariff_change, claws_back: [connection], keeps: fee(tariff)}
  restored: {on: tariff_change, where: tariff = 'V1', claws_back: [changed], within: {days: 30}}
  left: {on: churn, claws_back: [connection], within: {days: 60}, keeps: paid * 0.1}
""",
    connection="300 . . .",
    changed="-200 -200 . .",
    restored=". 200 . .",
    left=". -70 . .",  # 30 of 300 are kept where 100 are left
)
def a_higher_tariff_again(d: Dealer) -> None:
    one = d.joins("12-10")
    d.reports(one, "12-12", tariff="V3")
    d.reports(one, "1-11", tariff="V1")
    d.reports(one, "1-20", tariff="V3")
    d.leaves(one, "1-31", "V3")


@case("""
components:
  share: {on: charge, pay: amount * 1}
  taken: {on: churn, claws_back: [share], within: {days: 60}, keeps: paid * 0.5}
limits:
  most: {of: [share, taken], at_most: "40"}
""",
    # December: 100 of one, -20 of another: 80 are cut to 40, each line to a half; January: both leave
    share="80 30 . .",
    most="-40 . . .",
    taken=". -35 . .",  # half of the 50 let through, of the credit's -10, and of January's 30
)
def a_cap_over_credits_and_what_is_taken_back(d: Dealer) -> None:
    one, two = d.old(), d.old()
    d.charges(one, d12_05="100", d1_5="30")
    d.charges(two, d12_06="-20")
    d.leaves(one, "1-20")
    d.leaves(two, "1-20")


@case("""
attributes:
  highest: {type: money, default: "100", between: ["0", "1000"]}
components:
  a: {on: charge, where: charge_kind = 'monthly', pay: amount * 1}
  b: {on: charge, where: amount < 50, pay: amount * 1}
  back: {on: churn, claws_back: [a]}
limits:
  most_of_a: {of: [a, back], at_most: "50"}
  most: {of: [a, b, back], at_most: highest}
""",
    # December a 100 + 40, b 40: 180 against 60, the value of the month's last day
    a="140 . . .",
    b="40 . . .",
    most_of_a="-90 . . .",
    most="-120 . . .",
    back=". -33.3333 . .",  # of 100 the first cap let 50/140 through, the second 60/180: the less
    **{"short.a": "150 . . .", "short.most_of_a": "-100 . . .", "short.most": "-50 . . ."},
)
def two_caps_and_what_they_let_through(d: Dealer) -> None:
    one = d.old()
    d.charges(one, d12_05="100")
    d.charges(d.old(), d12_05="40")
    d.leaves(one, "1-5")
    d.agrees("highest", "60", "contract", f"C-{d.own}", "12-31")
    short = d.other("short", below=False, valid_to=date(2023, 12, 30))
    short.charges(short.old(), d12_05="150")


@case("""
components:
  sales: {on: activation, pay: {tiers: {by: count, in_order: true, counting: whole, steps: [{above: 0, each: "100"}, {above: 2, each: "50"}]}}}
  left: {on: churn, claws_back: [sales], within: {days: 60}, keeps: paid * 0.2}
  terminals: {on: operation, where: operation_kind = 'terminal_sale', pay: {tiers: {by: {sum: amount}, over: event, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 10000, share: "0.03"}]}}}
  brought_back: {on: operation, where: operation_kind = 'terminal_return', claws_back: [terminals], within: {days: 14}}
""",
    sales="250 . . .",
    left="-80 -40 . .",
    terminals="2120 . . .",  # twice 10,000 × 0.10 + 2,000 × 0.03
    brought_back="-1060 . . .",  # on the fourteenth day; another on the fifteenth
)
def lines_of_tiers_taken_back(d: Dealer) -> None:
    one, two, three = (d.joins("12-2") for _ in range(3))
    d.leaves(one, "12-20")
    d.leaves(three, "1-10")
    for number, on in ((two, "12-19"), (three, "12-20")):
        d.made.operation("terminal_sale", d.outlet, "12000", f"N{number:05d}", day("12-5"))
        d.made.operation("terminal_return", d.outlet, None, f"N{number:05d}", day(on))


@case("""
rounding: {each: total, places: 2, mode: half_up}
components:
  parts: {on: activation, after: {months: [0, 1, 2]}, pay: instalment_of(100)}
  left: {on: churn, claws_back: [parts], within: {months: 6, since: activation}, keeps: "paid * ratio(elapsed, window)"}
""",
    parts="33.33 33.33 33.33 .",
    left=". . -66.67 .",  # two of six months are kept of 33.3333, 33.3334 and 33.3333: 22.2222 + 22.2223 + 22.2222 go
)
def instalments_in_totals_taken_back_in_part(d: Dealer) -> None:
    d.leaves(d.joins("12-10"), "2-15")


@case("""
measures:
  before: {on: activation, months_ago: 1}
  lost: {on: activation, after: {months: 1}, where: status = 'closed'}
components:
  bonus: {on: activation, pay: {tiers: {by: count, counting: whole, steps: [{above: 0, each: "0"}, {above: 2, each: "10"}]}}}
  again: {on: period, claws_back: [bonus], months_ago: 1, keeps: {tiers: {of: before - lost, counting: whole, steps: [{above: 0, each: "0"}, {above: 2, each: "10"}]}}}
limits:
  most: {of: [bonus, again], at_most: "45"}
""",
    bonus="60 . . .",
    most="-15 . . .",
    again=". . . .",  # one left: 50 would be kept of the 45 that were paid
    **{
        "two.bonus": "60 . . .", "two.most": "-15 . . .", "two.again": ". -5 . .",  # two left: 40
        "four.bonus": "60 . . .", "four.most": "-15 . . .", "four.again": ". -45 . .",  # four left: two earn nothing
    },
)
def a_capped_bonus_looked_at_again(d: Dealer) -> None:
    for of, lost in ((d, 1), (d.other("two", below=False), 2), (d.other("four", below=False), 4)):
        numbers = [of.joins("12-10") for _ in range(6)]
        for number in numbers[:lost]:
            of.leaves(number, "12-20")


@case("""
measures:
  lost: {on: activation, after: {months: 1}, where: status = 'closed'}
  before: {on: activation, months_ago: 1}
  lost_later: {on: activation, after: {months: 2}, where: status = 'closed'}
  long_before: {on: activation, months_ago: 2}
components:
  bonus: {on: activation, pay: {tiers: {by: count, counting: whole, steps: [{above: 0, each: "10"}]}}}
  again: {on: period, claws_back: [bonus], months_ago: 1, keeps: (before - lost) * 10}
  once_more: {on: period, claws_back: [bonus], months_ago: 2, keeps: (long_before - lost_later) * 10}
""",
    bonus="60 . . .",
    again=". -10 . .",
    once_more=". . -20 .",  # of the 50 that are left three do not earn theirs: 30
)
def a_bonus_looked_at_twice(d: Dealer) -> None:
    for number, on in zip([d.joins("12-10") for _ in range(6)], ("12-20", "1-20", "1-31"), strict=False):
        d.leaves(number, on)


@case("""
components:
  fee: {on: activation, pay: "300"}
  left: {on: churn, claws_back: [fee], within: {months: 1}}
""",
    fee="600 . . .",
    **{"renewed.left": ". -300 . .", "late.fee": "300 . . ."},
)
def a_renewed_contract_and_a_late_report(d: Dealer) -> None:
    d.made.contracts[-1]["valid_to"] = date(2023, 12, 31)
    one = d.joins("12-15")
    d.joins("12-15")
    d.made.contract(f"C-{d.own}-renewed", d.own, d.scheme, valid_from=date(2024, 1, 1))
    d.leaves(one, "1-10")
    late = d.other("late", below=False)
    gone = late.joins("12-31")
    late.leaves(gone, "2-1")  # reported then; it had left on the window's last day
    late.made.subscribers[-1]["deactivated_on"] = day("1-31")
