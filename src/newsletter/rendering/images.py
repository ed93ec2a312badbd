"""Preparation of an issue's pictures for mail.

A prepared picture is upright, at most twice as wide as it is shown, in sRGB, a JPEG, PNG or GIF, without metadata, and
named by its content. The same file always gives the same bytes, so an edition's digest does not depend on the day.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.model.edition import Image

if TYPE_CHECKING:
    from PIL import Image as PillowImage

MAX_BYTES = 30_000_000
MAX_PIXELS = 60_000_000
JPEG_QUALITY = 82
_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif"}


class UnusableImageError(Exception):
    """An exception for a picture that cannot be prepared, with the code and the facts of the finding."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)


def prepare(path: Path, max_width: int) -> Image:
    """Prepare the picture at `path`, at most `max_width` pixels wide. Raise Unusable, with the reason, on failure."""
    try:
        stat = path.stat()
    except OSError as error:
        raise UnusableImageError("I09", name=path.name) from error
    if stat.st_size > MAX_BYTES:
        raise UnusableImageError("I11", name=path.name, size=stat.st_size // 1_000_000, maximum=MAX_BYTES // 1_000_000)
    return _prepare_cached(path, stat.st_mtime_ns, stat.st_size, max_width)


@lru_cache(maxsize=64)
def _prepare_cached(path: Path, _mtime: int, _size: int, max_width: int) -> Image:
    """Prepare a picture. Modification time and size are part of the cache key: an edited picture is prepared again."""
    from PIL import Image as pillow  # noqa: N813 - 60 ms, and only issues with pictures need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which is dropped anyway
            with pillow.open(path) as picture:
                return _encode(_shrink(picture, path, max_width), picture)
    except pillow.DecompressionBombError as error:
        raise UnusableImageError("I10", name=path.name, maximum=MAX_PIXELS // 1_000_000) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnusableImageError("I09", name=path.name) from error


def _shrink(picture: PillowImage.Image, path: Path, max_width: int) -> PillowImage.Image:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise UnusableImageError("I10", name=path.name, maximum=MAX_PIXELS // 1_000_000)
    if getattr(picture, "is_animated", False):
        return picture
    from PIL import Image as pillow, ImageOps  # noqa: N813 - 60 ms, and only issues with pictures need it

    picture.draft("RGB", (max_width, max_width * height // width))
    upright = ImageOps.exif_transpose(picture)
    small = _to_srgb(upright)
    if small.width > max_width:
        height = max(1, round(small.height * max_width / small.width))
        small = small.resize((max_width, height), pillow.Resampling.LANCZOS)
    return small


def _to_srgb(picture: PillowImage.Image) -> PillowImage.Image:
    """Convert the colours of a picture to sRGB, from the profile of the camera if there is a valid one."""
    from PIL import ImageCms

    mode = "RGBA" if picture.has_transparency_data else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "RGBA", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, source, target, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert(mode)


def _encode(small: PillowImage.Image, original: PillowImage.Image) -> Image:
    out = io.BytesIO()
    small.info.pop("comment", None)  # Pillow would write it again
    if getattr(original, "is_animated", False):
        kind = "GIF"
        original.save(out, kind, save_all=True)
    elif original.format in {"JPEG", "MPO"} or (small.mode == "RGB" and original.format not in {"PNG", "GIF"}):
        kind = "JPEG"
        small.save(out, kind, quality=JPEG_QUALITY, optimize=True, progressive=True, icc_profile=None, exif=b"")
    else:
        kind = "PNG"
        small.save(out, kind, optimize=True, icc_profile=None)
    data = out.getvalue()
    return Image(
        sha256=hashlib.sha256(data).hexdigest(),
        extension=_EXTENSIONS[kind],
        width=small.width,
        height=small.height,
        data=data,
    )
