"""Tables of `work_orders`."""
