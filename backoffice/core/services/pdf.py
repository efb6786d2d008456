"""HTML to PDF with WeasyPrint, in worker processes only: never threads, never the web process.

Fonts and style sheets are set up once per process; that halves the time of a page.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from backoffice.core.errors import NotConfigured


@dataclass(frozen=True)
class PrintJob:
    """One document: html text, style sheet files, PDF variant, and the fixed id of the file."""

    html: str
    stylesheets: tuple[str, ...] = ()
    variant: str = "pdf/a-3b"
    identifier: bytes = b""
    base_url: str = ""
    # A function ``module:name`` applied to the PDF bytes in the same process (e.g. attach XML).
    finish: str = ""
    finish_arguments: dict = field(default_factory=dict)


@cache
def _fonts():
    from weasyprint.text.fonts import FontConfiguration

    gc.set_threshold(50_000, 50, 50)
    return FontConfiguration()


@cache
def _stylesheet(path: str):
    from weasyprint import CSS

    return CSS(string=Path(path).read_text(encoding="utf-8"), font_config=_fonts())


def _local_only(url: str, *args, **kwargs):
    from weasyprint import default_url_fetcher

    if not url.startswith(("data:", "file:")):
        raise ValueError("a document loads nothing from outside")
    return default_url_fetcher(url, *args, **kwargs)


def render(job: PrintJob) -> bytes:
    """The PDF of one job, in this process; same input, same bytes.

    Raises: NotConfigured when Pango is missing.
    """
    try:
        from weasyprint import HTML
    except OSError as error:
        raise NotConfigured(
            "PDFs need Pango: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from error
    document = HTML(string=job.html, base_url=job.base_url or None, url_fetcher=_local_only)
    content = document.write_pdf(
        stylesheets=[_stylesheet(path) for path in job.stylesheets],
        font_config=_fonts(),
        pdf_variant=job.variant or None,
        pdf_identifier=job.identifier or None,
    )
    if job.finish:
        content = _named(job.finish)(content, **job.finish_arguments)
    return content


def _named(path: str) -> Callable[..., bytes]:
    from importlib import import_module

    module, name = path.split(":")
    return getattr(import_module(module), name)


def render_many(jobs: Iterable[PrintJob], *, processes: int = 2) -> Iterator[bytes]:
    """PDFs in the order of ``jobs`` from ``processes`` spawned processes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=processes, mp_context=context) as pool:
        yield from pool.map(render, jobs, chunksize=4)


def render_apart(job: PrintJob) -> bytes:
    """One PDF from a separate process, for callers that must not load WeasyPrint themselves."""
    return next(render_many([job], processes=1))
