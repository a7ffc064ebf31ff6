"""The gateway: reads machines, buffers on disk, publishes frames until each is acknowledged."""
