"""The names of features, in the order of every table, and what each is called in the IBSI standard.

A handcrafted feature is ``{image}_{region}_{class}_{Feature}`` (``MRI_T2_Peri_glcm_Contrast``); shape belongs to a
contour, not to an image: ``{contour}_{region}_shape_{Feature}`` (``MRI_Peri_shape_Sphericity``), of a 2D one
``{contour}_{region}_shape2D_{Feature}``. A deep feature is
``{image}_{region}_{index:04d}`` (``MRI_T2_Peri_0271``), the index of the network's channel from zero; the table says
the backbone. 2D images have no deep features. What changed between two time points is named alike: see ``deltas``.

The codes are the permanent identifiers of the IBSI reference manual (Zwanenburg et al., arXiv:1612.07003); a feature
without one is pyradiomics' own, as are all of 2D shape: IBSI's morphology is that of volumes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import unknown_name
from ..protocol import Protocol
from ..registry import feature_family
from .medicalnet import backbone_of

_CODES = {
    "shape": (
        "Elongation:Q3CK Flatness:N17B LeastAxisLength:7J51 MajorAxisLength:TDIC Maximum2DDiameterColumn "
        "Maximum2DDiameterRow Maximum2DDiameterSlice Maximum3DDiameter:L0JK MeshVolume:RNU0 MinorAxisLength:P9VJ "
        "Sphericity:QCFX SurfaceArea:C0JK SurfaceVolumeRatio:2PR5 VoxelVolume:YEKZ"
    ),
    "firstorder": (
        "10Percentile:QG58 90Percentile:8DWT Energy:N8CA Entropy:TLU2 InterquartileRange:SALO Kurtosis:IPH6 "
        "Maximum:84IY MeanAbsoluteDeviation:4FUA Mean:Q4LE Median:Y12H Minimum:1GSF Range:2OJQ "
        "RobustMeanAbsoluteDeviation:1128 RootMeanSquared:5ZWQ Skewness:KE2A TotalEnergy Uniformity:BJ5W Variance:ECT3"
    ),
    "glcm": (
        "Autocorrelation:QWB0 ClusterProminence:AE86 ClusterShade:7NFM ClusterTendency:DG8W Contrast:ACUI "
        "Correlation:NI2N DifferenceAverage:TF7R DifferenceEntropy:NTRS DifferenceVariance:D3YU Id:IB1Z Idm:WF0Z "
        "Idmn:1QCO Idn:NDRX Imc1:R8DG Imc2:JN9H InverseVariance:E8JP JointAverage:60VM JointEnergy:8ZQL "
        "JointEntropy:TU9B MCC MaximumProbability:GYBY SumAverage:ZGXS SumEntropy:P6QZ SumSquares:UR99"
    ),
    "glrlm": (
        "GrayLevelNonUniformity:R5YN GrayLevelNonUniformityNormalized:OVBL GrayLevelVariance:8CE5 "
        "HighGrayLevelRunEmphasis:G3QZ LongRunEmphasis:W4KF LongRunHighGrayLevelEmphasis:3KUM "
        "LongRunLowGrayLevelEmphasis:IVPO LowGrayLevelRunEmphasis:V3SW RunEntropy:HJ9O RunLengthNonUniformity:W92Y "
        "RunLengthNonUniformityNormalized:IC23 RunPercentage:9ZK5 RunVariance:SXLW ShortRunEmphasis:22OV "
        "ShortRunHighGrayLevelEmphasis:GD3A ShortRunLowGrayLevelEmphasis:HTZT"
    ),
    "glszm": (
        "GrayLevelNonUniformity:JNSA GrayLevelNonUniformityNormalized:Y1RO GrayLevelVariance:BYLV "
        "HighGrayLevelZoneEmphasis:5GN9 LargeAreaEmphasis:48P8 LargeAreaHighGrayLevelEmphasis:J17V "
        "LargeAreaLowGrayLevelEmphasis:YH51 LowGrayLevelZoneEmphasis:XMSY SizeZoneNonUniformity:4JP3 "
        "SizeZoneNonUniformityNormalized:VB3A SmallAreaEmphasis:5QRC SmallAreaHighGrayLevelEmphasis:HW1V "
        "SmallAreaLowGrayLevelEmphasis:5RAI ZoneEntropy:GU8N ZonePercentage:P30P ZoneVariance:3NSA"
    ),
    "gldm": (
        "DependenceEntropy:FCBV DependenceNonUniformity:Z87G DependenceNonUniformityNormalized:OKJI "
        "DependenceVariance:DNX2 GrayLevelNonUniformity:FP8K GrayLevelVariance:1PFV HighGrayLevelEmphasis:OAE7 "
        "LargeDependenceEmphasis:IMOQ LargeDependenceHighGrayLevelEmphasis:9QMG "
        "LargeDependenceLowGrayLevelEmphasis:NBZI LowGrayLevelEmphasis:TL9H SmallDependenceEmphasis:SODN "
        "SmallDependenceHighGrayLevelEmphasis:JA6D SmallDependenceLowGrayLevelEmphasis:EQ3F"
    ),
    "shape2D": (
        "Elongation MajorAxisLength MaximumDiameter MeshSurface MinorAxisLength Perimeter PerimeterSurfaceRatio "
        "PixelSurface Sphericity"
    ),
    "ngtdm": "Busyness:NQ30 Coarseness:QCDE Complexity:HDEZ Contrast:65HE Strength:1X9X",
}


@dataclass(frozen=True)
class FeatureName:
    """A handcrafted feature: its class, its name in pyradiomics, its IBSI code (empty where it has none)."""

    feature_class: str
    name: str
    ibsi: str

    @property
    def key(self) -> str:
        """``glcm_Contrast``."""
        return f"{self.feature_class}_{self.name}"


def _catalogue() -> Iterator[FeatureName]:
    for feature_class, entries in _CODES.items():
        for entry in entries.split():
            name, _, code = entry.partition(":")
            yield FeatureName(feature_class, name, code)


ALL = tuple(_catalogue())
SHAPE = tuple(feature for feature in ALL if feature.feature_class == "shape")
SHAPE_2D = tuple(feature for feature in ALL if feature.feature_class == "shape2D")
INTENSITY = tuple(feature for feature in ALL if feature.feature_class not in ("shape", "shape2D"))
HANDCRAFTED = (*SHAPE, *INTENSITY)
"""Of a region in 3D."""


def intensity_of(protocol: Protocol) -> tuple[FeatureName, ...]:
    """The features of an image's grey values: the library's, then those of the protocol's own families."""
    own = ((family, name) for family in protocol.families for name in feature_family(family).names)
    return (*INTENSITY, *(FeatureName(family, name, "") for family, name in own))


def shape_of(protocol: Protocol, contour: str) -> tuple[FeatureName, ...]:
    """The shape features of a contour, 3D or 2D."""
    return SHAPE if protocol.spec_of(contour).dimension == 3 else SHAPE_2D


def region_prefixes(protocol: Protocol, name: str) -> tuple[str, ...]:
    """How the features of each region of an image, a contour or a delta begin."""
    return tuple(f"{name}_{region}_" for region in protocol.regions_of(name))


def handcrafted_names(protocol: Protocol) -> tuple[str, ...]:
    """Every handcrafted feature of a protocol: shape by contour and region, intensity by image and region, deltas.

    Raises:
        InputError: the protocol leaves out a feature that there is not.
    """
    shape = (
        prefix + feature.key
        for contour in protocol.contours
        for prefix in region_prefixes(protocol, contour)
        for feature in shape_of(protocol, contour)
    )
    rest = (
        prefix + feature.key
        for image in protocol.images
        for prefix in region_prefixes(protocol, image)
        for feature in intensity_of(protocol)
    )
    deltas = (
        prefix + feature.key
        for name, delta in protocol.deltas.items()
        for prefix in region_prefixes(protocol, name)
        for feature in (intensity_of(protocol) if delta.before in protocol.images else shape_of(protocol, delta.before))
    )
    known = [feature.key for feature in ALL]
    for key in protocol.leave_out:
        if key not in known:
            raise unknown_name("a feature to leave out", key, known)
    left_out = tuple(f"_{key}" for key in protocol.leave_out)
    return tuple(name for name in (*shape, *rest, *deltas) if not left_out or not name.endswith(left_out))


def pyradiomics_names(protocol: Protocol) -> dict[str, str]:
    """A protocol's handcrafted features by the names that pyradiomics gives them (``original_glcm_Contrast``); none
    where it has several images, contours or regions, which those do not distinguish."""
    if len(protocol.images) > 1 or len(protocol.regions_of(next(iter(protocol.images)))) > 1:
        return {}
    starts = tuple(
        prefix for one in (*protocol.contours, *protocol.images) for prefix in region_prefixes(protocol, one)
    )
    return {
        f"original_{name.removeprefix(start)}": name
        for name in handcrafted_names(protocol)
        for start in starts
        if name.startswith(start)
    }


def deep_names(protocol: Protocol, depth: int) -> tuple[str, ...]:
    """Every deep feature of a protocol and a backbone's depth: by 3D image, region and channel, then deltas.

    Raises:
        InputError: no such depth.
    """
    channels = range(backbone_of(depth).channels)
    return tuple(
        f"{prefix}{i:04d}"
        for name in deep_sources(protocol)
        for prefix in region_prefixes(protocol, name)
        for i in channels
    )


def deep_sources(protocol: Protocol) -> tuple[str, ...]:
    """What deep features come from: the 3D images of cubic voxels, then the deltas of such."""
    images = tuple(
        image
        for image, spec in protocol.images.items()
        if spec.dimension == 3 and protocol.steps_of(image).spacing_mm is not None  # networks see cubic voxels
    )
    return (*images, *(name for name, delta in protocol.deltas.items() if delta.before in images))
