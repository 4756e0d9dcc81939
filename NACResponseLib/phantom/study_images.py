"""The images that a protocol asks for, of one patient before, during and after treatment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .acquisition import Acquisition, Grid
from .anatomy import Anatomy
from .cohort import contour
from .contrast import CONTRASTS, Table
from .diffusion import adc_map, diffusivity_table
from .dynamics import phase_table
from .implicit import Array
from .mammogram import PIXEL_MM, mammogram, project
from .patient import Patient
from .render import record, sample_tables
from .requests import Look
from .response import Response
from .scanner import SCANNERS, digitize
from .tumour import Tumour
from .ultrasound import frame_grid, sonogram

if TYPE_CHECKING:
    import SimpleITK as sitk

MR = Acquisition("sagittal_cet1_fs", size=(112, 112, 44), spacing_mm=(1.4, 1.4, 2.75))
CT = Acquisition("chest_ct", size=(144, 118, 36), spacing_mm=(2.8, 2.8, 4.5))
_SHIFT_MM, _TURN_DEGREES = 6.0, 4.0  # at most, between two examinations
_PLACE, _COIL = 98, 99  # further seeds: how a patient lies, and in which coil


@dataclass(frozen=True)
class Examination:
    """The images of one contour: one patient, one modality, one time point.

    Attributes:
        patient, response: the patient, and what treatment does.
        seed: of the cohort, and the patient's number.
        progress: of the treatment, 0 to 1.
        time: number of the time point; at the first the patient lies straight.
        looks: of the images, by name, all of one modality; with the image's number among the protocol's.
        mr, ct: grids (their side, kind and scanner are not used).
        noise: factor on the scanner's, of MR and CT.
    """

    patient: Patient
    response: Response
    seed: tuple[int, int]
    progress: float
    time: int
    looks: Mapping[str, tuple[int, Look]]
    mr: Acquisition = MR
    ct: Acquisition = CT
    noise: float = 1.0

    @property
    def modality(self) -> str:
        """``MR``, ``CT``, ``US`` or ``MG``."""
        contrast = next(iter(self.looks.values()))[1].contrast.upper()
        return contrast if contrast in ("CT", "US", "MG") else "MR"

    @property
    def scanner(self) -> str:
        """On which scanner it is made."""
        scanners = self.response.scanners | {"MR": self.patient.scanners["MRI"], "CT": self.patient.scanners["CT"]}
        return scanners[self.modality]

    def images(self) -> tuple[dict[str, sitk.Image], sitk.Image]:
        """The images by name and the tumour's contour on their grid."""
        make = {"MR": self._mr_images, "CT": self._ct_images, "US": self._sonograms, "MG": self._mammograms}
        return make[self.modality]()

    def _noise_seed(self, name: str) -> tuple[int, int, int]:
        return (*self.seed, 100 + self.looks[name][0])

    def _tumour(self, before: Tumour) -> Tumour:
        return self.response.tumour(before, self.progress)

    def _mr_images(self) -> tuple[dict[str, sitk.Image], sitk.Image]:
        anatomy, tumour = self.patient.prone, self._tumour(self.patient.prone_tumour)
        tables: dict[str, Table] = {}
        for _, look in self.looks.values():
            tables |= self._tables(look)
        acquisition, grid = self._placed(self.mr, "sagittal_cet1_fs", anatomy)
        signals = sample_tables(anatomy, tumour, grid, tables)
        images = {name: self._mr_image(name, signals, grid, acquisition) for name in self.looks}
        return images, contour(tumour, grid)

    def _tables(self, look: Look) -> dict[str, Table]:
        """What must be sampled for a look."""
        if look.contrast == "t1":
            return {f"t1 {look.phase}": phase_table(look.phase, self.response.activity(self.progress))}
        tables: dict[str, Table] = {"t2_fs": CONTRASTS["t2_fs"]}
        if look.contrast == "adc":
            tables["diffusivity"] = diffusivity_table(self.response.adc(self.progress))
        return tables

    def _mr_image(self, name: str, signals: Mapping[str, Array], grid: Grid, acquisition: Acquisition) -> sitk.Image:
        look, seed = self.looks[name][1], self._noise_seed(name)
        if look.contrast == "adc":
            values = adc_map(signals["t2_fs"], signals["diffusivity"], SCANNERS[self.scanner], seed, self.noise)
            return grid.image(digitize(values))
        signal = signals[f"t1 {look.phase}" if look.contrast == "t1" else "t2_fs"]
        coil = (*self.seed, _COIL, self.time)
        return record(signal, grid, acquisition, seed, coil)

    def _ct_images(self) -> tuple[dict[str, sitk.Image], sitk.Image]:
        anatomy, tumour = self.patient.supine, self._tumour(self.patient.supine_tumour)
        acquisition, grid = self._placed(self.ct, "chest_ct", anatomy)
        signal = sample_tables(anatomy, tumour, grid, {"ct": CONTRASTS["ct"]})["ct"]
        images = {name: record(signal, grid, acquisition, self._noise_seed(name)) for name in self.looks}
        return images, contour(tumour, grid)

    def _placed(self, grid_of: Acquisition, kind: str, anatomy: Anatomy) -> tuple[Acquisition, Grid]:
        """The grid, shifted and turned a little at every time point but the first."""
        acquisition = replace(
            grid_of, kind=kind, side=self.patient.side, scanner=self.scanner, noise=self.noise * grid_of.noise
        )
        if self.time == 0:
            return acquisition, acquisition.grid(anatomy)
        rng = np.random.default_rng((*self.seed, _PLACE, self.time))
        first, second, third = rng.uniform(-_TURN_DEGREES, _TURN_DEGREES, 3)
        acquisition = replace(acquisition, oblique_degrees=(float(first), float(second), float(third)))
        grid = acquisition.grid(anatomy)
        moved = np.array(grid.origin_mm) + rng.uniform(-_SHIFT_MM, _SHIFT_MM, 3)
        return acquisition, replace(grid, origin_mm=(float(moved[0]), float(moved[1]), float(moved[2])))

    def _sonograms(self) -> tuple[dict[str, sitk.Image], sitk.Image]:
        anatomy, tumour = self.patient.supine, self._tumour(self.patient.supine_tumour)
        grid = frame_grid(anatomy, tumour, self.patient.side)
        shape, pixel = grid.size[1::-1], grid.spacing_mm[0]
        frames = {
            name: plane(sonogram(anatomy, tumour, grid, self.scanner, self._noise_seed(name)).reshape(shape), pixel)
            for name in self.looks
        }
        section = np.concatenate([tumour.contains(points) for _, points in grid.chunks()])
        return frames, plane(section.reshape(shape).astype(np.uint8), pixel)

    def _mammograms(self) -> tuple[dict[str, sitk.Image], sitk.Image]:
        seen = project(self.patient.prone, self._tumour(self.patient.prone_tumour), self.patient.side)
        images = {name: plane(mammogram(seen, self.scanner, self._noise_seed(name)), PIXEL_MM) for name in self.looks}
        return images, plane(seen.contour.astype(np.uint8), PIXEL_MM)


def plane(pixels: NDArray[Any], pixel_mm: float) -> sitk.Image:
    """A 2D image (rows, columns) as one slice. It states no place in the patient, as such images do not in a clinic."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(pixels[None])
    image.SetSpacing((pixel_mm, pixel_mm, 1.0))
    return image
