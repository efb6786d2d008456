"""Rules about duties that need no database: who sits inside, how many addresses are different."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backoffice.core.addresses import domain_of


def sits_inside(addresses: Iterable[str], *, website: str, group_email: str = "") -> bool:
    """Whether one of the addresses shares a domain with the web site or the group address.

    With neither known nothing can be said, and the rule does not refuse.
    """
    own = {domain_of(group_email)} if group_email else set()
    site = website.split("//")[-1].split("/")[0].lower().removeprefix("www.")
    if site:
        own.add(site)
    if not own:
        return True
    return any(
        mine == theirs or mine.endswith("." + theirs) or theirs.endswith("." + mine)
        for mine in map(domain_of, addresses)
        for theirs in own
    )


def distinct_missing(holders: Mapping[str, str], *, roles: Iterable[str], needed: int) -> int:
    """How many different addresses are missing for good over ``roles``.

    ``holders``: role code → address (or any key of its holder) of the roles that are filled. A role
    that is still open may bring one more, so half-filled sets are not refused. 0: all is well.
    """
    wanted = list(roles)
    filled = {holders[code] for code in wanted if code in holders}
    still_open = sum(1 for code in wanted if code not in holders)
    return max(0, needed - len(filled) - still_open)
