"""A candidate's picture: cut square, brought to one size, rid of everything but the pixels."""

from __future__ import annotations

import io

from backoffice.core.errors import BadInput

SIDE = 480
LARGEST = 5 * 1024 * 1024
MOST_PIXELS = 50_000_000


def passport_photo(content: bytes) -> bytes:
    """The picture as a JPEG of 480 × 480 pixels without place, camera or any other metadata.

    Raises: BadInput for anything but a JPEG, PNG or WebP of at most 5 MB and 50 megapixels.
    """
    from PIL import Image, ImageOps

    if len(content) > LARGEST:
        raise BadInput("The picture has more than 5 MB.", code="photo_large", where="photo")
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            # Size stands in the header: a bomb is refused before it is unpacked.
            if picture.width * picture.height > MOST_PIXELS:
                raise BadInput("The picture is too large.", code="photo_large", where="photo")
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            "The file is no picture that can be read (JPEG, PNG or WebP).",
            code="photo_unreadable",
            where="photo",
        ) from error
    ground = Image.new("RGBA", upright.size, "white")
    ground.alpha_composite(upright)
    square = ImageOps.fit(ground.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    square.save(out, "JPEG", quality=85)
    return out.getvalue()
