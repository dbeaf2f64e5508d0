"""Bare Streamlit apps: the floor that the real pages are measured against."""
