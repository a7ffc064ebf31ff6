"""Complaints: intake, the link to the order about the same failure, the customer's word at the end."""
