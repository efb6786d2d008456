"""What a receiver checks about the sender: SPF, DKIM, DMARC. Pure apart from the look-up passed in.

Source: RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), RFC 2369 and 8058 (list headers).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Lookup = Callable[[str], list[str]]


@dataclass(frozen=True)
class Finding:
    """``level``: ok, warning, problem."""

    level: str
    subject: str
    text: str


def check_spf(domain: str, lookup: Lookup) -> Finding:
    """The domain of the return path must publish exactly one SPF record that ends strictly."""
    records = [text for text in lookup(domain) if text.lower().startswith("v=spf1")]
    if len(records) != 1:
        return Finding("problem", f"SPF {domain}", f"{len(records)} records found, one is needed")
    if "+all" in records[0] or records[0].rstrip().endswith(" all"):
        return Finding("problem", f"SPF {domain}", "allows everybody (+all)")
    if records[0].rstrip().endswith(("-all", "~all")) or "redirect=" in records[0]:
        return Finding("ok", f"SPF {domain}", records[0])
    return Finding("warning", f"SPF {domain}", "does not end with -all or ~all")


def check_dkim(domain: str, selector: str, lookup: Lookup) -> Finding:
    """The selector must publish a key."""
    name = f"{selector}._domainkey.{domain}"
    keys = [text for text in lookup(name) if "p=" in text.replace(" ", "")]
    if not keys:
        return Finding("problem", f"DKIM {name}", "no key is published")
    if "p=;" in keys[0].replace(" ", "") or keys[0].replace(" ", "").endswith("p="):
        return Finding("problem", f"DKIM {name}", "the key was withdrawn")
    return Finding("ok", f"DKIM {name}", "a key is published")


def check_dmarc(domain: str, lookup: Lookup) -> Finding:
    """At least ``p=none`` at the domain of From or its organisational domain."""
    for name in (domain, ".".join(domain.split(".")[-2:])):
        records = [t for t in lookup(f"_dmarc.{name}") if t.lower().startswith("v=dmarc1")]
        if len(records) == 1:
            policy = "none" if "p=none" in records[0].replace(" ", "") else "quarantine or reject"
            return Finding("ok", f"DMARC {name}", f"policy {policy}")
        if len(records) > 1:
            return Finding("problem", f"DMARC {name}", "more than one record")
    return Finding("problem", f"DMARC {domain}", "no record is published")


def check_alignment(from_domain: str, envelope_domain: str) -> Finding:
    """From and return path share their organisational domain (relaxed alignment)."""
    same = from_domain.split(".")[-2:] == envelope_domain.split(".")[-2:]
    text = f"From is {from_domain}, the return path {envelope_domain}"
    return Finding("ok" if same else "warning", "Alignment", text)


def check_signed_headers(raw: bytes) -> Finding:
    """A message captured behind the relay must have both list headers under its DKIM signature."""
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    lines = [x for x in head.split(b"\r\n") if x.lower().startswith(b"dkim-signature:")]
    if not lines:
        return Finding("problem", "Captured message", "carries no DKIM signature")
    signed = b"".join(lines).lower().replace(b" ", b"")
    names = signed.partition(b";h=")[2].partition(b";")[0].split(b":")
    missing = {b"list-unsubscribe", b"list-unsubscribe-post"} - set(names)
    if missing:
        words = ", ".join(sorted(name.decode() for name in missing))
        return Finding("problem", "Captured message", f"DKIM does not cover {words}")
    return Finding("ok", "Captured message", "DKIM covers both unsubscribe headers")


def check_receives(domain: str, lookup_mx: Lookup) -> Finding:
    """Somebody who answers a mail must be heard: the domain of From takes mail (RFC 5321, 5.1)."""
    hosts = lookup_mx(domain)
    if hosts in (["."], []):
        return Finding("problem", f"Answers {domain}", "the domain takes no mail (no MX)")
    return Finding("ok", f"Answers {domain}", f"MX {hosts[0]}")


def check_ptr(host: str, addresses: Lookup, names: Lookup) -> Finding:
    """An own relay has a name for its address, and the name has the address (Gmail asks for it)."""
    found = addresses(host)
    for address in found:
        for name in names(address):
            if address in addresses(name):
                return Finding("ok", f"PTR {host}", f"{address} is {name}")
    text = f"{found[0]} has no name that leads back to it" if found else "the name has no address"
    return Finding("problem", f"PTR {host}", text)


# anymail cannot switch the counting of opens and clicks off per message there.
WITHOUT_SWITCH = frozenset({"amazon_ses", "brevo", "smtp"})


def check_tracking(transport: str, confirmed: bool) -> Finding:
    """Opens and clicks must not be counted behind our back either."""
    if transport == "outbox" or transport not in WITHOUT_SWITCH:
        return Finding("ok", "Tracking", "opens and clicks are switched off in every message")
    if confirmed:
        return Finding("ok", "Tracking", "said to be off in the account (ROLLCALL_TRACKING_OFF)")
    level = "warning" if transport == "smtp" else "problem"
    return Finding(
        level,
        "Tracking",
        "switch the counting of opens and clicks off in the account, then set ROLLCALL_TRACKING_OFF=1",
    )
