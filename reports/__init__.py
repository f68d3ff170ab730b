"""Documents: forms (a query, a layout, words in two languages) rendered to Excel, Word and PDF.

publish(Period.parse("2026-10"))                         # everything the period asks for, only what changed
publish_act(5, formats=["pdf"])                           # the act of a reconciliation
render("statement", period, "D00042", "ru", "pdf", path)  # one document, registering nothing
"""

from reports.acts import publish_act, render_act
from reports.forms import Form, form, forms
from reports.publishing import FORMATS, Document, list_documents, publish, render

__all__ = [
    "FORMATS",
    "Document",
    "Form",
    "form",
    "forms",
    "list_documents",
    "publish",
    "publish_act",
    "render",
    "render_act",
]
