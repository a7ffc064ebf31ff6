"""A plant, a platform and a story that runs through both."""
