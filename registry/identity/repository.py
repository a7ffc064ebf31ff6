"""Queries for people and their rights."""
