"""Digital phantoms of the breast: one generator for tests, the tutorial and benchmarks.

Everything is a formula of the position in the patient (LPS, millimetres): anatomy, tumour, textures. An image
samples the formulas on its own grid, and so do the truth masks; no distance map on a grid stands between. The same
patient can therefore be imaged on any grid, and what a program measures can be held against what is.

Modelled: skin of constant thickness, subcutaneous and retromammary fat, fibroglandular tissue with fatty lobules,
septa, superficial veins, nipple, pectoral muscle, ribs and cartilages, sternum, lungs, heart, aorta, spine, liver, the
CT table; tumours with lobules, spicules, rim, necrosis and peritumoral oedema; partial volume, coil shading, Rician
and Gaussian noise, scanners that differ. For studies besides: phases of the contrast agent, diffusion maps, ultrasound
frames, mammograms, and the same woman after treatment.

Not modelled: shoulders and arms, movement, metal and chemical-shift artefacts, lymph nodes, diffuse and multifocal
disease, the deformation of the tissue between prone and supine.

>>> from NACResponseLib import phantom
>>> setting = phantom.random_setting(seed=1, kind="sagittal_cet1_fs", place="near_skin")
>>> made = phantom.make_phantom(*setting, seed=1)
>>> made.truth["shell"].GetSize() == made.image.GetSize()
True
"""

from .acquisition import KINDS, Acquisition
from .anatomy import Anatomy
from .cohort import SMALL, make_cohort
from .patient import Patient, draw_patient
from .render import Phantom, make_phantom
from .requests import ImageRequest, looks
from .response import Response, draw_response
from .scanner import SCANNERS, Scanner
from .setting import PLACES, place_tumour, random_setting
from .study import make_study_cohort
from .truth import truth_masks
from .tumour import Tumour

__all__ = [
    "KINDS",
    "PLACES",
    "SCANNERS",
    "SMALL",
    "Acquisition",
    "Anatomy",
    "ImageRequest",
    "Patient",
    "Phantom",
    "Response",
    "Scanner",
    "Tumour",
    "draw_patient",
    "draw_response",
    "looks",
    "make_cohort",
    "make_phantom",
    "make_study_cohort",
    "place_tumour",
    "random_setting",
    "truth_masks",
]
