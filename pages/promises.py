"""Promises: did we keep our word, where not, and what is next?"""

from sqm.ui import frame, ledger

filters = frame.open("promises")
with frame.guard(filters.lang):
    rows = ledger.ledger_of(filters)
    frame.title(filters, *ledger.finding_of(filters, rows))
    ledger.computed_of(filters, rows)
    ledger.breaches_of(filters)
    ledger.courses_of(filters, rows)
    ledger.registered_of(filters, rows)
