"""The PostgreSQL schema of the package."""

SCHEMA = "warranty_parts"
