"""Drafts with rules that can never pay, and drafts that look as if they couldn't and can."""

from tests.schemes.drafts import broken

RULES = (
    broken(
        "limits:",
        """\
  later:
    title: {en: Later, ru: Позже}
    on: activation
    after: {days: [30, 60]}
    where: status = 'active'
    pay: fee
  over_plan:
    title: {en: Over the plan, ru: Сверх плана}
    on: period
    where: connected >= 10
    pay: fee * connected
  early_churn:
    title: {en: Early churn, ru: Ранний отток}
    on: churn
    claws_back: [activation]
    within: {days: 90}
    keeps: paid * 0.5
  inactive:
    title: {en: Inactive, ru: Неактивные}
    on: activation
    after: {days: 45}
    where: charged_within(30) < 1
    claws_back: [activation]
    within: {days: 60, since: activation}

measures:
  connected: {title: {en: connected, ru: подключено}, on: activation, where: tariff is not null}
values:
  extra: {type: number, title: {en: extra, ru: сверх}, formula: connected + 5}

limits:""",
    )
    .replace("pay: fee * connected", "pay: fee * connected + fee * extra * 0.1")
    .replace("of: [activation, bonus]", "of: [activation, bonus, early_churn, inactive]")
)
CHARGES = "where: months_since_activation between 0 and 11 and amount >= floor"

NEVER = [
    # what is written, what is written instead, line:column, English message without its hint
    (CHARGES, "where: months_since_activation < 0 and amount >= floor", "31:12",
     "'charges' can never pay: no event meets \"months_since_activation < 0\"."),
    (CHARGES, "where: months_since_activation between 5 and 3 and amount >= floor", "31:12",
     "'charges' can never pay: no event meets \"months_since_activation between 5 and 3\"."),
    (CHARGES, "where: month_of_quarter = 4 and amount >= floor", "31:12",
     "'charges' can never pay: no event meets \"month_of_quarter = 4\"."),
    (CHARGES, "where: month_of_quarter = 2 and month_of_year in (3, 12) and amount >= floor", "31:12",
     "'charges' can never pay: no month meets what it says of months."),
    (CHARGES, "where: amount > 5 and amount >= floor and amount < 5", "31:12",
     "'charges' can never pay: \"amount < 5\" contradicts the other conditions."),
    (CHARGES, "where: amount < floor and amount >= 10", "31:12",
     "'charges' can never pay: \"amount >= 10\" contradicts the other conditions."),
    (CHARGES, "where: tariff = 'A' and tariff = 'B' and amount >= floor", "31:12",
     "'charges' can never pay: \"tariff = 'B'\" contradicts the other conditions."),
    (CHARGES, "where: branch in ('ural', 'volga') and branch = 'don' and amount >= floor", "31:12",
     "'charges' can never pay: \"branch in ('ural', 'volga')\" contradicts the other conditions."),
    (CHARGES, "where: tariff is null and tariff <> 'B' and amount >= floor", "31:12",
     "'charges' can never pay: \"tariff <> 'B'\" contradicts the other conditions."),
    (CHARGES, "where: status <> 'active' and status <> 'closed' and not status = 'suspended' and amount >= floor", "31:12",
     "'charges' can never pay: \"not status = 'suspended'\" contradicts the other conditions."),
    (CHARGES, "where: event_date < date '2026-01-01' and amount >= floor", "31:12",
     "'charges' can never pay: no event meets \"event_date < date '2026-01-01'\"."),
    (CHARGES, "where: amount >= floor and 1 > 2", "31:12", "'charges' can never pay: no event meets \"1 > 2\"."),
    (CHARGES, "where: amount >= floor and false", "31:12", "'charges' can never pay: no event meets \"false\"."),
    (CHARGES, "where: amount >= floor and (part > 0.3 or part < 0)", "31:12",
     "'charges' can never pay: no event meets \"(part > 0.3 or part < 0)\"."),
    (CHARGES, "where: amount >= floor and months_since_activation > 2 and months_since_activation < 3", "31:12",
     "'charges' can never pay: \"months_since_activation < 3\" contradicts the other conditions."),
    ("where: product_group = 'voice' and outlet_kind <> 'online'", "where: days_since_activation > 3", "26:12",
     "'activation' can never pay: no event meets \"days_since_activation > 3\"."),
    ("    pay: amount * part\n", "    pay: amount * part * 0\n", "32:10", "'charges' can never pay: \"amount * part * 0\" is always 0."),
    ("    pay: amount * part\n", "    pay: if(amount > 5, 0.00, 0 * amount) * part\n", "32:10",
     "'charges' can never pay: \"if(amount > 5, 0.00, 0 * amount) * part\" is always 0."),
    ("{above: 50, each: fee}", '{above: 50, each: "0"}', "37:7", "'bonus' can never pay: the rate of every tier is 0."),
    ("where: status = 'active'", "where: status = 'active' and days_since_activation < 30", "48:12",
     "'later' can never pay: no event meets \"days_since_activation < 30\"."),
    ("where: status = 'active'", "where: status = 'active' and instalment > instalments", "48:12",
     "'later' can never pay: no event meets \"instalment > instalments\"."),
    ("where: connected >= 10", "where: connected < 0", "53:12", "'over_plan' can never pay: no period meets \"connected < 0\"."),
    ("where: connected >= 10", "where: extra < 5", "53:12", "'over_plan' can never pay: no period meets \"extra < 5\"."),
    ("where: tariff is not null", "where: tariff = 'A' and tariff = 'B'", "70:78",
     "'connected' is always 0: \"tariff = 'B'\" contradicts the other conditions."),
    ("keeps: paid * 0.5", "keeps: paid", "60:12", "'early_churn' can never take anything back: all that was paid is kept."),
    ("keeps: paid * 0.5", "where: days_since_activation < 0", "60:12",
     "'early_churn' can never take anything back: no event meets \"days_since_activation < 0\"."),
    ("after: {days: 45}", "after: {days: 61}", "64:12",
     "'inactive' can never take anything back: its window of 60 days is over by then."),
    ('at_most: "500000.00"', 'at_most: "0.00"', "78:14", "'cap' leaves nothing: at most 0."),
    ('at_most: "500000.00"', 'at_least: "5"\n    where: connected < 0', "79:12",
     "'cap' can never apply: no period meets \"connected < 0\"."),
]  # fmt: skip

CAN = [
    (CHARGES, "where: months_since_activation >= 0 and amount >= floor and amount < 10.01"),
    (CHARGES, "where: (amount < 0 or amount > 5) and amount between -3 and 5.01 and amount >= floor"),
    (CHARGES, "where: coalesce(tariff, 'none') = 'none' and tariff is null and amount >= floor"),
    (CHARGES, "where: status not in ('active', 'closed') and amount >= floor"),
    (CHARGES, "where: event_date <= date '2026-01-01' and amount >= floor"),
    (CHARGES, "where: part >= 0.2 and amount >= floor"),
    (CHARGES, "where: not (amount > 5 and amount < floor)"),
    (CHARGES, "where: least(amount, 5) > 4 and greatest(amount, 3) < 4.5 and amount >= floor"),
    (CHARGES, "where: amount >= floor and tariff = product_id and tariff = 'A' and product_id <> 'B'"),
    (CHARGES, "where: if(amount > 100, 1, 0) = 1 and amount >= floor"),
    ("    pay: amount * part\n", "    pay: (amount - amount) * part\n"),
    ("    pay: amount * part\n", "    pay: 0 - amount * part\n"),
    ("    pay: amount * part\n", "    pay: greatest(amount * part - 100, 0)\n"),
    ("{above: 50, each: fee}", '{above: 50, each: "0.01"}'),
    ("where: status = 'active'", "where: status = 'active' and days_since_activation > 30"),
    ("where: status = 'active'", "where: status = 'active' and instalment = instalments"),
    ("where: status = 'active'", "where: months_since_activation = 0 and status = 'active'"),
    ("where: connected >= 10", "where: connected = 0 and extra = 5"),
    ("keeps: paid * 0.5", "keeps: least(paid, 100)"),
    ("after: {days: 45}", "after: {days: 60}"),
    ("after: {days: 45}", "after: {months: 3}"),
    ('at_most: "500000.00"', 'at_most: "0"\n    where: connected < 10'),
    ('at_most: "500000.00"', 'at_least: "0"'),
]
