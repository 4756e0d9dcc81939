"""matplotlib's SVG made fit to stand on a page: small, with real text in the page's font, and read out.

Styles become attributes, which the page's style sheet can override for a dark page; names are unique on a page of many
figures; what browsers do not need is left out.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FONT = "Helvetica, Arial, sans-serif"
_LINK = "xlink:href"
_NAMESPACES = {"xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink"}
_INITIAL = {"stroke-linecap": "butt", "stroke-linejoin": "round", "stroke-miterlimit": "100000", "opacity": "1"}
"""What the picture's root says, or SVG has from the start (a mitre limit matters to mitred corners alone)."""
_LINES = "lines-"
_ANCHORS = {"right": "end", "center": "middle"}
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r"))  # XML has no way to write them
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_UNTURNED = re.compile(r"rotate\(-?0(?: [-\d.e]+ [-\d.e]+)?\)")


def page_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """A figure as an ``svg`` element for a page, named by ``title`` and ``desc``.

    Args:
        name: before every id, so that figures of one page do not share any.
    """
    return ElementTree.tostring(_picture(figure, name, title, description), encoding="unicode")


def file_svg(figure: Figure, name: str, title: str, description: str) -> bytes:
    """The same as a file, in its true size."""
    picture = _picture(figure, name, title, description)
    width, height = figure.get_size_inches()
    for key, value in (*_NAMESPACES.items(), ("width", f"{width:g}in"), ("height", f"{height:g}in")):
        picture.set(key, value)
    return ElementTree.tostring(picture, encoding="utf-8", xml_declaration=True) + b"\n"


def _picture(figure: Figure, name: str, title: str, description: str) -> Element:
    stream = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # the page's fonts may have what matplotlib's lacks
        places = dict(_named_lines(figure))
        figure.savefig(stream, format="svg", metadata={"Date": None})
    drawn = ElementTree.fromstring(stream.getvalue().translate(None, _CONTROL))
    picture = Element("svg", {"viewBox": drawn.attrib["viewBox"], "role": "img"})
    picture.set("aria-labelledby", f"{name}-title {name}-desc")
    picture.attrib |= {"font-family": _FONT, "stroke-linejoin": "round", "stroke-linecap": "butt"}
    for tag, text in (("title", title), ("desc", description)):
        SubElement(picture, tag, {"id": f"{name}-{tag}"}).text = text.translate(dict.fromkeys(_CONTROL))
    _copy(drawn, picture, places)
    _rename(picture, name)
    return picture


def _named_lines(figure: Figure) -> Iterator[tuple[str, tuple[float, str]]]:
    """Names each text of several lines; gives the place of its anchor and the anchor, which matplotlib writes for
    single lines alone: the page's font is not as wide as the one that the lines were set in."""
    from matplotlib.text import Text

    for ax in figure.axes:
        ax.get_yticklabels()  # which writes them
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and not text.get_rotation()]
    for number, text in enumerate(text for text in texts if "\n" in text.get_text()):
        text.set_gid(f"{_LINES}{number}")
        box, side = text.get_window_extent(), text.get_horizontalalignment()
        if side in _ANCHORS:
            yield f"{_LINES}{number}", (box.x1 if side == "right" else (box.x0 + box.x1) / 2, _ANCHORS[side])


def _copy(source: Element, target: Element, places: Mapping[str, tuple[float, str]]) -> None:
    """Copies what is drawn, without namespaces, groups that say nothing, metadata and style sheets."""
    for child in source:
        tag = _bare(child.tag) if isinstance(child.tag, str) else ""
        if tag in ("", "metadata", "style", "title"):
            continue
        own = dict(_attributes(child))
        inside = places.get(own.get("id", ""))
        if tag == "text" and _LINES in places:
            _anchor(own, *places[_LINES])
        if target.tag == "defs":  # each use of a marker says its colours again
            own = {key: value for key, value in own.items() if key in ("id", "d")}
        if tag == "path" and own.get("fill") == "none" and "stroke" not in own:
            continue
        copy = target if tag == "g" and not own.keys() - {"id"} else SubElement(target, tag, own)
        copy.text = copy.text if copy is target else (child.text or "").strip("\n") or None
        _copy(child, copy, {**places, _LINES: inside} if inside else places)
        if tag in ("g", "defs") and copy is not target and not len(copy):
            target.remove(copy)


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        if key == "style":
            yield from _style(value)
        elif key == "transform":
            if turned := _UNTURNED.sub("", value).strip():
                yield key, _rounded(turned)
        elif key.endswith("}href"):
            yield _LINK, value
        else:
            yield _bare(key), value if key == "id" else _rounded(value)


def _style(text: str) -> Iterator[tuple[str, str]]:
    """The declarations of a style as attributes; the font is the page's, so that its size and weight alone stay."""
    for declaration in filter(None, map(str.strip, text.split(";"))):
        key, _, value = map(str.strip, declaration.partition(":"))
        if key == "font":
            key, value = "font-size", next(word for word in value.split() if word.endswith("px"))
            if weight := re.match(r"(bold|\d00)\s", text.partition(":")[2].strip()):
                yield "font-weight", weight.group(1)
        if key != "font-family" and _INITIAL.get(key) != value:
            yield key, _rounded(value.removesuffix("px"))


def _anchor(own: dict[str, str], x: float, anchor: str) -> None:
    """Moves a line of several to the anchor they share."""
    height = own.pop("transform").removesuffix(")").split()[-1]  # of "translate(x y)"
    own |= {"x": _rounded(f"{x:.6f}"), "y": height, "text-anchor": anchor}


def _rename(picture: Element, name: str) -> None:
    """Puts the figure's name before the ids that something refers to; others go."""
    used = {value.strip("#") for element in picture.iter() if (value := element.get(_LINK))}
    clipped = [element.get("clip-path", "") for element in picture.iter()]
    used |= {found for path in clipped for found in re.findall(r"url\(#(\w+)\)", path)}
    for element in picture.iter():
        if element.tag not in ("svg", "title", "desc") and (own := element.attrib.pop("id", None)) in used:
            element.set("id", f"{name}-{own}")
        if link := element.get(_LINK):
            element.set(_LINK, f"#{name}-{link.strip('#')}")
        if "clip-path" in element.attrib:
            element.set("clip-path", element.attrib["clip-path"].replace("url(#", f"url(#{name}-"))


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


def _rounded(text: str) -> str:
    """Places to a hundredth of a point."""
    return _NUMBER.sub(_hundredth, " ".join(text.split()))


def _hundredth(found: re.Match[str]) -> str:
    text = f"{float(found.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
