"""What made-up rules are written with: conditions and pays by stream, over the names that every made-up scheme declares."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import strategies as st

START = date(2026, 1, 1)
WORDS = {"en": "a", "ru": "а"}
MONEY = st.sampled_from(["0.00", "1.5", "12.345", "50", "300"])
SHARES = st.sampled_from(["0", "0.01", "0.0125", "0.05", "0.3"])
NUMBERS = st.sampled_from(["0", "1", "2.5", "3"])
ANY_STREAM = [
    "outlet_id <> 'T1'", "counterparty_kind in ('dealer', 'agent')", "activated_on < date '2026-09-20'",
    "event_date >= begins", "outlet_kind = sort or branch = 'volga'", "is_strict or tariff = word",
    "not is_open and days_since_activation >= size", "product_id is null or product_group <> 'content'",
    "status <> 'suspended'", "word_by(outlet_kind) = 'x' or since > activated_on", "activated_on is not null",
    "month_of_year <> 9 or month_of_quarter = 3", "month_of_quarter <= size + 1",
]  # fmt: skip
CONDITIONS = {
    "charge": [
        "product_group = 'voice'", "amount > limit or charge_kind = 'usage'", "months_since_activation between 0 and 5",
        "days_since_activation <= 20 and not (branch = 'volga')", "event_date >= date '2026-10-10'",
        "fee_by(tariff, coalesce(outlet_kind, 'none')) > 10", "started(amount, 50) > 1", "suspended_days between 1 and 9",
        "size_by(tariff, coalesce(charge_kind, 'none'), branch) >= 2", "tariff not in ('V1')", "amount not between -5 and 50",
        "months_since_activation <= size and charged_within(20) > limit",
        "days_since_activation between 0 and 45 and not (paid_within(15) <= 1 and tariff = word)",
    ],
    "activation": [
        "tariff = 'V1'", "outlet_kind in ('own', 'multibrand')", "outlet_region is not null", "rate > 0.01",
        "charged_within(9) > 1", "paid_within(30) >= limit or branch = 'ural'",
    ],
    "payment": [
        "channel <> 'online'", "coalesce(tariff, 'none') <> 'C1'", "amount between 1 and 1500",
        "paid_within(30) >= 100 and months_since_activation < 6",
        "days_since_activation <= 100 and paid_within(20) > bar",
    ],
    "operation": [
        "operation_kind = 'terminal_sale'", "amount is not null", "product_id <> 'C1'",
        "charged_within(12) + paid_within(12) > bar and days_since_activation <= 60",
    ],
    "churn": [
        "days_since_activation - suspended_days < 30", "tariff = 'V1'", "status = 'closed'",
        "days_since_activation < 61 and charged_within(30) <= 500",
    ],
    "tariff_change": ["old_tariff = 'V1'", "tariff <> 'C1'", "months_since_activation between 0 and 3 and paid_within(9) >= 0"],
    "reactivation": ["days_since_activation > 5", "status = 'active'", "charged_within(40) > 0 and months_since_activation <= 4"],
    "fraud_mark": ["tariff = 'V1'", "outlet_kind = 'own'", "days_since_activation <= 90 and charged_within(30) < limit"],
}  # fmt: skip
PAYS_CHARGES = [
    "amount * rate", "least(amount * rate, fee)", "greatest(amount, limit) * rate - 0.5", "fee + 1.005",
    "started(amount, 30) * fee", "if(amount > limit, amount * rate, 0.01)", "amount * ratio(amount, limit + 1)",
]  # fmt: skip
PAYS = {
    "charge": [
        *PAYS_CHARGES, "fee_by(product_id, coalesce(charge_kind, 'none')) * 2", "amount * class_rate(grade)",
        "completed(amount, 30) * fee * 0.335", "amount * portion * size", "-(amount - fee) * rate",
        "amount * if(charged_at_outlet > 500, rate, 0.02)", "amount * if(charged_to_one >= 300, rate, 0.02)", "amount * if(activations > 1, rate, 0.02)", "(amount - year_revenue * 0.001) * rate",
    ],
    "activation": [
        "fee", "fee_by(tariff, coalesce(outlet_kind, 'none'))", "fee * (1 - rate)", "if(grade = 'A', fee, 0.5)",
        "if(is_good, fee, bar)", "fee * size_by(tariff, coalesce(outlet_kind, 'none'), branch)", "fee * weight", "-(fee * many) * 0.1",
        "fee * least(all_count, 20) * 0.1", "if(revenue > coalesce(plan, 500), fee, bar)",
        "if(at_outlet >= 2, fee, bar)", "if(good_outlets > rich_outlets, fee, bar) + 1",
        "least(charged_to_one, fee) * 0.5", "if(active_base > often_paid, fee, bar) + 1",
    ],
    "payment": ["amount * 0.0333", "amount * rate", "amount * least(attainment, 2)", "fee * times_paid * 0.1"],
    "operation": ["least(greatest(amount * rate, 5), 50)", "coalesce(amount, 10) * rate", "if(event_date < turn, fee, 1)", "fee * least(at_outlet, 4)", "fee * times_paid"],
    "churn": ["0 - fee", "0 - least(fee, limit)", "-(fee * ratio(churned, activations))"],
    "tariff_change": ["fee_by(tariff, coalesce(outlet_kind, 'none')) - fee_by(old_tariff, coalesce(outlet_kind, 'none'))", "fee"],
    "reactivation": ["fee * 0.5"],
    "fraud_mark": ["0 - fee"],
}  # fmt: skip
SUMS = {
    "charge": ["amount", "amount * 2 - 1", "started(amount, 100)", "months_since_activation + 1"],
    "payment": ["amount", "amount * 2 - 1", "completed(amount, 100) * size"],
    "operation": ["amount", "amount * 2 - 1", "coalesce(amount, 10)"],
}  # fmt: skip
"""What tiers on events add up. Those that give a number are paid `each`, money by `share`."""
NUMBERED = {"started(amount, 100)", "months_since_activation + 1", "completed(amount, 100) * size"}
PAYS_OF_PERIOD = [
    "(revenue - 100) * rate + (activations - 2) * fee", "greatest(revenue - coalesce(plan, 500), 0) * rate",
    "activations * fee - churned * fee * 0.5", "year_revenue * 0.001", "ratio(churned, activations) * fee",
    "each_charge * 0.1", "extra", "below * rate + two_below * 0.01", "group * 0.03", "group_count * fee",
    "last_month * 0.01 + fee_by(grade, 'own')", "started(parts, 3) * fee", "(returned + marked + changed) * fee * 0.1",
    "revenue * ratio(activations, coalesce(plan_of_number, 3))", "all_count * 0.05 * fee - below_count * fee",
    "if(is_good, fee * weight, bar)", "count_ago * fee * 0.01 + early * 0.1", "month_of_quarter * fee + fee * month_of_year * 0.1",
    "paid_in * 0.01 + handled * portion", "good_outlets * fee + rich_outlets * bar",
    "completed(active_base, 3) * fee + often_paid * bar",
]  # fmt: skip
WHERE_OF_PERIOD = [
    "activations > 1", "attainment >= 0.5", "grade in ('A', 'B')", "revenue > limit or churned = 0", "is_good",
    "not is_open or weight > 1", "turn <= date '2026-10-05'", "plan is not null", "handled + paid_in > bar",
    "month_of_quarter = 3 or month_of_year = 10", "good_outlets >= 2",
    "active_base >= 2",
]  # fmt: skip
KEEPS = [
    None, "paid * ratio(elapsed, 60)", "paid * 0.335 - 1", "fee", "fee_by(tariff, coalesce(outlet_kind, 'none'))",
    "least(paid, fee * elapsed)", "if(status = 'closed', 0.5, paid * portion)",
    "if(activations >= 2, paid * 0.5, 0)", "if(charged_at_outlet > limit, paid * 0.5, fee)",
    "if(charged_to_one > limit, paid * 0.5, fee)",
]  # fmt: skip
WITHIN = [
    None, {"days": 30}, {"months": 1}, {"months": 6, "since": "activation"}, {"days": 15, "not_counting": "suspension"},
    {"months": 1, "since": "activation", "not_counting": "suspension"}, {"days": 40, "since": "event"}, {"days": 90, "since": "activation"},
]  # fmt: skip
AFTER = [{"days": 20}, {"months": 1}, {"months": {"from": 0, "to": 6}}, {"days": [0, 10, 30]}, {"months": [1, 4]}]
AN_AGE = re.compile(r"(months|days)_since_activation (<|between)")
"""A condition that says how old a subscriber may be at most."""
PAYS_OF_FIRST_DAYS = [
    "charged_within(25) * rate",
    "least(paid_within(10), fee) * 0.5",
    "-(charged_within(9) - fee) * rate",
]
SUM_OF_FIRST_DAYS = "charged_within(14) * 0.1 + fee"
KEEPS_OF_FIRST_DAYS = [
    "least(paid, charged_within(21))",
    "paid_within(28) * 0.2",
    "if(charged_within(14) > fee, paid, 0)",
]
PAYS_AFTER = [
    "fee",
    "instalment_of(fee)",
    "instalment_of(fee * 0.337 + 1) * instalment",
    "charged_within(30) * rate",
    "fee * ratio(churned, activations)",
    "fee * ratio(instalment, instalments)",
]
WHERE_AFTER = [
    "status = 'active'",
    "charged_within(20) > limit",
    "at_outlet >= 1 or status = 'closed'",
    "charged_to_one > limit",
    "paid_within(15) >= 0 and instalment < instalments",
]
KEEPS_OF_PERIOD = ["paid * 0.5", "cohort * fee", "last_month * rate", "activations * fee - 1"]
