"""Metrics: what does each number mean, what watches each element, and which indicator measures the wrong thing?"""

from sqm.ui import frame, library, matrix, thresholds

filters = frame.open("metrics")
with frame.guard(filters.lang):
    pairs, coverage = library.contradictions_of(filters), library.coverage_of(filters)
    frame.title(filters, library.finding_of(filters, pairs, coverage))
    library.pairs_of(filters, pairs)
    library.coverage_shown(filters, coverage)
    matrix.matrix_of(filters)
    library.catalogue_of(filters)
    thresholds.settings_of(filters)
    thresholds.said_of(filters)
