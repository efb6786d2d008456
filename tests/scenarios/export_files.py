"""Fabrica-format exports: the real reference files when they are there, else a small invented set."""

from __future__ import annotations

import csv
import io
from pathlib import Path

DATE = "01/02/2019T09:00:00.000UTC+00:00"
ORGANISATIONS = (
    "Name,fabricaAccountId,Parent Organization,Is Active,Website,Region,Focus Area,Sector,"
    "Member Type,Email,billingStreet,Billing Zip/Postal Code,billingCity,billingCountryCode,"
    "Fabrica Creation Date,Fabrica Deletion Date\n"
)
MEMBERS = (
    ("Quarry University", "QUARRY", "", "Direct Member", "DE"),
    ("Felsen Institute", "FELSEN", "", "Direct Member", "DE"),
    ("Nordic Consortium", "NORDCO", "", "Consortium", "SE"),
    ("Isvand Library", "ISVAND", "NORDCO", "Consortium Organization", "DK"),
    ("Ornsmark Archive", "ORNSMK", "NORDCO", "Consortium Organization", "SE"),
    ("Lone Academy", "LONEAC", "", "Direct Member", "DE"),
    ("Friends of Data", "FRIEND", "", "Member Only", "DE"),
)


def organisations() -> bytes:
    rows = "".join(
        f"{name},{symbol},{parent},true,https://www.{symbol.lower()}.example.org,EMEA,general,"
        f"academicInstitution,{kind},office@{symbol.lower()}.example.org,Street 1,10000,City,"
        f"{country},{DATE},\n"
        for name, symbol, parent, kind, country in MEMBERS
    )
    return (ORGANISATIONS + rows).encode()


def contacts() -> bytes:
    """Every member has a voter and a biller but LONEAC, which has no billing contact."""
    rows = [
        "uid,fabricaAccountId,fabricaId,email,firstName,lastName,type,createdAt,deletedAt,isActive"
    ]
    for number, (_name, symbol, parent, _kind, _country) in enumerate(MEMBERS):
        duties = "service" if parent else "voting;service"
        billing = "" if parent or symbol == "LONEAC" else "billing;secondaryBilling"
        domain = f"{symbol.lower()}.example.org"
        rows.append(
            f"u{number}a,{symbol},,vera.{number}@{domain},Vera,Member{number},{duties},{DATE},,true"
        )
        if billing:
            rows.append(
                f"u{number}b,{symbol},,bill.{number}@{domain},Bill,Payer{number},billing,{DATE},,true"
            )
            rows.append(
                f"u{number}c,{symbol},,deputy.{number}@{domain},Dana,Deputy{number},secondaryBilling,{DATE},,true"
            )
    # A row without an address: refused, the rest goes on.
    rows.append(f"u99,QUARRY,,,No,Address,technical,{DATE},,true")
    return ("\n".join(rows) + "\n").encode()


def usage(year: int) -> bytes:
    lines = [f"{symbol},{year},{count}" for (_n, symbol, _p, kind, _c), count in
             zip(MEMBERS, (1000, 200_000, 0, 20, 2500, 50, 0), strict=True)
             if kind not in ("Consortium", "Member Only")]  # fmt: skip
    return ("symbol,year,count\n" + "\n".join(lines) + "\n").encode()


def real(folder: Path, name: str) -> bytes:
    return (folder / "incumbent_csv" / f"fabrica_{name}_export.csv").read_bytes()


def usage_of_repositories(content: bytes, year: int) -> bytes:
    """The registry's count per repository of the year before, as a usage file."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8")))
    lines = [f"{row['Repository ID']},{year},{row['doisPreviousYear']}" for row in rows]
    return ("repository,year,count\n" + "\n".join(lines) + "\n").encode()
