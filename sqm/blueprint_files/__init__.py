"""Blueprints as files: from a workbook or JSON, and to a workbook, a picture, a slide."""
