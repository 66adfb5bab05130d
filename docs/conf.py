"""Sphinx settings. Warnings are errors: `make docs` builds with -W."""

from clgym import __version__

project = "clgym"
author = "the clgym authors"
copyright = author
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "results"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
# Roles in docstrings may name things that have no page of their own.
nitpicky = False

html_theme = "furo"
html_title = f"clgym {__version__}"
html_static_path = ["_static"]
# Reports of trials stand beside the pages, as they are.
html_extra_path = ["generated/reports"]
html_css_files = ["house.css"]
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5394", "color-brand-content": "#0b5394"},
    "dark_css_variables": {"color-brand-primary": "#7fb3e6", "color-brand-content": "#7fb3e6"},
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
