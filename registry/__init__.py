"""Who and what there is: organisations, people, permissions, sites, assets, gateways, audit."""
