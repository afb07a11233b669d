"""Helpers for tests and demonstrations: feeds from tables, and a server that speaks every feed on loopback."""
