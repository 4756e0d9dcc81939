"""What is in a bundle file: a trained model with all that scoring needs, read, checked and written."""
