"""Results as objects, and the functions that make them: what Python, the command line and Slicer's module call."""
