"""Suites that come with clgym: one YAML file each, run with `clgym sweep NAME`."""
