"""The panels of the module: each builds its form, shows the parameter node in it, and calls the logic."""
