"""Bare Streamlit with the kinds of widget that the pages use: the floor of the accessibility test."""

import altair as alt
import pandas as pd
import pydeck as pdk
import streamlit as st

first = st.Page(lambda: None, title="First", url_path="first", default=True)
st.navigation([first, st.Page(lambda: None, title="Second", url_path="second")], position="top").run()
frame = pd.DataFrame({"x": range(12), "y": [n % 5 for n in range(12)]})
st.title("Bare")
st.selectbox("Select", ["a", "b"], label_visibility="collapsed")
st.segmented_control("Segments", ["a", "b"], default="a", label_visibility="collapsed")
st.metric("Metric", "1.0", "0.1", chart_data=[1, 2, 3])
st.altair_chart(alt.Chart(frame).mark_line().encode(x="x", y="y"), alt="A line")
st.dataframe(frame)
st.data_editor(frame, num_rows="dynamic", key="editor")
st.pydeck_chart(pdk.Deck(map_provider=None, map_style='data:application/json,{"version":8,"sources":{},"layers":[]}'))
st.file_uploader("Upload", type=["xlsx"])
st.button("Button")
st.download_button("Download", b"x")
st.text_input("Text")
st.checkbox("Check")
with st.popover("More"):
    st.write("inside")
with st.expander("Expander"):
    st.write("inside")
st.tabs(["One", "Two"])
st.info("Info")
st.page_link(first, label="Link")
