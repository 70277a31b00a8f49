"""The pipe between our processes: values as bytes, and numbered requests."""
