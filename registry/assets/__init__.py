"""Sites, product models, assets, gateways and which tag belongs to which asset."""
