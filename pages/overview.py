"""Overview: thirty seconds. What really moved, what is still open, what was promised; where do we stand, and how sure is it?"""

import streamlit as st

from sqm.i18n import t
from sqm.ui import briefing, frame, results
from sqm.ui.headlines import cards_of, cities_of, province_of

filters = frame.open("overview")
lang = filters.lang
with frame.guard(lang):
    panel = st.container(key="briefing")
    head, html = cards_of(filters)
    st.html(html)
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        counts, tiles = cities_of(filters)
        if tiles:
            said = {name: counts[name] for name in ("n", "below", "above")}
            title = t("overview.tiles" if counts["target"] else "overview.tiles_plain", lang, **said)
            results.heading(title, t("overview.tiles_note", lang, last=counts["last"]))
            st.html(tiles)
    if found := briefing.finding_of(filters):
        frame.title(filters, found)
    elif not head:
        frame.title(filters, t("overview.title_nothing", lang))
    elif not counts["target"] or not (told := province_of(filters)):
        frame.title(filters, t("overview.title_no_target", lang, month=head))
    elif counts["below"] or counts["above"]:
        frame.title(filters, t("overview.title", lang, **{k: counts[k] for k in ("n", "below", "above")}))
    else:
        base = told.pop("base")
        frame.title(filters, t("overview.title_unsure", lang, n=counts["n"], **told), base)
    with panel:
        briefing.panel_of(filters)
    with right:
        briefing.news_of(filters)
        briefing.alarms_of(filters)
