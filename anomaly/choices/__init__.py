"""Which detector judges which assets, as data: per product model, per class of equipment, or for all."""
