"""A synthetic cohort for a study: the images, contours and columns that its protocol asks for, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from .acquisition import Acquisition
from .cohort import SYNTHETIC
from .folder import Truth, write_cohort
from .patient import Patient, draw_patient, law_in_words
from .requests import ImageRequest, Look, looks, progress_of
from .response import Response, draw_response, response_law_in_words, tumor_stage
from .study_images import CT, MR, Examination

_README = """THIS COHORT IS SYNTHETIC. NO PATIENT EXISTS. DO NOT DRAW MEDICAL CONCLUSIONS FROM IT.

{count} digital phantoms with the images of the protocol {protocol}, made by
"nacresponse phantom --patients {count} --seed {seed} --protocol {protocol}". COHORT.csv lists the images, the tumour
contours, the scanners, the clinical variables and the outcomes; truth.csv what the outcomes were drawn from.
Status values are 1 positive, 0 negative; pcr is 1 for a pathological complete response; rcb_class is 0 to 3; apcr is 1
for an axillary pathological complete response. T_stage follows from tumor_size_mm (T1 to 20 mm, T2 to 50 mm, T3
above). The contours are the true tumours: no reader's variation is in them.

WHAT THE IMAGES SHOW
{images}
THE IMAGES ARE SIMPLE PHYSICS, NOT THE SIMULATION OF A DEVICE: phases of the contrast agent follow one curve a tissue;
ADC maps (10^-6 mm2/s) come from two noisy images; ultrasound is speckle and attenuation in a plane through the tumour;
mammograms are line integrals of the attenuation through a squeezed breast. At another time point her tumour has shrunk
about its centre, and on MR and CT the woman lies a little differently.

HOW THE OUTCOMES WERE DRAWN: BY LOT, FROM FORMULAS
With the columns of truth.csv, a patient responds completely with the probability P, where
{law}
log_volume is the natural logarithm of tumor_volume_mm3 (before treatment), heterogeneity the strength of the texture
inside the tumour, oedema the brightness of its surroundings on T2 (both 0 to 1). Further,
{response}
Before treatment nothing else bears on the outcomes, the scanner least of all; later images show the residual_share,
which the outcomes share their cause with. THE EFFECTS ARE STRONGER THAN IN REAL PATIENTS, and a model's accuracy here
says nothing of its accuracy in a clinic.
"""
_SHOWN = {
    "t2_fs": "T2 with fat suppression",
    "adc": "apparent diffusion coefficient",
    "ct": "CT of the chest, lying on the back, with contrast agent",
    "us": "ultrasound frame through the tumour's centre",
    "mg": "craniocaudal mammogram",
}


def make_study_cohort(
    count: int,
    output: str | Path,
    protocol: str,
    wanted: Mapping[str, ImageRequest],
    seed: int = 0,
    mr: Acquisition = MR,
    ct: Acquisition = CT,
    report: Callable[[int, str], None] | None = None,
) -> Path:
    """Writes ``COHORT.csv``, ``truth.csv``, ``README.txt`` and a folder a patient; all of it or nothing.

    Args:
        count: number of patients, at least 1. Patient k is the same in a cohort of any size.
        output: a folder that is new or empty.
        protocol: as the user named it; it stands in ``README.txt``.
        wanted: the protocol's images by name, in its order.
        seed: not negative; another seed is another cohort.
        mr, ct: grids (their kind, side and scanner are not used).
        report: called with the number of patients done and the patient's name after each.

    Returns:
        The path of ``COHORT.csv``.

    Raises:
        InputError: an image that phantoms cannot make, a count below 1, a negative seed, an output that cannot be
            written or is not empty.
    """
    readme = _README.format(
        count=count, seed=seed, protocol=protocol, images=_images_in_words(wanted),
        law=law_in_words(), response=response_law_in_words(),
    )  # fmt: skip

    def one(number: int, folder: Path) -> tuple[dict[str, str], Truth]:
        patient = draw_patient(number, seed)
        response = draw_response(patient, (seed, number))
        made = examinations(patient, response, wanted, (seed, number), mr, ct)
        row = {"patient_id": patient.patient_id} | _write_images(made, wanted, folder, patient.patient_id)
        row |= {f"scanner_{contour}": examination.scanner for contour, examination in made.items()}
        row |= _clinical(patient) | _outcomes(response) | SYNTHETIC
        return row, _truth(patient, response, wanted)

    return write_cohort(count, Path(output), seed, one, readme, report)


def examinations(
    patient: Patient,
    response: Response,
    wanted: Mapping[str, ImageRequest],
    seed: tuple[int, int],
    mr: Acquisition = MR,
    ct: Acquisition = CT,
) -> dict[str, Examination]:
    """A patient's examinations by contour, in the protocol's order.

    Args:
        wanted: all of the protocol's images, by name.
        seed: of the cohort, and the patient's number.
        mr, ct: grids.
    """
    progress, shown = progress_of(wanted), looks(wanted)
    numbered = {name: (number, shown[name]) for number, name in enumerate(wanted)}
    found = {}
    for contour in dict.fromkeys(image.contour for image in wanted.values()):
        own = {name: numbered[name] for name, image in wanted.items() if image.contour == contour}
        time = wanted[next(iter(own))].time
        found[contour] = Examination(
            patient, response, seed, progress[time], list(progress).index(time), own, mr=mr, ct=ct
        )
    return found


def _write_images(
    made: Mapping[str, Examination], wanted: Mapping[str, ImageRequest], root: Path, patient_id: str
) -> dict[str, str]:
    """Paths below ``root`` by column: the images in the protocol's order, then the contours."""
    import SimpleITK as sitk

    images: dict[str, sitk.Image] = {}
    contours: dict[str, sitk.Image] = {}
    for contour, examination in made.items():
        some, contours[f"tumor_{contour}"] = examination.images()
        images |= some
    (root / patient_id).mkdir()
    paths = {}
    for name, image in ({name: images[name] for name in wanted} | contours).items():
        paths[name] = f"{patient_id}/{name}.nii.gz"
        sitk.WriteImage(image, str(root / paths[name]), useCompression=True)
    return paths


def _clinical(patient: Patient) -> dict[str, str]:
    values = {name: f"{value:g}" for name, value in patient.clinical.items()}
    return values | {"T_stage": f"{tumor_stage(patient.clinical['tumor_size_mm'])}"}


def _outcomes(response: Response) -> dict[str, str]:
    apcr = "" if response.apcr is None else f"{response.apcr}"
    return {"pcr": f"{response.pcr}", "rcb_class": f"{response.rcb_class}", "apcr": apcr}


def _truth(patient: Patient, response: Response, wanted: Mapping[str, ImageRequest]) -> Truth:
    axilla = response.apcr_probability
    truth = patient.truth | {
        "latent_response": response.latent,
        "nodal_status": patient.clinical["nodal_status"],
        "apcr_probability": "" if axilla is None else axilla,
        "residual_share": response.residual_share,
    }
    for time, progress in progress_of(wanted).items():
        truth[f"tumor_volume_mm3_{time}"] = patient.tumour.volume_mm3 * response.share(progress)
        truth[f"tumor_adc_{time}"] = response.adc(progress)
    return truth


def _images_in_words(wanted: Mapping[str, ImageRequest]) -> str:
    shown = looks(wanted)
    return "\n".join(f"{name}: {_in_words(shown[name])}, {image.time}" for name, image in wanted.items())


def _in_words(look: Look) -> str:
    if look.contrast != "t1":
        return _SHOWN[look.contrast]
    when = f"phase {look.phase} after" if look.phase else "before"
    return f"T1 with fat suppression, {when} the contrast agent"
