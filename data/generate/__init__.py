"""Makes the sample workbooks: ``python -m data.generate [FOLDER]``. Same seed, same bytes."""
