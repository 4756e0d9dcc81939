"""What the name of a series says of its image: the words of scanners and sites, in several languages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# A word begins where no letter stands before it. (?![a-z]) ends one that others begin with.
_NEVER = (
    # subtractions, projections, reformats
    r"s?sub(?:s|tr\w*)?\d*(?![a-z])|soustr\w*|sottr\w*|sustr\w*|resta(?![a-z])|减影|差分|サブトラクション",
    r"m(?:in)?ip(?![a-z])|mpr(?![a-z])|vrt(?![a-z])|rfmt\w*|reft(?![a-z])|reformat\w*",
    # localizers, calibration, documents
    r"locali\w*|loc(?![a-z])|scout|survey|topogram\w*|tribild|3 ?pl(?:ane)?(?![a-z])|reperage|定位",
    r"cal(?:ib\w*)?(?![a-z])|shim\w*|prescan|test ?bolus|bolus ?track\w*|care ?bolus|smart ?prep|screen ?s\w*|report",
    # diffusion
    r"dwi\w*|dw(?![a-z])|dwepi\w*|dif+us\w*|diff(?![a-z])|dti(?![a-z])|e?adc|tracew?(?![a-z])|ivim|resolve|ep2d|epi(?![a-z])",
    r"\d*b ?val\w*|b ?\d{2,4}(?![\da-z])|弥散|扩散|拡散",
    # maps made from enhancement or relaxation, spectroscopy
    r"ser(?![a-z]| ?\d)|pe ?\d*(?![a-z])|pei(?![a-z])|ttp(?![a-z])|mpe(?![a-z])|wash ?(?:in|out)\w*|ktrans|iauc",
    r"(?:t[12] ?)?mapa?(?![a-z])|multi ?flip\w*|look ?locker|b[01](?![a-z0-9])|spectro\w*|mrs(?![a-z])",
    # parts of a Dixon series
    r"field ?map\w*|fat(?! ?s(?:at|up))|in ?phase\w*|out ?(?:of ?)?phase\w*|opp(?:osed)?(?![a-z])",
    r"dixon\w*(?: \w+)* (?:f|in)(?![a-z])",
    # masks, other modalities
    r"seg(?:m\w*)?(?![a-z])|(?:analysis|tumou?r|lesion|breast|tissue) mask|label\w*|roi(?![a-z])|voi(?![a-z])",
    r"pet(?! ?ct)(?![a-z])|dbt|mammo\w*",
)
_GRADIENT_ECHO = (
    r"(?:[23]d ?)?(?:fl[23]d|flash|vibe|vibrant|lava|f?spgr|fgre|(?:dyna?)?views|disco|twist|grasp)\w*|e?thrive"
)
_NEGATED = (
    r"(?:w/?o|without|no|non|before|sans|avant|senza|prima(?: di| del)?|sin|antes(?: de)?|sem|ohne|vor|zonder|voor) ?"
    r"(?:the |iv |di |de )?(?:contrast\w*|kontrast\w*|gad\w*|gd(?![a-z])|inj\w*|km(?![a-z])|mdc(?![a-z])|c(?![a-z]))"
)
_PATTERNS = {
    "never": "|".join(_NEVER),
    "t1": r"(?:ce|cor|sag|ax|w)?t1(?!\d)",
    "gradient_echo": _GRADIENT_ECHO,
    "t2": r"(?:e|cor|sag|ax|tra|tse|fse)?t2(?!\d)",
    "stir": r"stir|tirm",
    "spin_echo": r"[tf]se(?![a-z])",
    "dynamic": r"\d?dyn\w*|dce(?![a-z])|dinam\w*|multi ?phase\w*|mph(?:ase)?(?![a-z])|mp(?![a-z])|动态|ダイナミック",
    "before": (
        rf"pre(?! ?scan)(?:(?![a-z])|(?=post))|pre ?(?:contrast\w*|gad\w*|gd|inj\w*|km)(?![a-z])|{_NEGATED}"
        r"|nativ\w*|unenhanced|precontrast\w*|basale|blanco|平扫|造影前|(?<=vibrant )mask(?![a-z])"
    ),
    "after": (
        r"post?(?![a-z])|postcontrast\w*|(?:\+ ?c|c ?\+|t1 ?c|ce)(?![a-z])|ce ?t1\w*|gad\w*|gd(?![a-z])|km(?![a-z])"
        r"|contrast\w*|kontrast\w*|delay\w*|tardi\w*|inj\w*|mdc(?![a-z])|enhanced|增强|増強|造影|조영"
    ),
    "delayed": r"delay\w*|tardi\w*|late(?![a-z])",
    "counted": r"ph(?:ase)?[ =]?(\d{1,2})(?!\d)",
    "ordinal": (
        r"(\d)(?:st|nd|rd|th)(?= (?:pass?|post|phase|ax|sag|dyn))(?: pass?(?![a-z])| phase)?"
        r"|(?:pass|post(?: ?contrast)?) ?(\d)(?!\d)"
    ),
    "ct": r"ct(?![a-z])|ctac|tdm(?![a-z])|tac(?![a-z])|thorax|b\d\d[fs](?![a-z])|br\d\d[a-z]?(?![a-z])",
    "low_dose": r"ctac|low ?dose|ldct|attenuation|ac(?![a-z])",
    "hard_kernel": r"lung\w*|poumon|polmon\w*|pulm\w*|bone|os(?![a-z])|osseux|br?[678]\d\w?(?![a-z])|sharp|hrct",
}
_WORDS = {key: re.compile(rf"(?<![a-z])(?:{pattern})") for key, pattern in _PATTERNS.items()}
_CHANNEL = re.compile(r" (00\d\d)$")
_SUFFIX = re.compile(r"\.(?:nii|nrrd|mha|mhd|gz|dcm)$")
_LATIN_ACCENTS = re.compile(r"[\u0300-\u036f]")


@dataclass(frozen=True)
class Words:
    """What a name says.

    Attributes:
        never: it is of an image that fits no role.
        t1, gradient_echo, dynamic: it is T1-weighted, or of a sequence that is; all phases or one of a series.
        t2_score: 2 where it says T2, 1 for STIR or a spin echo that says nothing else, 0 otherwise.
        before, after, delayed: of contrast. Both of the first two: all phases in one.
        phase: number after contrast where it gives one; ``counted`` if that is a number after "Ph".
        ct, low_dose, hard_kernel: of CT.
        channel: the number of ``_0001`` at its end.
        stem: its words less those of the phase, sorted.
    """

    never: bool
    t1: bool
    gradient_echo: bool
    dynamic: bool
    t2_score: int
    before: bool
    after: bool
    delayed: bool
    phase: int | None
    counted: bool
    ct: bool
    low_dose: bool
    hard_kernel: bool
    channel: int | None
    stem: str

    @property
    def has_phase(self) -> bool:
        """Anything about contrast or phases."""
        return self.before or self.after or self.phase is not None or self.channel is not None


def read_words(name: str) -> Words:
    """What a series' or file's name says."""
    text = _plain(name)
    matches = {key: pattern.search(text) for key, pattern in _WORDS.items()}
    after = _WORDS["after"].search(_WORDS["before"].sub(" ", text)) is not None
    before = matches["before"] is not None
    gradient_echo = matches["gradient_echo"] is not None
    t1 = matches["t1"] is not None or gradient_echo
    channel = _CHANNEL.search(text)
    numbers = [group for key in ("ordinal", "counted") if (match := matches[key]) for group in match.groups() if group]
    weak_t2 = not t1 and not after and (matches["stir"] or matches["spin_echo"]) is not None
    return Words(
        never=matches["never"] is not None,
        t1=t1,
        gradient_echo=gradient_echo,
        dynamic=matches["dynamic"] is not None or (before and after),
        t2_score=2 if matches["t2"] else int(weak_t2),
        before=before,
        after=after,
        delayed=matches["delayed"] is not None,
        phase=int(numbers[0]) if numbers else None,
        counted=matches["counted"] is not None and matches["ordinal"] is None,
        ct=matches["ct"] is not None,
        low_dose=matches["low_dose"] is not None,
        hard_kernel=matches["hard_kernel"] is not None,
        channel=int(channel[1]) if channel else None,
        stem=_stem(text),
    )


def _plain(name: str) -> str:
    """Lower case, without Latin accents and file suffixes, a space for whatever separates words."""
    text = _LATIN_ACCENTS.sub("", unicodedata.normalize("NFKD", name)).lower()
    while _SUFFIX.search(text):
        text = _SUFFIX.sub("", text)
    text = unicodedata.normalize("NFC", text).replace("+", " +")
    return re.sub(r"[\s_\-:;,.#()\[\]|]+", " ", text).strip()


def _stem(text: str) -> str:
    """A number at the beginning is the series'."""
    rest = re.sub(r"^\d+ ", "", text)
    for key in ("ordinal", "counted", "before", "after"):
        rest = _WORDS[key].sub(" ", rest)
    return " ".join(sorted(re.findall(r"[^\s/]+", _CHANNEL.sub("", rest))))
