"""The configuration that comes from the platform: its form, its file, trying it and going back."""
