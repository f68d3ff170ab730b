"""The rules: a scheme reads like an annex to a contract; this room reads, checks, explains and compiles it.

scheme = schemes.read(schemes.LIBRARY / "dealer_standard.yaml")   # SchemeError lists every problem
schemes.explain(scheme, "ru")                                     # the rules in sentences
schemes.compare(scheme, draft, "ru")                              # what changes, and from when
schemes.worked("advance").cases                                   # cases worked out by hand; schemes.pages() shows them
schemes.compile_terms(contracts, agreed, [scheme], period)        # the tables a run calculates with
"""

from pathlib import Path

from schemes.ages import windows
from schemes.agreed import ENDED, LEVELS, AgreedValue, AgreedValues, Level
from schemes.canonical import canonical, canonical_text, content_hash, text_hash
from schemes.comparing import compare
from schemes.compiling import TABLES, CompiledTerms, ContractProblem, compile_terms, is_acceptable
from schemes.explaining import Teller, explain, explain_condition
from schemes.explaining_declarations import explain_stream
from schemes.exporting import export, source_text, write_template
from schemes.filling import Filled, FilledTeller, call_text, calls, literal, rows_on, type_of
from schemes.json_schema import FILE as JSON_SCHEMA
from schemes.known_then import DecidedLater, as_known_on, decided_later
from schemes.model import PERIOD, Attribute, Clawback, Component, Limit, Measure, Scheme, Tiers, Value
from schemes.notice import applies_from, in_force
from schemes.of_others import uncounted, unknown_of_others
from schemes.pages import PAGES, pages, write_pages
from schemes.parsing import check, parse, read
from schemes.problems import Problem, SchemeError, nearest
from schemes.reading import typed
from schemes.required import MissingValue, missing_values
from schemes.rounding import rounded
from schemes.rules import slots_of
from schemes.slots import Sharers
from schemes.streams import streams
from schemes.vocabulary import words_of
from schemes.worked import Worked, worked

LIBRARY = Path(__file__).parent / "library"
"""Folder of the schemes that come with the project, one file a version."""

__all__ = [
    "ENDED",
    "JSON_SCHEMA",
    "LEVELS",
    "LIBRARY",
    "PAGES",
    "PERIOD",
    "TABLES",
    "AgreedValue",
    "AgreedValues",
    "Attribute",
    "Clawback",
    "CompiledTerms",
    "Component",
    "ContractProblem",
    "DecidedLater",
    "Filled",
    "FilledTeller",
    "Level",
    "Limit",
    "Measure",
    "MissingValue",
    "Problem",
    "Scheme",
    "SchemeError",
    "Sharers",
    "Teller",
    "Tiers",
    "Value",
    "Worked",
    "applies_from",
    "as_known_on",
    "call_text",
    "calls",
    "canonical",
    "canonical_text",
    "check",
    "compare",
    "compile_terms",
    "content_hash",
    "decided_later",
    "explain",
    "explain_condition",
    "explain_stream",
    "export",
    "in_force",
    "is_acceptable",
    "literal",
    "missing_values",
    "nearest",
    "pages",
    "parse",
    "read",
    "rounded",
    "rows_on",
    "slots_of",
    "source_text",
    "streams",
    "text_hash",
    "type_of",
    "typed",
    "uncounted",
    "unknown_of_others",
    "windows",
    "words_of",
    "worked",
    "write_pages",
    "write_template",
]
