"""Pure functions on frames and sound: text, codes, shots, motion, facts. OCR and OpenCV live here."""
