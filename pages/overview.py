"""Overview: thirty seconds. Where do we stand, how sure is it, which city first?"""

import streamlit as st

from sqm.i18n import t
from sqm.ui import frame, results
from sqm.ui.headlines import cards_of, cities_of, moved_of, province_of, rates_of

filters = frame.open("overview")
lang = filters.lang
with frame.guard(lang):
    head, html = cards_of(filters)
    st.html(html)
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        counts, tiles = cities_of(filters)
        if tiles:
            results.heading(t("overview.tiles", lang, n=counts["n"]), t("overview.tiles_note", lang, months=counts["months"]))
            st.html(tiles)
    with right:
        rates_of(filters)
    if not head:
        frame.title(filters, t("overview.title_nothing", lang))
    elif not counts["target"]:
        frame.title(filters, t("overview.title_no_target", lang, month=head))
    elif counts["below"] or counts["above"]:
        frame.title(filters, t("overview.title", lang, **{k: counts[k] for k in ("n", "below", "above")}))
    elif told := province_of(filters):
        base = told.pop("base")
        frame.title(filters, t("overview.title_unsure", lang, n=counts["n"], **told), base)
    else:
        frame.title(filters, t("overview.title_no_target", lang, month=head))
    moved_of(filters)
