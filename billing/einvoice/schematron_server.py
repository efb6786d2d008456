"""Runs the compiled schematron in a process of its own: `python -m
billing.einvoice.schematron_server`.

SaxonC aborts a threaded or forked host, and keeps some 150 MB; here it has one thread and nothing
else.
Frames on stdin and stdout: four bytes of length (big endian), then the XML or the JSON answer.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import BinaryIO

from lxml import etree

SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None at the end of the stream."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


def failed_asserts(report: bytes) -> list[dict[str, str]]:
    """The failed rules of a schematron report: id, flag and text."""
    root = etree.fromstring(report)
    found = []
    for node in root.iterfind(".//svrl:failed-assert", SVRL):
        text = " ".join("".join(node.find("svrl:text", SVRL).itertext()).split())
        found.append(
            {"id": node.get("id") or "", "flag": node.get("flag") or "fatal", "text": text}
        )
    return found


def main(stylesheet: str) -> None:
    from saxonche import PySaxonProcessor

    with PySaxonProcessor(license=False) as processor:
        executable = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=stylesheet)
        stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
        while (frame := read_frame(stdin)) is not None:
            try:
                document = processor.parse_xml(xml_text=frame.decode("utf-8"))
                report = executable.transform_to_string(xdm_node=document)
                answer: dict[str, object] = {"failed": failed_asserts(report.encode("utf-8"))}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            write_frame(stdout, json.dumps(answer).encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1])
