# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How `make docs` turns these pages, and the reference that antsibull-docs writes beside them, into a site."""

from __future__ import annotations

import pathlib
import typing as t

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

if t.TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = pathlib.Path(__file__).parent
COLLECTION = yaml.safe_load((HERE / "galaxy.yml").read_text())
NAME = f"{COLLECTION['namespace']}.{COLLECTION['name']}"

REPOSITORY = COLLECTION["repository"]

project = NAME
project_copyright = "2026, the batchops.job_control authors"
version = release = COLLECTION["version"]

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "deflist"]
exclude_patterns = ["reference/index.rst", "requirements.txt"]

html_theme = "furo"
html_title = f"{COLLECTION['name']} {release}"  # the whole name is too long for the margin
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
highlight_language = "yaml+jinja"

#: What the reference refers to in the documentation of Ansible, which is not looked up while the site is built.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
LABELS_OF_ANSIBLE = {
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "ansible_collections.ansible.builtin.default_callback": "collections/ansible/builtin/default_callback.html",
    "ansible_collections.ansible.builtin.slurp_module__return-content": "collections/ansible/builtin/slurp_module.html",
}


def link_to_ansible(
    app: Sphinx, env: t.Any, node: addnodes.pending_xref, contents: nodes.TextElement
) -> nodes.reference | None:
    """A link to a label, or a setting, that only the documentation of Ansible has."""
    target = node["reftarget"]
    page = LABELS_OF_ANSIBLE.get(target)
    if node["reftype"] == "envvar" and target.startswith("ANSIBLE_"):
        page = f"reference_appendices/config.html#envvar-{target}"
    return nodes.reference("", "", contents, refuri=ANSIBLE + page, internal=False) if page else None


def link_to_repository(app: Sphinx, page: str, source: list[str]) -> None:
    """A relative link that leaves docs/ works where the sources are read; the site leads it there."""
    outside = "../" * (page.count("/") + 1)
    source[0] = source[0].replace(f"]({outside}", f"]({REPOSITORY}/blob/main/")


class TrimReference(SphinxTransform):  # type: ignore[misc]
    """Fits the reference into this site: contents are in the margin, and all names are of one collection."""

    default_priority = 700

    def apply(self, **_options: t.Any) -> None:
        if not self.env.docname.startswith("reference/"):
            return
        for topic in list(self.document.findall(nodes.topic)):
            if "contents" in topic["classes"]:
                topic.parent.remove(topic)
        for text in list(self.document.findall(nodes.Text)):
            if isinstance(text.parent, nodes.title):
                text.parent.replace(text, nodes.Text(text.removeprefix(f"{NAME}.")))


class LinkModules(SphinxTransform):  # type: ignore[misc]
    """Makes the name of a module in `code` a link to its page, so that the pages read well without Sphinx too."""

    default_priority = 700

    def apply(self, **_options: t.Any) -> None:
        modules = {path.name.removesuffix("_module.rst") for path in HERE.glob("reference/*_module.rst")}
        for literal in list(self.document.findall(nodes.literal)):
            name = literal.astext()
            linked = isinstance(literal.parent, (nodes.reference, addnodes.pending_xref))
            if name in modules and not linked and not self.env.docname.startswith("reference/"):
                link = addnodes.pending_xref(
                    refdomain="std",
                    reftype="ref",
                    reftarget=f"ansible_collections.{NAME}.{name}_module",
                    refexplicit=True,
                    refwarn=True,
                )
                literal.replace_self(link)
                link += literal


def setup(app: Sphinx) -> None:
    app.add_transform(LinkModules)
    app.add_transform(TrimReference)
    app.connect("missing-reference", link_to_ansible)
    app.connect("source-read", link_to_repository)
