"""Helpers for tests and drills: real PostgreSQL servers, pairs that replicate, and a network that fails on demand."""
