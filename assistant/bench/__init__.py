"""Measures Vireo side by side with what does the same work, on media that it makes itself."""
