"""Every query of the package."""
