"""``nacresponse phantom``: a synthetic cohort to learn, test and time the program with."""

from __future__ import annotations

import argparse
import sys

from ..errors import InputError

_DESCRIPTION = """Makes a cohort of digital phantoms: contrast-enhanced T1, T2 and chest CT of synthetic patients, their
tumour contours, clinical variables and outcomes; or, with --protocol, the images that a protocol asks for. No real
patient is in it. The folder holds COHORT.csv, which "nacresponse extract" reads; truth.csv, from which the outcomes
were drawn; and README.txt, which says how. A patient takes about three seconds and 3 MB, of a protocol with many
images twice that."""
_PROTOCOL = """With --protocol the outcomes are pcr, rcb_class and apcr (empty where no node was positive), and T_stage
joins the clinical variables. Modalities: MR and CT in 3D, ultrasound (US) and mammography (MG) in 2D. Images of the
time point "post" show the tumour shrunk by treatment; of others but "pre", a part of the way. What an MR image shows
follows from the words of its name, of which the last that says something counts: ADC is a diffusion map; T2 (T2W, T2FS)
a T2; T1 (T1W, NATIVE), or PRE at the end, a T1 before the contrast agent; POST3 (PHASE3, DCE3) the third phase after
it. A name that says nothing is a contrast-enhanced T1: the first phase, or the one after the last phase that stands
before it under the same contour."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``phantom``."""
    parser = commands.add_parser("phantom", help="make a synthetic cohort", description=_DESCRIPTION, epilog=_PROTOCOL)
    parser.add_argument("--patients", type=int, required=True, metavar="N", help="number of patients, at least 1")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder to make; it must be new or empty")
    parser.add_argument(
        "--protocol",
        metavar="NAME|FILE",
        help="make the images that this protocol asks for (default: MRI_CET1, MRI_T2 and CT)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another number makes another cohort (default: %(default)s)"
    )
    parser.add_argument(
        "--small", action="store_true", help="coarse voxels, made in a fifth of the time; not with --protocol"
    )
    parser.add_argument(
        "--effect",
        type=float,
        default=1.0,
        metavar="X",
        help="multiplies what drives pcr (default: %(default)g); not with --protocol",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Makes the cohort; 0 when done.

    Raises:
        InputError: a number of patients below 1, a negative seed, an output folder that is not empty, an unknown
            protocol, or one with images that phantoms cannot make.
    """
    from ..phantom import SMALL, ImageRequest, make_cohort, make_study_cohort
    from ..protocol import load_protocol

    if args.protocol is not None and (args.small or args.effect != 1):
        raise InputError("--small and --effect without --protocol", "both", "leave one out")
    on_terminal = sys.stdout.isatty()

    def report(done: int, name: str) -> None:
        line = f"{done} of {args.patients} patients, {name}"
        print(f"\r{line}" if on_terminal else line, end="" if on_terminal else "\n", flush=True)

    if args.protocol is None:
        grids = SMALL if args.small else {}
        table = make_cohort(args.patients, args.output, args.seed, **grids, effect=args.effect, report=report)
    else:
        images = load_protocol(args.protocol).images
        wanted = {
            name: ImageRequest(spec.modality, spec.contour, spec.dimension, spec.time) for name, spec in images.items()
        }
        table = make_study_cohort(args.patients, args.output, args.protocol, wanted, args.seed, report=report)
    if on_terminal:
        print()
    print(f"{args.patients} synthetic patients are listed in {table}")
    return 0
