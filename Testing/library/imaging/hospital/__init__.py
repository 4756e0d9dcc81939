"""Images and contours as hospitals and other programs hand them over, built from arrays whose values are known."""
