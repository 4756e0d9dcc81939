"""Makes the functions of ``generated``, ``messages`` and ``texts`` directives of the pages."""

from typing import Any

import generated
import messages
import texts
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

KINDS = {**generated.KINDS, "errors": messages.errors, "shown": texts.shown}


class Generated(SphinxDirective):
    """A part of a page, as Markdown that one of the functions gives."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[Any]:
        text = "\n".join(KINDS[self.name](self.arguments[0] if self.arguments else ""))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    for name in KINDS:
        app.add_directive(name, Generated)
    return {"parallel_read_safe": True}
