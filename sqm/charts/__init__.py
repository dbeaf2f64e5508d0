"""Tidy frame + metric → Altair chart. Charts never query; colours come from ``sqm.tokens``, sentences from ``sqm.i18n``."""
