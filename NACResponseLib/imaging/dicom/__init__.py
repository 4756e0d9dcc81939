"""DICOM by pydicom: slices and frames placed by their own position and orientation, phases distinguished, contours."""
