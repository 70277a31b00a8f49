"""Sound as it comes: voice activity. onnxruntime lives here."""
