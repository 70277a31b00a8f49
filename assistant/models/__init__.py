"""Models: what sees, talks and writes down speech. torch and transformers live here."""
