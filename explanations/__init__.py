"""Why: a line, a reward, or an input row explained from what was published and what its run pinned, in two languages.

explained = explain_line("2026-10/D00042/3f2a91c07be4", "ru")       # parts that a screen lays out
as_text(explained)                                                   # or lines of text
explain_reward(Period.parse("2026-10"), "D00042", "en")              # how a reward adds up
explain_payout("PRM-1-2", "en")                                      # what a payout is made of
explain_row("charges_2026-10_ural.csv", 12, "ru")                    # what became of an input row
"""

from explanations.addresses import LineAddress, address_of
from explanations.lines import explain_line
from explanations.model import (
    Addend,
    ComponentTotal,
    Condition,
    Explanation,
    LineExplanation,
    PayoutExplanation,
    PayoutPart,
    Reckoned,
    Related,
    RewardExplanation,
    RowExplanation,
    TierPart,
    Used,
)
from explanations.payouts import explain_payout, parse_payout
from explanations.rewards import explain_reward
from explanations.rows import explain_row, parse_row
from explanations.telling import as_text

__all__ = [
    "Addend",
    "ComponentTotal",
    "Condition",
    "Explanation",
    "LineAddress",
    "LineExplanation",
    "PayoutExplanation",
    "PayoutPart",
    "Reckoned",
    "Related",
    "RewardExplanation",
    "RowExplanation",
    "TierPart",
    "Used",
    "address_of",
    "as_text",
    "explain_line",
    "explain_payout",
    "explain_reward",
    "explain_row",
    "parse_payout",
    "parse_row",
]
