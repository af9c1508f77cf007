"""Binned channels: synthetic HistFactory workspaces of two sizes."""
