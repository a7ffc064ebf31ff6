"""Formats that cross process and site boundaries."""
