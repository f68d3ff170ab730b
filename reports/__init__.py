"""Documents: forms (tables over the analysts' views, a layout, words in two languages) made in every usual format.

publish(Period.parse("2026-10"))                          # everything the period asks for, only what changed
publish_act(5, formats=["pdf"])                            # the act of a reconciliation
render("statement", period, "D00042", "ru", "pdf", path)  # one document, registering nothing
check_form("sales.docx", content)                         # what is wrong with a form that somebody made
add_form(Path("sales.docx"), author="olga")               # keep it: a new version if its content is new
preview(Path("sales.docx"), period, "D00042", "ru", "docx", path)
"""

from reports.acts import publish_act, render_act
from reports.data_sets import data_sets
from reports.forms import Form, form, forms
from reports.kept import add_form, all_forms, list_forms
from reports.own_forms import check_form, read_form
from reports.publishing import FORMATS, Document, NotMadeError, list_documents, preview, publish, render

__all__ = [
    "FORMATS",
    "Document",
    "Form",
    "NotMadeError",
    "add_form",
    "all_forms",
    "check_form",
    "data_sets",
    "form",
    "forms",
    "list_documents",
    "list_forms",
    "preview",
    "publish",
    "publish_act",
    "read_form",
    "render",
    "render_act",
]
