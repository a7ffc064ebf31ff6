"""Letters to and from the service desk."""
