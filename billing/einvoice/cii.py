"""Writes the Cross Industry Invoice (CII D16B/D22B) of an EInvoice.

Source: Factur-X 1.09 / ZUGFeRD 2.5, profile EN 16931. Elements stand in schema order, which is why
each
function writes a whole group.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lxml import etree

from billing.einvoice.document import (
    PROFILE,
    EInvoice,
    Line,
    Party,
    Tax,
    TaxSubtotal,
)

RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
NAMESPACES = {"rsm": RSM, "ram": RAM, "udt": UDT, "qdt": QDT}

#: The code list of EN 16931 writes Kosovo in its own way.
COUNTRY_CODES = {"XK": "1A"}
SEPA_CREDIT_TRANSFER = "58"
CREDIT_TRANSFER = "30"


def build_cii(invoice: EInvoice) -> bytes:
    """The XML document, UTF-8; the same invoice gives the same bytes."""
    root = etree.Element(f"{{{RSM}}}CrossIndustryInvoice", nsmap=NAMESPACES)
    context = etree.SubElement(root, f"{{{RSM}}}ExchangedDocumentContext")
    _add(_add(context, "GuidelineSpecifiedDocumentContextParameter"), "ID", PROFILE)
    _header(etree.SubElement(root, f"{{{RSM}}}ExchangedDocument"), invoice)
    transaction = etree.SubElement(root, f"{{{RSM}}}SupplyChainTradeTransaction")
    for index, line in enumerate(invoice.lines, start=1):
        _line(_add(transaction, "IncludedSupplyChainTradeLineItem"), index, line)
    _agreement(_add(transaction, "ApplicableHeaderTradeAgreement"), invoice)
    _add(transaction, "ApplicableHeaderTradeDelivery")
    _settlement(_add(transaction, "ApplicableHeaderTradeSettlement"), invoice)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{RAM}}}{name}", attributes)
    if text:
        element.text = text
    return element


def _add_if(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    if text:
        _add(parent, name, text, **attributes)


def _date(parent: etree._Element, name: str, value: date) -> None:
    holder = _add(parent, name)
    element = etree.SubElement(holder, f"{{{UDT}}}DateTimeString", {"format": "102"})
    element.text = value.strftime("%Y%m%d")


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    if "." in text and len(text.split(".")[1]) > 2:
        text = text.rstrip("0")
    return text


def _header(parent: etree._Element, invoice: EInvoice) -> None:
    _add(parent, "ID", invoice.number)
    _add(parent, "TypeCode", invoice.type_code)
    _date(parent, "IssueDateTime", invoice.issue_date)
    for note in invoice.notes:
        _add(_add(parent, "IncludedNote"), "Content", note)


def _line(parent: etree._Element, index: int, line: Line) -> None:
    _add(_add(parent, "AssociatedDocumentLineDocument"), "LineID", str(index))
    product = _add(parent, "SpecifiedTradeProduct")
    _add(product, "Name", line.name)
    _add_if(product, "Description", line.description)
    # BR-27: a price is never negative, so a deduction is a negative quantity.
    price, quantity = abs(line.unit_price), line.quantity
    if line.unit_price < 0:
        quantity = -quantity
    net_price = _add(_add(parent, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    _add(net_price, "ChargeAmount", _number(price))
    delivery = _add(parent, "SpecifiedLineTradeDelivery")
    _add(delivery, "BilledQuantity", _number(quantity), unitCode=line.unit)
    settlement = _add(parent, "SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ApplicableTradeTax")
    _add(tax, "TypeCode", "VAT")
    _add(tax, "CategoryCode", line.tax.category)
    _rate(tax, line.tax)
    _period(settlement, line.start, line.end)
    summation = _add(settlement, "SpecifiedTradeSettlementLineMonetarySummation")
    _add(summation, "LineTotalAmount", _number(line.net))


def _rate(parent: etree._Element, tax: Tax) -> None:
    # BR-O-05: what is outside the scope has no rate at all.
    if tax.category != "O":
        _add(parent, "RateApplicablePercent", _number(tax.rate))


def _period(parent: etree._Element, start: date | None, end: date | None) -> None:
    if start is None or end is None:
        return
    period = _add(parent, "BillingSpecifiedPeriod")
    _date(period, "StartDateTime", start)
    _date(period, "EndDateTime", end)


def _agreement(parent: etree._Element, invoice: EInvoice) -> None:
    _add_if(parent, "BuyerReference", invoice.buyer_reference)
    _party(_add(parent, "SellerTradeParty"), invoice.seller, seller=True)
    _party(_add(parent, "BuyerTradeParty"), invoice.buyer, seller=False)
    if invoice.order_reference:
        order = _add(parent, "BuyerOrderReferencedDocument")
        _add(order, "IssuerAssignedID", invoice.order_reference)


def _party(parent: etree._Element, party: Party, *, seller: bool) -> None:
    _add_if(parent, "ID", party.identifier)
    _add(parent, "Name", party.name)
    if party.legal_id:
        _add(_add(parent, "SpecifiedLegalOrganization"), "ID", party.legal_id)
    if seller and (party.contact_name or party.email):
        _contact(_add(parent, "DefinedTradeContact"), party)
    address = _add(parent, "PostalTradeAddress")
    _add_if(address, "PostcodeCode", party.address.postcode)
    names = ("LineOne", "LineTwo", "LineThree")
    for name, text in zip(names, party.address.lines, strict=False):
        _add_if(address, name, text)
    _add_if(address, "CityName", party.address.city)
    country = party.address.country
    _add(address, "CountryID", COUNTRY_CODES.get(country, country))
    _add_if(address, "CountrySubDivisionName", party.address.subdivision)
    if party.email:
        _add(_add(parent, "URIUniversalCommunication"), "URIID", party.email, schemeID="EM")
    for scheme, value in (("FC", party.tax_number), ("VA", party.vat_id)):
        if value:
            _add(_add(parent, "SpecifiedTaxRegistration"), "ID", value, schemeID=scheme)


def _contact(parent: etree._Element, party: Party) -> None:
    _add_if(parent, "PersonName", party.contact_name)
    if party.phone:
        _add(_add(parent, "TelephoneUniversalCommunication"), "CompleteNumber", party.phone)
    if party.email:
        _add(_add(parent, "EmailURIUniversalCommunication"), "URIID", party.email)


def _settlement(parent: etree._Element, invoice: EInvoice) -> None:
    _add_if(parent, "PaymentReference", invoice.payment_reference)
    _add_if(parent, "TaxCurrencyCode", invoice.tax_currency)
    _add(parent, "InvoiceCurrencyCode", invoice.currency)
    _payment_means(parent, invoice)
    for subtotal in invoice.totals.subtotals:
        _subtotal(_add(parent, "ApplicableTradeTax"), subtotal)
    _period(parent, invoice.start, invoice.end)
    _terms(parent, invoice)
    _summation(_add(parent, "SpecifiedTradeSettlementHeaderMonetarySummation"), invoice)
    if invoice.preceding_number:
        preceding = _add(parent, "InvoiceReferencedDocument")
        _add(preceding, "IssuerAssignedID", invoice.preceding_number)
        if invoice.preceding_date is not None:
            holder = _add(preceding, "FormattedIssueDateTime")
            element = etree.SubElement(holder, f"{{{QDT}}}DateTimeString", {"format": "102"})
            element.text = invoice.preceding_date.strftime("%Y%m%d")


def _payment_means(parent: etree._Element, invoice: EInvoice) -> None:
    account = invoice.account
    if account is None:
        return
    means = _add(parent, "SpecifiedTradeSettlementPaymentMeans")
    _add(means, "TypeCode", SEPA_CREDIT_TRANSFER if account.iban else CREDIT_TRANSFER)
    creditor = _add(means, "PayeePartyCreditorFinancialAccount")
    _add_if(creditor, "IBANID", account.iban)
    _add_if(creditor, "AccountName", account.holder)
    _add_if(creditor, "ProprietaryID", account.account_id)
    if account.bic:
        _add(_add(means, "PayeeSpecifiedCreditorFinancialInstitution"), "BICID", account.bic)


def _subtotal(parent: etree._Element, subtotal: TaxSubtotal) -> None:
    _add(parent, "CalculatedAmount", _number(subtotal.amount))
    _add(parent, "TypeCode", "VAT")
    _add_if(parent, "ExemptionReason", subtotal.tax.reason)
    _add(parent, "BasisAmount", _number(subtotal.basis))
    _add(parent, "CategoryCode", subtotal.tax.category)
    _add_if(parent, "ExemptionReasonCode", subtotal.tax.reason_code)
    _rate(parent, subtotal.tax)


def _terms(parent: etree._Element, invoice: EInvoice) -> None:
    if invoice.due_date is None and not invoice.payment_terms:
        return
    terms = _add(parent, "SpecifiedTradePaymentTerms")
    _add_if(terms, "Description", invoice.payment_terms)
    if invoice.due_date is not None:
        _date(terms, "DueDateDateTime", invoice.due_date)


def _summation(parent: etree._Element, invoice: EInvoice) -> None:
    totals = invoice.totals
    _add(parent, "LineTotalAmount", _number(totals.net))
    _add(parent, "TaxBasisTotalAmount", _number(totals.net))
    _add(parent, "TaxTotalAmount", _number(totals.tax), currencyID=invoice.currency)
    if invoice.tax_currency and invoice.tax_in_tax_currency is not None:
        amount = _number(invoice.tax_in_tax_currency)
        _add(parent, "TaxTotalAmount", amount, currencyID=invoice.tax_currency)
    _add(parent, "GrandTotalAmount", _number(totals.gross))
    if totals.paid:
        _add(parent, "TotalPrepaidAmount", _number(totals.paid))
    _add(parent, "DuePayableAmount", _number(totals.due))
