"""The one error a user meets: what was expected, what was found, what to do."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class InputError(ValueError):
    """Input that cannot be used. Its text is one line; the command line prints it and exits with status 2.

    Args:
        expected: what would have been usable ("a 3D image").
        found: what came instead ("a 2D image of 256 x 256 pixels in scan.nii.gz").
        remedy: what the user can do about it ("give the whole series").
    """

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        self.expected, self.found, self.remedy = (" ".join(part.split()) for part in (expected, found, remedy))
        super().__init__(f"expected {self.expected}, found {self.found}: {self.remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        """What another process makes it again from; by default that would be its text alone."""
        return InputError, (self.expected, self.found, self.remedy)


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """The error for a name that does not exist, with the nearest one that does.

    Args:
        kind: what the name should name ("image", "model").
        name: the unknown name.
        known: all names that exist.
    """
    names = list(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.4)
    remedy = f"did you mean '{lowered[near[0]]}'?" if near else "choose one of those"
    return InputError(f"the name of {kind} ({', '.join(names) or 'none exist'})", f"'{name}'", remedy)


def few(names: Sequence[object], most: int = 5) -> str:
    """The first few of what is to be listed, and how many more there are."""
    shown = ", ".join(str(name) for name in list(names)[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
