"""Which records are worth comparing: those that share a key, or stand side by side when sorted. Pure.

34,000 organisations make 590 million pairs; keys leave some hundred thousand. Keys are kept as hashes,
so the index of 100,000 records takes tens of megabytes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from contacts.duplicates.scoring import ContactFacts, OrganisationFacts, plain_address

# A key that more records share than this tells nothing apart.
LARGEST_BLOCK = 40
NEIGHBOURS = 3


def organisation_keys(facts: OrganisationFacts, frequency: Counter[str]) -> set[int]:
    """Exact names, the two rarest words of each name, web host, group address, acronyms, place."""
    keys = set()
    for name in facts.names:
        keys.add(hash(("n", name)))
        if len(name) > 1:
            rare = sorted(name, key=lambda word: (frequency[word], word))[:2]
            keys.add(hash(("r", *sorted(rare))))
    for short in facts.shorts:
        keys.add(hash(("s", short, facts.country)))
    if facts.host:
        keys.add(hash(("h", facts.host)))
    if facts.group_email:
        keys.add(hash(("e", facts.group_email)))
    if facts.place:
        keys.add(hash(("p", facts.place)))
    return keys


def contact_keys(facts: ContactFacts) -> set[int]:
    """Addresses without sub-address, whole name either way, family name within an organisation."""
    keys = {hash(("a", plain_address(address))) for address in facts.addresses}
    if facts.family:
        keys.add(hash(("n", *sorted((facts.given, facts.family)))))
        keys |= {hash(("o", facts.family, org)) for org in facts.organisations}
        for address in facts.addresses:
            keys.add(hash(("d", facts.family, address.partition("@")[2])))
    if facts.uid:
        keys.add(hash(("u", facts.uid)))
    if facts.phone:
        keys.add(hash(("t", facts.phone)))
    return keys


def word_frequency(records: Iterable[OrganisationFacts]) -> Counter[str]:
    """In how many names each word stands."""
    return Counter(word for facts in records for name in facts.names for word in name)


def candidates(
    keys: Sequence[set[int]], sorted_texts: Iterable[tuple[str, int]] = ()
) -> Iterator[tuple[int, int]]:
    """Pairs of positions, left before right, each once. ``keys``: the keys of each position;
    ``sorted_texts``: (text, position) of which neighbours in the order are pairs as well."""
    blocks: dict[int, list[int]] = defaultdict(list)
    for position, own in enumerate(keys):
        for key in own:
            blocks[key].append(position)
    near: dict[int, set[int]] = defaultdict(set)
    texts = list(sorted_texts)
    for turned in (False, True):
        order = sorted((text[::-1] if turned else text, position) for text, position in texts)
        for index, (_text, position) in enumerate(order):
            for _other, neighbour in order[index + 1 : index + 1 + NEIGHBOURS]:
                if neighbour != position:
                    near[min(position, neighbour)].add(max(position, neighbour))
    for position, own in enumerate(keys):
        found = near.pop(position, set())
        for key in own:
            block = blocks[key]
            if len(block) <= LARGEST_BLOCK:
                found.update(other for other in block if other > position)
        for other in sorted(found):
            yield position, other
