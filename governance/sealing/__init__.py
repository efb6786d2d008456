"""Sealed elections without Django: definitions, ballots, boxes, keys, receipts, roll and board.

Used by the server, by the tellers' offline tool and by tests. Third-party: PyNaCl and
shamir-mnemonic only.
"""
