"""The screen: the only part that imports streamlit, beside ``pages/`` and ``app.py``.

A page reads like this::

    filters = frame.open("satisfaction", uses=("period", "city", "channel", "segment"))
    trend = results.fetch("satisfaction", filters, by=("month",))
    if trend.empty:
        results.nothing(filters)
    frame.title(filters, t("satisfaction.title", filters.lang, value="82.8 ± 1.4"))
    results.chart(drawn(charts.trend, ...), filters, title=..., note=..., alt=..., table=trend, metric="satisfaction", key="trend")

``frame.open(page, uses=…) -> Filters`` draws navigation, head, filter chips and notices. ``Filters``: page, lang, theme,
engine, scope, version, period (first, last month), where (split → value), months, head. ``frame.title(filters, text)``
writes the finding. ``frame.guard()`` turns an SqmError inside a page into its sentence. ``results.fetch(metric, filters,
by=, where=, period=, unfiltered=)`` is cached by data version, scope and question. ``results.labels(filters, reference)``
gives id → name. ``results.reference(filters, name)`` a reference table. ``results.number(value, metric)`` formats.
"""
