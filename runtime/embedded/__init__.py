"""Servers that pip installs, for one machine without others."""
