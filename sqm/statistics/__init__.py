"""The parts of ``sqm.stats``; import from there."""
