"""Finding assets, organisations, sites, people and contacts by what people type."""
