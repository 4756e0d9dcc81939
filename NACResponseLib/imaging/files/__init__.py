"""Image files other than DICOM: NRRD, MetaImage and NIfTI, their headers checked before anything is believed."""
