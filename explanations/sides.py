"""The parts of a condition that are compared and are expressions themselves: what each came to is told beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from schemes.formula import Formula
from schemes.formula_types import INSTALMENT_OF, QUOTIENTS, is_date_literal

_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_OF_SEVERAL = (exp.Least, exp.Greatest, exp.Coalesce)


def compared_expressions(formula: Formula) -> Iterator[exp.Expr]:
    """The sides of comparisons that say nothing of their value by themselves, as a name or a number does."""
    for node in formula.tree.walk():
        if isinstance(node, _COMPARED):
            sides = [node.left, node.right]
        elif isinstance(node, exp.Between):
            sides = [node.this, node.args["low"], node.args["high"]]
        elif isinstance(node, exp.In):
            sides = [node.this]
        else:
            continue
        yield from (side for side in sides if _is_expression(side, formula))


def kind_of(node: exp.Expr, formula: Formula, kind: Callable[[str], str]) -> str:
    """The type of a part of a formula. kind: of a name, or of a call (its name and a bracket)."""

    def of(part: exp.Expr) -> str:
        return kind_of(part, formula, kind)

    if isinstance(node, exp.Column):
        return kind(node.name)
    if id(node) in formula.literal_types:
        return formula.literal_types[id(node)]
    if isinstance(node, exp.Paren | exp.Neg):
        return of(node.this)
    if isinstance(node, exp.Anonymous):
        return QUOTIENTS.get(node.name) or ("money" if node.name == INSTALMENT_OF else kind(f"{node.name}("))
    if isinstance(node, exp.Mul):
        kinds = {of(node.left), of(node.right)}
        return next((one for one in ("money", "share") if one in kinds), "number")
    if isinstance(node, exp.Add | exp.Sub):
        parts = [node.left, node.right]
    elif isinstance(node, exp.If):
        parts = [node.args["true"], node.args["false"]]
    elif isinstance(node, _OF_SEVERAL):
        parts = [node.this, *node.expressions]
    else:
        return "flag"
    return of(next((part for part in parts if id(part) not in formula.literal_types), parts[0]))


def _is_expression(node: exp.Expr, formula: Formula) -> bool:
    if isinstance(node, exp.Paren | exp.Neg):
        return _is_expression(node.this, formula)
    if isinstance(node, exp.Anonymous):
        return node.name in QUOTIENTS or node.name == INSTALMENT_OF
    return not (isinstance(node, exp.Column) or id(node) in formula.literal_types or is_date_literal(node))
