"""Documents: forms (tables over the analysts' views, a layout, words in two languages) made in every usual format.

publish(Period.parse("2026-10"))                          # everything the period asks for, only what changed
archive(Period.parse("2026-10"))                           # all of them in one ZIP, with an index
publish_act(5, formats=["pdf"])                            # the act of a reconciliation
render("statement", period, "D00042", "ru", "pdf", path)  # one document, registering nothing
check_form("sales.docx", content)                         # what is wrong with a form that somebody made
add_form(Path("sales.docx"), author="olga")               # keep it: a new version if its content is new
preview(Path("sales.docx"), period, "D00042", "ru", "docx", path)
"""

from reports.acts import publish_act, render_act
from reports.archiving import archive, archive_path
from reports.audiences import attribute_values
from reports.data_sets import data_sets
from reports.forms import Form, form, forms
from reports.kept import add_form, all_forms, list_forms
from reports.own_forms import check_form, read_form
from reports.publishing import FORMATS, Document, NotMadeError, list_documents, preview, publish, published, render
from reports.schedule import Schedule, Send, check_schedule, read_schedule, schedule_file
from reports.wanted import OPERATOR

__all__ = [
    "FORMATS",
    "OPERATOR",
    "Document",
    "Form",
    "NotMadeError",
    "Schedule",
    "Send",
    "add_form",
    "all_forms",
    "archive",
    "archive_path",
    "attribute_values",
    "check_form",
    "check_schedule",
    "data_sets",
    "form",
    "forms",
    "list_documents",
    "list_forms",
    "preview",
    "publish",
    "publish_act",
    "published",
    "read_form",
    "read_schedule",
    "render",
    "render_act",
    "schedule_file",
]
