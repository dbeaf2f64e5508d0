"""The kinds of element that ``same_elements`` can draw."""

DRAWN = frozenset(
    (
        "markdown",
        "html",
        "heading",
        "metric",
        "alert",
        "vega_lite_chart",
        "dataframe",
        "table",
        "deck_gl_json_chart",
        "selectbox",
        "multiselect",
        "radio",
        "button_group",
        "button",
        "download_button",
        "link_button",
        "checkbox",
        "text_input",
        "number_input",
        "date_input",
        "file_uploader",
        "empty",
        "space",
    )
)
