"""Pictures, videos and sound files: the only reader of files from outside. Pillow and PyAV live here."""
