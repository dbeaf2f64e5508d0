"""What ``sqm.blueprint`` is made of: document, edits, table, layout, drawing. Import ``sqm.blueprint`` instead."""
