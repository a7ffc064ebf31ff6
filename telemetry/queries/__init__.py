"""Answers for plots, tables and overviews, from readings or from rollups."""
