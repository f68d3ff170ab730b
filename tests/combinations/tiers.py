"""Tiers combined: credits in them, over a year's end, sums for a rung, attainment, packages, years that fall again."""
# fmt: off

from datetime import date

from tests.combinations.dealers import Dealer, case, day


@case("""
components:
  slice: {on: charge, pay: {tiers: {by: {sum: amount}, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  whole: {on: charge, pay: {tiers: {by: {sum: amount}, counting: whole, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  whole_from: {on: charge, pay: {tiers: {by: {sum: amount}, counting: whole, steps: [{from: 0, share: "0.10"}, {from: 1000, share: "0.20"}]}}}
  rising: {on: charge, pay: {tiers: {by: {sum: amount}, counting: interpolated, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  runs_sliced: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  runs_whole: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: whole, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.20"}]}}}
  each_sliced: {on: charge, pay: {tiers: {by: {sum: amount}, over: event, counting: slice, steps: [{above: 0, share: "0.10"}, {above: 1000, share: "0.03"}]}}}
""",
    # December 800, 500, -400, 300 make 1,200; January 200, -500 make -300; February exactly 1,000; March 500
    slice="140 -30 100 50",  # 1,000 × 0.10 + 200 × 0.20; below nothing the first tier's rate holds
    whole="240 -30 100 50",  # 1,200 × 0.20; exactly 1,000 is not above it
    whole_from="240 -30 200 50",
    rising="240 -30 200 75",  # at 500 half the way from 10 % to 20 %: 15 %; at 1,000 all of it
    runs_sliced="140 -30 100 50",  # 80 + (20 + 60) - (60 + 10) + (10 + 40); 20 - 50
    runs_whole="200 -30 100 50",  # at 800 80, at 1,300 100, at 900 -40, at 1,200 60
    each_sliced="120 -30 100 50",  # of each by itself
)
def credits_in_tiers(d: Dealer) -> None:
    d.charges(d.old(), d12_05="800", d12_06="500", d12_07="-400", d12_08="300", d1_5="200 -500", d2_29="1000", d3_1="500")


@case("""
components:
  of_contract: {on: activation, pay: {tiers: {by: count, over: contract, counting: slice, steps: [{above: 0, each: "10"}, {above: 4, each: "20"}]}}}
  of_year: {on: activation, pay: {tiers: {by: count, over: year, counting: slice, steps: [{above: 0, each: "10"}, {above: 4, each: "20"}]}}}
  of_quarter: {on: activation, pay: {tiers: {by: count, over: quarter, counting: whole, steps: [{above: 0, each: "10"}, {above: 4, each: "20"}]}}}
  quarter_from: {on: activation, pay: {tiers: {by: count, over: quarter, counting: whole, steps: [{from: 0, each: "10"}, {from: 4, each: "20"}]}}}
  rising: {on: activation, pay: {tiers: {by: count, over: contract, counting: interpolated, steps: [{above: 0, each: "0"}, {above: 8, each: "50"}]}}}
  rising_from: {on: activation, pay: {tiers: {by: count, counting: interpolated, steps: [{from: 0, each: "0"}, {from: 8, each: "50"}]}}}
  sliced_from: {on: activation, pay: {tiers: {by: count, counting: slice, steps: [{from: 0, each: "10"}, {from: 3, each: "20"}]}}}
""",
    # 3 in December, 4 in January, none in February, 2 in March
    of_contract="30 70 . 40",  # 3; the fourth and three above; two above
    of_year="30 40 . 40",  # January begins anew
    of_quarter="30 40 . 40",  # 4 are not above 4; 6 are, and March's own two are paid by it
    quarter_from="30 80 . 40",
    rising="56.25 175 . 100",  # 3 × 50 × 3/8; 4 × 50 × 7/8; 9 are past the last threshold
    rising_from="56.25 100 . 25",  # 3 × 50 × 3/8; 4 × 50 × 4/8; 2 × 50 × 2/8
    sliced_from="40 60 . 20",  # the third takes the higher rate: 2 × 10 + 20
    **{
        # 5 February is before its contract, 2 in February, 3 in March
        "late.of_contract": ". . 20 40", "late.of_year": ". . 20 40", "late.of_quarter": ". . 20 60",
        "late.rising_from": ". . 25 56.25", "late.sliced_from": ". . 20 40",
        "late.quarter_from": ". . 20 60", "late.rising": ". . 25 93.75",
        # the renewed contract begins anew: 3 and 2 to the end of January, then 2 and 1
        "old.of_contract": "30 30 . .", "old.of_year": "30 20 . .", "old.of_quarter": "30 20 . .",
        "old.rising_from": "56.25 25 . .", "old.sliced_from": "40 20 . .",
        "new.rising_from": ". . 25 6.25", "new.sliced_from": ". . 20 10",
        "old.quarter_from": "30 20 . .", "old.rising": "56.25 62.5 . .",
        "new.of_contract": ". . 20 10", "new.of_year": ". . 20 10", "new.of_quarter": ". . 20 10",
        "new.quarter_from": ". . 20 10", "new.rising": ". . 25 18.75",
    },
)
def tiers_over_the_year_s_end(d: Dealer) -> None:
    d.join("12-1 12-31 12-31 1-1 1-2 1-3 1-31 3-1 3-31")
    late = d.other("late", below=False, valid_from=date(2024, 2, 10))
    late.join("2-5 2-10 2-29 3-1 3-2 3-3")
    old = d.other("old", below=False, valid_to=date(2024, 1, 31))
    d.made.contract(f"C-{d.own}-new", old.own, d.scheme, valid_from=date(2024, 2, 1))
    old.join("12-1 12-31 12-31 1-1 1-31 2-1 2-2 3-1")


@case("""
measures:
  revenue: {on: charge, sum: amount}
components:
  sliced: {on: charge, pay: {tiers: {by: {sum: amount}, over: quarter, counting: slice, steps: [{from: 0, fixed: "50"}, {from: 1000, fixed: "100"}]}}}
  whole: {on: charge, pay: {tiers: {by: {sum: amount}, over: quarter, counting: whole, steps: [{from: 0, fixed: "50"}, {from: 1000, fixed: "100"}]}}}
  in_order: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, fixed: "0"}, {above: 1000, fixed: "100"}]}}}
  in_order_too: {on: charge, pay: {tiers: {by: {sum: amount}, in_order: true, counting: slice, steps: [{above: 0, fixed: "9"}, {above: 2000, fixed: "100"}]}}}
  of_month: {on: period, pay: {tiers: {of: revenue, counting: slice, steps: [{above: 0, fixed: "7"}, {above: 1000, fixed: "100"}]}}}
  rates_too: {on: charge, pay: {tiers: {by: {sum: amount}, counting: whole, steps: [{above: 0, share: "0.01"}, {above: 1000, share: "0.02"}]}}}
""",
    # December 1,200; January 1,200; February -500, the quarter's 700; March 600: 1,300
    sliced="150 150 -100 100",  # a rung that is left again goes back
    whole="100 100 -50 50",
    in_order="100 100 . .",
    in_order_too="9 9 9 9",
    of_month="107 107 7 7",
    rates_too="24 24 -5 6",
    **{
        "idle.of_month": "7 7 7 7",
        # January 100 and -100, February 100: the first rung is paid once
        "zero.sliced": ". 50 . .", "zero.whole": ". 50 . .", "zero.of_month": "7 7 7 7", "zero.rates_too": ". . 1 .",
        "zero.in_order_too": ". 9 9 .",
    },
)
def fixed_sums_and_credits(d: Dealer) -> None:
    d.charges(d.old(), d12_05="700 500", d1_5="1300 -100", d2_5="-500", d3_5="600")
    d.other("idle", below=False)
    zero = d.other("zero", below=False)
    zero.charges(zero.old(), d1_5="100 -100 100 -100", d2_5="100")


@case("""
components:
  in_order: {on: operation, pay: {tiers: {by: {sum: amount * 2}, in_order: true, counting: slice, steps: [{above: 0, fixed: "9"}, {above: 200, fixed: "100"}]}}}
""",
    in_order="9 . . 109",  # one without an amount earns nothing, and the first rung is still to come
)
def fixed_sums_and_unknown_amounts(d: Dealer) -> None:
    number = f"N{d.old():05d}"
    for on, amount in (("12-5", None), ("12-6", "10"), ("1-5", None), ("3-5", None), ("3-6", "150")):
        d.made.operation("service", d.outlet, amount, number, day(on))


@case("""
measures:
  revenue: {on: charge, sum: amount}
  goal: {plan: revenue, type: money}
  net: {on: charge, sum: "if(amount < 0, -1, 1)"}
values:
  reached: {type: share, formula: "ratio(revenue, goal)"}
components:
  attainment: {on: period, pay: {tiers: {of: reached, applied_to: revenue, counting: interpolated, steps: [{from: 0, share: "0"}, {from: 1, share: "0.01"}, {from: "1.2", share: "0.02"}]}}}
  packages: {on: period, pay: "started(revenue, 100) * 10 + completed(revenue, 100) * 1"}
  packages_each: {on: charge, pay: "started(amount, 100) * 5"}
  counted: {on: charge, pay: {tiers: {by: {sum: "if(amount < 0, -1, 1)"}, counting: whole, steps: [{above: 0, each: "10"}, {above: 2, each: "30"}]}}}
  affine: {on: period, pay: (revenue - 1000) * 0.1 + (net - 3) * 7}
""",
    # December 700, 450, -50: 1,100 of a plan of 1,000: 1.1 is half the way: 1.5 %; January -50 of a plan of 0; February 200 without one
    attainment="16.5 . . 5",  # March: 500 of a plan of 500: exactly 1
    packages="121 . 22 55",  # 11 begun and 11 whole; nothing below zero; 2 and 2; 5 and 5
    packages_each="60 . 10 25",  # 7 + 5 + 0; -50 begins none
    counted="10 -10 10 10",
    affine="-4 -133 -94 -64",  # 10 - 14; -105 - 28; -80 - 14; -50 - 14
)
def packages_plans_and_counts_with_credits(d: Dealer) -> None:
    d.charges(d.old(), d12_05="700 450 -50", d1_5="-50", d2_5="200", d3_5="500")
    for month, goal in (("12-1", "1000"), ("1-1", "0"), ("3-1", "500")):
        d.made.plan(d.own, "revenue", goal, day(month))


@case("""
terms:
  rate: {type: money, values: {2023-01-01: "10", 2024-01-01: "20"}}
  rung: {type: money, values: {2023-01-01: "50", 2024-01-01: "80"}}
components:
  whole: {on: charge, pay: {tiers: {by: {sum: amount}, over: year, counting: whole, steps: [{above: 0, share: "0.1"}, {above: 1000, share: "0.2"}]}}}
  in_order: {on: charge, pay: {tiers: {by: {sum: amount}, over: year, in_order: true, counting: whole, steps: [{above: 0, share: "0.1"}, {above: 1000, share: "0.2"}]}}}
  sliced: {on: charge, pay: {tiers: {by: {sum: amount}, over: year, in_order: true, counting: slice, steps: [{above: 0, share: "0.1"}, {above: 1000, share: "0.2"}]}}}
  at_a_rate: {on: activation, pay: {tiers: {by: count, over: contract, counting: slice, steps: [{above: 0, each: rate}, {above: 100, each: "1"}]}}}
  rungs: {on: activation, pay: {tiers: {by: count, over: contract, counting: slice, steps: [{from: 0, fixed: "0"}, {from: 2, fixed: rung}, {from: 5, fixed: rung}]}}}
  of_marked: {on: charge, pay: {tiers: {by: {sum: amount}, counting: slice, steps: [{above: 0, share: "0.01"}]}}}
""",
    # January 800 and 700, February -800, March 400; 3 join in December, 2 in January
    whole=". 300 -80 80",  # 1,500 × 0.2; at 700 a tenth; at 1,100 a fifth
    in_order=". 220 -80 80",  # 80, at 1,500 140
    sliced=". 200 -130 50",  # 80 + 20 + 100; -100 - 30; 30 + 20
    at_a_rate="30 40 . .",  # January's two at January's rate
    rungs="50 80 . .",  # the second of December; the fifth in January; what was paid stays as it was
    of_marked=". 15 -8 4",  # a marked subscriber's 1,000 of 10 to 20 January are counted nowhere
)
def tiers_of_the_year_that_fall_again(d: Dealer) -> None:
    d.charges(d.old(), d1_5="800 700", d2_5="-800", d3_5="400")
    marked = d.old()
    d.charges(marked, d1_10="500", d1_20="500")
    d.made.mark(f"N{marked:05d}", day("1-10"), day("1-20"))
    d.join("12-1 12-2 12-3 1-1 1-2")
