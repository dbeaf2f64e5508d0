"""The floor of a start: one card and nothing else."""

import streamlit as st

st.metric("Satisfaction", "79.0", "0.4")
