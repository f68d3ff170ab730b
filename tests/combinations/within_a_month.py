"""What changes within a month: terms, rows, versions and their notice, agreed values, hands, months that end early."""
# fmt: off

from datetime import date

from tests.combinations.dealers import Dealer, case


@case("""
terms:
  rate: {type: money, values: {2023-01-01: "10.00", 2024-01-16: "20.00"}}
  share: {type: share, values: {2023-01-01: "0.10", 2024-01-16: "0.20"}}
tables:
  by_class:
    {type: share, keys: [class], missing: nothing, rows: [{class: A, value: {2023-01-01: "0.05", 2024-01-16: "0.10"}}]}
measures:
  revenue: {on: charge, sum: amount}
  joined: {on: activation}
values:
  dealer_class: {type: text, formula: "if(joined >= 3, 'A', 'B')"}
components:
  of_the_day: {on: activation, pay: rate}
  counted: {on: activation, pay: {tiers: {by: count, in_order: true, counting: slice, steps: [{above: 0, each: rate}, {above: 2, each: "5"}]}}}
  all_counted: {on: activation, pay: {tiers: {by: count, counting: whole, steps: [{above: 0, each: rate}]}}}
  each_charge: {on: charge, pay: {tiers: {by: {sum: amount}, over: event, counting: slice, steps: [{above: 0, share: share}]}}}
  by_class_of_the_day: {on: charge, pay: amount * by_class(dealer_class)}
  by_class_of_the_month: {on: period, pay: revenue * by_class(dealer_class)}
limits:
  least: {of: [by_class_of_the_month], at_least: "8"}
""",
    # January: joined on the 5th, 10th and 20th; charged 100 on the 15th and 100 on the 16th
    of_the_day=". 40 . .",
    counted=". 25 . .",  # each event by the table of its day: 10 + 10 + 5
    all_counted=". 60 . .",
    each_charge=". 30 20 .",
    by_class_of_the_day=". 15 . .",
    by_class_of_the_month=". 20 . .",
    least="8 . 8 8",  # class B stands in no row: nothing, and the guarantee makes up for it
    # its contract ends on the 15th, when the former values hold
    **{
        "short.of_the_day": ". 30 . .", "short.counted": ". 25 . .", "short.all_counted": ". 30 . .",
        "short.each_charge": ". 10 . .", "short.by_class_of_the_day": ". 5 . .", "short.by_class_of_the_month": ". 5 . .",
        "short.least": "8 3 . .",
    },
)
def values_that_change_within_the_month(d: Dealer) -> None:
    d.join("1-5 1-10 1-20")
    d.charges(d.old(), d1_15="100", d1_16="100", d2_1="100")
    short = d.other("short", below=False, valid_to=date(2024, 1, 15))
    short.join("1-5 1-10 1-15 1-16")
    short.charges(short.old(), d1_15="100", d1_16="100")


@case("""
components:
  fee: {on: activation, pay: "100"}
  back: {on: churn, claws_back: [fee], keeps: paid * 0.5}
limits:
  most: {of: [fee, back], at_most: "250"}
""", """
valid_from: 2024-01-11
announced_on: 2024-01-05
components:
  fee: {on: activation, pay: "200"}
  back: {on: churn, claws_back: [fee]}
limits:
  most: {of: [fee, back], at_most: "450"}
""",
    # joined 12-15 twice, 1-8, 1-11, 1-14, 1-15, 1-20; one left on 1-10 (by the first version for all), one on 1-12
    fee="200 900 . .",  # 100 + 4 × 200
    back=". -150 . .",  # half of 100, all of 100
    most=". -300 . .",  # 750 against 450
    **{
        # ten days of notice: the second version from the 15th: 3 × 100 + 2 × 200; both leave by the first
        "ten.fee": "200 700 . .", "ten.back": ". -100 . .", "ten.most": ". -150 . .",
        # thirty: from 4 February, on the 3rd the first still pays
        "thirty.fee": "200 500 300 .", "thirty.back": ". -100 . .", "thirty.most": ". -150 . .",
    },
)
def versions_and_notice(d: Dealer) -> None:
    for of in (d, d.other("ten", below=False, notice_days=10), d.other("thirty", below=False, notice_days=30)):
        first, second = of.joins("12-15"), of.joins("12-15")
        for on in ("1-8", "1-11", "1-14", "1-15", "1-20"):
            of.joins(on)
        of.leaves(first, "1-10")
        of.leaves(second, "1-12")
    of.joins("2-3")
    of.joins("2-4")


@case("""
components:
  in_order: {on: activation, pay: {tiers: {by: count, in_order: true, counting: slice, steps: [{above: 0, each: "100"}, {above: 2, each: "50"}]}}}
  parts: {on: activation, after: {months: {from: 0, to: 2}}, pay: instalment_of(100)}
""", """
valid_from: 2024-01-16
components:
  in_order: {on: activation, pay: {tiers: {by: count, in_order: true, counting: slice, steps: [{above: 0, each: "200"}, {above: 3, each: "10"}]}}}
  parts: {on: activation, after: {months: {from: 0, to: 1}}, pay: instalment_of(200)}
""",
    # joined on 5, 10, 20 and 25 January: the third and fourth of the month by the second version
    in_order=". 410 . .",  # 100 + 100 + 200 + 10
    parts=". 266.66 400 .",  # 33.33 twice and 100 twice; in February all four have the second of two parts
)
def versions_that_count_in_order_and_pay_in_parts(d: Dealer) -> None:
    d.join("1-5 1-10 1-20 1-25")


@case("""
attributes:
  own_share: {type: share, default: "0.05", between: ["0", "1"]}
measures:
  revenue: {on: charge, sum: amount}
components:
  each_charge: {on: charge, pay: amount * own_share}
  of_month: {on: period, pay: revenue * own_share}
  tiered: {on: charge, pay: {tiers: {by: {sum: amount}, counting: slice, steps: [{above: 0, share: own_share}, {above: 300, share: "0.01"}]}}}
""",
    each_charge=". 33 8 .",  # 5 + 6 + 7 + 7 + 8
    of_month=". 40 8 .",
    tiered=". 26 8 .",  # 300 × 0.08 + 200 × 0.01
    **{"other.each_charge": ". 12 6 .", "other.of_month": ". 12 6 .", "other.tiered": ". 12 6 ."},
)
def values_of_three_levels(d: Dealer) -> None:
    d.made.counterparties[-1]["branch"] = "volga"
    d.charges(d.old(), d1_4="100", d1_5="100", d1_10="100", d1_19="100", d1_20="100", d2_1="100")
    d.agrees("own_share", "0.06", "branch", "volga", "1-5")
    d.agrees("own_share", "0.07", "counterparty", d.own, "1-10")
    d.agrees("own_share", "0.08", "contract", f"C-{d.own}", "1-20")
    other = d.other("other", below=False, branch="volga")
    other.charges(other.old(), d1_10="100", d1_20="100", d2_1="100")


@case("""
measures:
  at_outlet: {on: charge, per: outlet}
components:
  parts: {on: activation, after: {months: [1, 2]}, pay: instalment_of(60)}
  share: {on: charge, pay: "if(at_outlet >= 2, 2, 1)"}
  left: {on: churn, claws_back: [parts]}
""",
    # activated by the first, linked to the second from 15 January: who activated is paid in instalments, and answers
    parts=". 30 30 .",
    share=". 1 . .",
    left=". . -30 .",  # a day before the second part falls due
    **{"second.share": ". 4 . ."},
)
def a_subscriber_that_changes_hands(d: Dealer) -> None:
    second = d.other("second", below=False)
    one = d.joins("12-31")
    d.charges(one, d1_14="10", d1_15="10", d1_16="10")
    second.takes_over(one, "1-15")
    d.leaves(one, "2-28")


@case("""
components:
  aged: {on: charge, pay: months_since_activation * 10}
  later: {on: activation, after: {months: [1, 2]}, where: status = 'active', pay: instalment * 100}
""",
    # joined on 31 January: 28 February is no month, the 29th is one; 30 March is one, the 31st two
    aged=". . 10 30",
    later=". . 100 200",
    **{"gone.later": ". . 100 ."},  # left on 29 March, the day before its second month is over
)
def months_that_end_early(d: Dealer) -> None:
    d.charges(d.joins("1-31"), d2_28="1", d2_29="1", d3_30="1", d3_31="1")
    gone = d.other("gone", below=False)
    gone.leaves(gone.joins("1-30"), "3-29")
