"""The manufacturer, dealers, customers, and their contacts."""
