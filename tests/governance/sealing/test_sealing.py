"""Canonical documents, ballots, keys, boxes, roll and board."""

from __future__ import annotations

import itertools
import json
import secrets
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.sealing.ballot import build_ballot, decode, encode, pad, unpad
from governance.sealing.board import board_start, head_of, next_head
from governance.sealing.box import open_box, read_ballots, read_box, write_box
from governance.sealing.canonical import canonical_bytes, document_id, sha256_hex
from governance.sealing.definition import ballot_bytes, check_definition
from governance.sealing.errors import SealingError, WrongShare
from governance.sealing.keys import (
    SEAL_OVERHEAD,
    Opener,
    join_key,
    new_key,
    receipt_signer,
    receipt_text,
    seal,
    split_key,
    verify_receipt,
)
from governance.sealing.roll import leaf_hash, path_leads_to, roll_paths, roll_root
from governance.sealing.tally import build_report

from .elections import BOARD, MOTION, definition, sealed


def test_the_canonical_form_is_fixed() -> None:
    assert canonical_bytes({"b": [1, True, None], "a": "é", "c": None}) == (
        '{"a":"é","b":[1,true,null]}'.encode()
    )
    assert canonical_bytes("e\u0301") == canonical_bytes("\u00e9")
    assert document_id({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    for odd in (1.5, {1: 2}, b"x"):
        with pytest.raises(SealingError):
            canonical_bytes(odd)


def test_a_definition_is_checked() -> None:
    check_definition(definition())
    broken: list[dict[str, Any]] = [
        {"contests": []},
        {"format": "other/1"},
        {"boxes": []},
        {"ballot_bytes": 64},
        {"contests": [BOARD, BOARD]},
        {"contests": [BOARD | {"rule": "borda"}]},
        {"contests": [BOARD | {"seats": 0}]},
        {"contests": [MOTION | {"classes": ["non-profit"]}]},
        {"contests": [BOARD | {"options": [{"id": "A b", "name": "x"}]}]},
    ]
    for change in broken:
        with pytest.raises(SealingError):
            check_definition(definition() | change)
    with pytest.raises(SealingError, match="lacks title"):
        check_definition({k: v for k, v in definition().items() if k != "title"})


def test_every_ballot_of_an_election_has_one_length() -> None:
    document = definition()
    election = document_id(document)
    papers: list[dict[str, list[str]]] = [
        {"board": [], "statutes": []},
        {"board": ["birch", "cedar"], "statutes": ["abstain"]},
    ]
    _, public = new_key()
    lengths = set()
    for choices in papers:
        ballot = build_ballot(election, "all", choices, secrets.token_hex(16) + "-abcdefg")
        lengths.add(len(seal(encode(ballot, document["ballot_bytes"]), public)))
    assert lengths == {document["ballot_bytes"] + SEAL_OVERHEAD}
    many = BOARD | {
        "rule": "scottish-stv",
        "options": [{"id": f"candidate-{n}", "name": f"C{n}"} for n in range(40)],
    }
    assert ballot_bytes(definition(many)) > document["ballot_bytes"]


@given(st.binary(max_size=200))
def test_padding_comes_off_again(content: bytes) -> None:
    assert unpad(pad(content, 256)) == content


def test_padding_refuses_what_does_not_fit() -> None:
    with pytest.raises(SealingError, match="does not fit"):
        pad(bytes(256), 256)
    with pytest.raises(SealingError, match="padding"):
        unpad(bytes(256))


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"election": "0" * 64}, "another election"),
        ({"box": "other"}, "another box"),
        ({"code": "short"}, "wrong code"),
        ({"v": 2}, "another election"),
        ({"extra": 1}, "wrong shape"),
        ({"choices": {"board": []}}, "contests"),
        ({"choices": {"board": ["oak"], "statutes": []}}, "not on the ballot"),
        ({"choices": {"board": ["ash", "ash"], "statutes": []}}, "twice"),
        ({"choices": {"board": ["ash", "birch", "cedar"], "statutes": []}}, "more marks"),
        ({"choices": {"board": "ash", "statutes": []}}, "wrong shape"),
    ],
)
def test_a_ballot_that_does_not_fit_is_set_aside_with_a_reason(change, reason: str) -> None:
    document = definition()
    election = document_id(document)
    good = build_ballot(election, "all", {"board": ["ash"], "statutes": []}, "0" * 32)
    assert decode(encode(good, 256), document, election, "all") == good
    with pytest.raises(SealingError, match=reason):
        decode(encode(good | change, 256), document, election, "all")
    with pytest.raises(SealingError, match="wrong length"):
        decode(encode(good, 320), document, election, "all")


def test_any_two_of_three_shares_open_and_one_may_be_lost() -> None:
    secret, public = new_key()
    shares = split_key(secret, 2, 3)
    assert [len(share.split()) for share in shares] == [33, 33, 33]
    for pair in itertools.combinations(shares, 2):
        assert join_key(list(pair), public) == secret
    assert join_key([f"  {shares[2]}\n", shares[0]], public) == secret


def test_wrong_missing_or_repeated_shares_are_refused() -> None:
    secret, public = new_key()
    shares, foreign = split_key(secret, 2, 3), split_key(new_key()[0], 2, 3)
    damaged = shares[0].split()
    damaged[10] = "academic" if damaged[10] != "academic" else "acid"
    attempts = [
        [shares[0]],
        [shares[0], shares[0]],
        [shares[0], foreign[1]],
        foreign[:2],
        [" ".join(damaged), shares[1]],
        ["these are not words", shares[1]],
        [],
    ]
    for words in attempts:
        with pytest.raises(WrongShare):
            join_key(list(words), public)


@pytest.mark.parametrize("threshold, shares", [(3, 3), (1, 3), (0, 2), (4, 3), (2, 17), (2, 2)])
def test_n_of_n_and_one_of_n_are_refused(threshold: int, shares: int) -> None:
    with pytest.raises(SealingError, match="threshold"):
        split_key(new_key()[0], threshold, shares)


def test_a_box_opens_to_sorted_ballots_and_sets_aside_the_rest() -> None:
    document, (secret, public) = definition(), new_key()
    papers = [{"board": [n], "statutes": ["yes"]} for n in ("birch", "ash", "cedar", "ash")]
    stranger = seal(pad(b"hello", document["ballot_bytes"]), public)
    foreign = sealed(document, new_key()[1], papers[0])
    envelopes = [sealed(document, public, paper) for paper in papers] + [stranger, foreign]
    opened = open_box(write_box(document_id(document), "all", envelopes), document, secret)
    assert [paper["board"] for paper in opened.choices] == [["ash"], ["ash"], ["birch"], ["cedar"]]
    assert opened.set_aside == {
        "not readable": [sha256_hex(stranger)],
        "not sealed to the key of this election, or damaged": [sha256_hex(foreign)],
    }
    assert [code for code, _ in opened.codes] == sorted(code for code, _ in opened.codes)
    again = read_ballots(opened.ballots_file(), document)
    assert again.choices == opened.choices


def test_a_tampered_box_is_refused() -> None:
    document, (_, public) = definition(), new_key()
    envelopes = [sealed(document, public, {"board": [], "statutes": []}) for _ in range(3)]
    content = write_box(document_id(document), "all", envelopes)
    assert read_box(content, document_id(document))[0] == "all"
    box = json.loads(content)
    unsorted = box | {"envelopes": box["envelopes"][::-1]}
    repeated = box | {"envelopes": [box["envelopes"][0], *box["envelopes"]]}
    elsewhere = box | {"election": "0" * 64}
    for wrong in (unsorted, repeated, elsewhere, {"format": "x"}, []):
        with pytest.raises(SealingError):
            read_box(canonical_bytes(wrong), document_id(document))
    with pytest.raises(SealingError):
        read_box(content[:-5], document_id(document))


def test_a_changed_ciphertext_is_noticed() -> None:
    secret, public = new_key()
    sealed_text = bytearray(seal(b"content", public))
    sealed_text[-1] ^= 1
    with pytest.raises(SealingError):
        Opener(secret).open(bytes(sealed_text))


def test_receipts_are_signed_and_hold_no_content() -> None:
    signer = receipt_signer("server key", "17")
    key = bytes(signer.verify_key).hex()
    signature = signer.sign(receipt_text("ab" * 32, "cd" * 32)).signature.hex()
    assert verify_receipt(key, "ab" * 32, "cd" * 32, signature)
    assert not verify_receipt(key, "ab" * 31 + "ff", "cd" * 32, signature)
    assert not verify_receipt(key, "ab" * 32, "cd" * 32, "00")
    assert bytes(receipt_signer("server key", "18").verify_key).hex() != key


def test_the_board_only_grows() -> None:
    hashes = [sha256_hex(bytes([n])) for n in range(4)]
    head = board_start("e")
    for one in hashes:
        head = next_head(head, one)
    assert head == head_of("e", hashes)
    assert head != head_of("e", hashes[::-1])
    assert head != head_of("e", hashes[:-1])


@settings(max_examples=30)
@given(st.integers(1, 40))
def test_every_roll_entry_leads_to_the_root_and_no_stranger_does(size: int) -> None:
    leaves = [leaf_hash({"member": n}, f"{n:032x}") for n in range(size)]
    root, paths = roll_root(leaves), roll_paths(leaves)
    assert root == roll_root(leaves[::-1])
    assert all(path_leads_to(leaf, paths[leaf], root) for leaf in leaves)
    stranger = leaf_hash({"member": size}, f"{size:032x}")
    assert not any(path_leads_to(stranger, path, root) for path in paths.values())
    if size > 1:
        assert roll_root(leaves[1:]) != root


def test_a_double_majority_needs_the_class_too() -> None:
    motion = MOTION | {"classes": ["non-profit"]}
    document = definition(motion, boxes=("non-profit", "other"))
    yes, no = {"statutes": ["yes"]}, {"statutes": ["no"]}
    report = build_report(document, {"non-profit": [yes] * 5 + [no] * 5, "other": [yes] * 30})
    (contest,) = report["contests"]
    assert contest["count"]["passed"] is True
    assert contest["classes"]["non-profit"]["passed"] is False
    assert contest["passed"] is False
