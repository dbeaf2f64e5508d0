"""Stores: which fail their customers, at what, and how sure is it?"""

import streamlit as st

from sqm.i18n import t
from sqm.ui import frame, results, shop_groups, shop_profile, shop_ranking, shops

filters = frame.open("stores")
lang = filters.lang
with frame.guard(lang):
    way = shops.monitoring_of(filters)
    table, mean = shops.table_of(filters, way)
    if table.empty:
        frame.title(filters, t("frame.page_stores", lang))
        results.nothing(filters)
        st.stop()
    counts = table["verdict"].value_counts()
    worse, better = (int(counts.get(verdict, 0)) for verdict in ("worse", "better"))
    said: dict[str, object] = {"n": len(table), "worse": worse, "better": better, "unclear": len(table) - worse - better}
    period = t(f"frame.period_{filters.span}", lang).lower()
    if told := shop_ranking.city_title(filters, way):
        frame.title(filters, told, shop_ranking.city_base(filters, way))
    elif (table["verdict"] == "few").all():
        frame.title(filters, t("stores.title_few", lang, n=len(table), few=shops.FEW, period=period))
    else:
        said |= {"risen": int((table["risen"] != "").sum()), "since": shops.since(filters)}
        told = "stores.title_risen" if said["risen"] else "stores.title" if worse or better else "stores.title_unsure"
        frame.title(filters, t(told, lang, mean=results.number(mean, "audit_score"), period=period, **said))
    shop_ranking.moved_of(filters, way)
    chosen = shops.chosen_of(table)
    left, middle, right = st.columns([1.15, 1.3, 1], gap="medium")
    with left:
        shops.map_of(filters, table, chosen)
    with middle:
        shops.list_of(filters, table, chosen)
    with right:
        shops.panel_of(filters, table, chosen, mean, way)
    shop_profile.more_of(filters, table, chosen, mean, way)
    shop_ranking.cities_of(filters, way)
    shop_groups.groups_of(filters, way)
