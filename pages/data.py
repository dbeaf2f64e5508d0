"""Data: is my workbook in, and is it right?"""

from sqm.ui import frame
from sqm.ui.answered import answers_of
from sqm.ui.batches import batches_of
from sqm.ui.loading import upload_of
from sqm.ui.meaning import aliases_of
from sqm.ui.reconciled import reconciled_of
from sqm.ui.register import closed_of, log_of, people_of
from sqm.ui.sources import sources_of
from sqm.ui.ways_in import extract_of, templates_of

filters = frame.open("data")
with frame.guard(filters.lang):
    if filters.person.may("load"):
        upload_of(filters)
        batches_of(filters)
        reconciled_of(filters)
        answers_of(filters)
        sources_of(filters)
        extract_of(filters)
        templates_of(filters)
        aliases_of(filters)
    else:
        closed_of(filters)
    people_of(filters)
    log_of(filters)
