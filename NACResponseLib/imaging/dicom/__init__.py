"""DICOM by pydicom: slices and frames placed by their own position and orientation, phases told apart, contours."""
