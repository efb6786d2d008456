"""Is this document a valid e-invoice? XSD, schematron and exact arithmetic together."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from billing.einvoice.arithmetic import check_arithmetic
from billing.einvoice.cii import RSM
from billing.einvoice.pdf import extract_xml
from billing.einvoice.schema import check_schema, rule_set_version, safe_parser
from billing.einvoice.schematron import SchematronClient, shared_client


class Unreadable(ValueError):
    """Neither a PDF with an embedded invoice nor an invoice in XML."""


@dataclass(frozen=True, slots=True)
class Report:
    """What failed, rule by rule, and which rule set was used."""

    faults: tuple[str, ...]
    rules: str

    @property
    def is_valid(self) -> bool:
        return not self.faults


def validate_xml(xml: bytes, client: SchematronClient | None = None) -> Report:
    """Checks in the order XSD, schematron, arithmetic; a schema fault ends the check.

    Raises: Unreadable, SchematronFailed (the rules could not be run).
    """
    root = parse_invoice(xml)
    faults = check_schema(root)
    if not faults:
        faults = (client or shared_client()).check(xml) + check_arithmetic(root)
    return Report(tuple(faults), rule_set_version())


def validate_file(content: bytes, client: SchematronClient | None = None) -> Report:
    """The same for the content of a PDF or XML file. Raises: Unreadable."""
    if content.lstrip()[:5] == b"%PDF-":
        try:
            content = extract_xml(content)
        except ValueError as error:
            raise Unreadable(str(error)) from error
    return validate_xml(content, client)


def parse_invoice(xml: bytes) -> etree._Element:
    """The root element. Raises: Unreadable when it is not a Cross Industry Invoice."""
    try:
        root = etree.fromstring(xml, safe_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"the XML cannot be read: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("the XML has a document type declaration, which is refused")
    if root.tag != f"{{{RSM}}}CrossIndustryInvoice":
        raise Unreadable(f"the root element is {root.tag}, not a Cross Industry Invoice")
    return root
