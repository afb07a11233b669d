"""The one version: every distribution of ROOMS carries it."""

__version__ = "0.1.0"
