"""Accountability: who reaches which target, by how much, and who cannot be told apart?"""

import streamlit as st

from sqm import scorecards as cards
from sqm.i18n import t
from sqm.ui import frame, results, scorecards

filters = frame.open("accountability")
with frame.guard(filters.lang):
    card = scorecards.card_of(filters)
    pieces, weights = scorecards.pieces_of(filters, card), cards.weights(filters.engine, card)
    every = cards.totals(pieces, weights.values)
    found = scorecards.shown(filters, card, every)
    found.attrs["whole"] = every.attrs["whole"]
    frame.title(filters, scorecards.finding_of(filters, card, found))
    if found.empty:
        results.nothing(filters, t("accountability.nothing", filters.lang))
    else:
        left, right = st.columns([1, 1.3], gap="medium")
        with left:
            scorecards.dots_of(filters, card, found)
        with right:
            unit = scorecards.unit_of(filters, card, found)
            scorecards.opened(filters, card, unit, pieces, weights)
        scorecards.weights_of(filters, card, pieces, weights)
