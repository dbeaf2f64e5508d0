"""What ``sqm.metrics`` is made of: kinds, catalogue, splits, SQL, look-ups, evidence. Import ``sqm.metrics``."""
