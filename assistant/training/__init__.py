"""Making and measuring models; it may use models and readers."""
