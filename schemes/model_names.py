"""Names and functions that only some rules may use."""

INSTALMENTS = ("instalment", "instalments")
"""Names that a rule with `after` may use: which of its times this is, counted from 1, and how many there are."""
ACTIVITIES = ("charged_within", "paid_within")
"""Functions of a number of days, on activations: what the subscriber was charged, or paid, in so many first days."""
