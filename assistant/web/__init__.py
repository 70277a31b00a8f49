"""Files at web addresses that the user named. It knows nothing of what is in them."""
