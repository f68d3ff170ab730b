"""The rules: a scheme reads like an annex to a contract; this room reads, checks, explains and compiles it.

scheme = schemes.read(schemes.LIBRARY / "dealer_standard.yaml")   # SchemeError lists every problem
schemes.explain(scheme, "ru")                                     # the rules in sentences
schemes.compare(scheme, draft, "ru")                              # what changes, and from when
schemes.worked("advance").cases                                   # cases worked out by hand; schemes.pages() shows them
schemes.compile_terms(contracts, agreed, [scheme], period)        # the tables a run calculates with
"""

from pathlib import Path

from schemes.agreed import AgreedValue, AgreedValues, Level
from schemes.canonical import canonical, content_hash
from schemes.comparing import compare
from schemes.compiling import TABLES, CompiledTerms, ContractProblem, compile_terms
from schemes.explaining import explain, explain_condition, explain_stream
from schemes.model import Scheme
from schemes.pages import PAGES, pages, write_pages
from schemes.parsing import check, parse, read
from schemes.problems import Problem, SchemeError
from schemes.worked import Worked, worked

LIBRARY = Path(__file__).parent / "library"
"""Folder of the schemes that come with the project, one file a version."""

__all__ = [
    "LIBRARY",
    "PAGES",
    "TABLES",
    "AgreedValue",
    "AgreedValues",
    "CompiledTerms",
    "ContractProblem",
    "Level",
    "Problem",
    "Scheme",
    "SchemeError",
    "Worked",
    "canonical",
    "check",
    "compare",
    "compile_terms",
    "content_hash",
    "explain",
    "explain_condition",
    "explain_stream",
    "pages",
    "parse",
    "read",
    "worked",
    "write_pages",
]
