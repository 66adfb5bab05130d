"""Gymnasium wrappers for counting, metering, probing and shaping; one module each, none imported here."""
