"""Settings of Sphinx for the documentation; ``make docs`` builds it by ``build.py``."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from NACResponseLib import __version__  # noqa: E402 - found by the line above

project = "NACResponse"
author = "The NACResponse developers"
copyright = "The NACResponse developers; Apache-2.0"
release = version = __version__
language = "en"
smartquotes = False  # "--" is an option, not a dash

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    "directives",
]
myst_enable_extensions = ["deflist", "fieldlist", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["gallery/*.ipynb", "gallery/*.py", "gallery/*.md5", "examples"]

# A reference that leads nowhere fails the build; names of other packages are not looked up, since nothing is fetched.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!NACResponseLib\.\w+$).*")]

napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "inherited-members": True, "undoc-members": False}
python_display_short_literal_types = True

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py",
    "abort_on_example_error": True,
    "within_subsection_order": "FileNameSortKey",
    "write_computation_times": False,
    "capture_repr": ("_repr_html_",),
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "remove_config_comments": True,
    "image_srcset": ["2x"],
}

html_theme = "furo"
html_title = f"NACResponse {release}"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"footer_icons": [], "top_of_page_buttons": []}
