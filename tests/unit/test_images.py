from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as pillow, ImageDraw

from newsletter.rendering import images


def open_image(data: bytes) -> pillow.Image:
    return pillow.open(io.BytesIO(data))


def draw_picture(mode: str, size: tuple[int, int]) -> pillow.Image:
    picture = pillow.new(mode, size)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1]), fill="teal" if mode != "CMYK" else (9, 90, 9, 9))
    return picture


def test_a_wide_picture_is_shrunk_and_keeps_its_proportions(tmp_path: Path) -> None:
    draw_picture("RGB", (4000, 2000)).save(tmp_path / "a.jpg")
    image = images.prepare(tmp_path / "a.jpg", 1104)
    assert (image.width, image.height, image.extension) == (1104, 552, "jpg")
    assert open_image(image.data).size == (1104, 552)


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    draw_picture("RGB", (300, 200)).save(tmp_path / "a.png")
    assert images.prepare(tmp_path / "a.png", 1104).width == 300


def test_metadata_is_removed_and_the_picture_is_rotated_upright(tmp_path: Path) -> None:
    exif = pillow.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Jeanne"
    draw_picture("RGB", (400, 200)).save(tmp_path / "a.jpg", exif=exif, comment=b"at home")
    image = images.prepare(tmp_path / "a.jpg", 1104)
    assert (image.width, image.height) == (200, 400)
    assert b"Jeanne" not in image.data
    assert b"at home" not in image.data
    assert not open_image(image.data).getexif()


@pytest.mark.parametrize(
    ("mode", "name", "extension"),
    [
        ("RGB", "a.png", "png"),
        ("RGBA", "a.png", "png"),
        ("P", "a.png", "png"),
        ("LA", "a.png", "png"),
        ("CMYK", "a.jpg", "jpg"),
        ("L", "a.jpg", "jpg"),
        ("RGB", "a.webp", "jpg"),
        ("RGBA", "a.webp", "png"),
        ("RGB", "a.tiff", "jpg"),
        ("RGB", "a.bmp", "jpg"),
        ("I;16", "a.png", "png"),
        ("1", "a.png", "png"),
    ],
)
def test_every_picture_format_is_converted_to_one_that_mail_programs_show(
    tmp_path: Path, mode: str, name: str, extension: str
) -> None:
    pillow.new(mode, (40, 30)).save(tmp_path / name)
    image = images.prepare(tmp_path / name, 1104)
    assert image.extension == extension
    assert open_image(image.data).mode in {"RGB", "RGBA"}


def test_an_animated_gif_stays_a_gif(tmp_path: Path) -> None:
    frames = [pillow.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], comment=b"at home")
    image = images.prepare(tmp_path / "a.gif", 1104)
    assert image.extension == "gif"
    assert b"at home" not in image.data


def test_equal_pictures_have_equal_names(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        draw_picture("RGB", (900, 300)).save(tmp_path / name)
    assert images.prepare(tmp_path / "a.jpg", 1104).name == images.prepare(tmp_path / "b.jpg", 1104).name


def test_an_edited_picture_is_prepared_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    pillow.new("RGB", (40, 30), "red").save(path)
    before = images.prepare(path, 1104)
    pillow.new("RGB", (41, 30), "blue").save(path)
    assert images.prepare(path, 1104).sha256 != before.sha256


def bomb(path: Path) -> None:
    pillow.new("1", (20_000, 20_000)).save(path)


def text(path: Path) -> None:
    path.write_bytes(b"not a picture")


def cut(path: Path) -> None:
    draw_picture("RGB", (900, 900)).save(path, "PNG")
    path.write_bytes(path.read_bytes()[:500])


def heavy(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50_000_000)


@pytest.mark.parametrize(("make", "code"), [(bomb, "I10"), (text, "I09"), (cut, "I09"), (heavy, "I11")])
def test_an_unusable_picture_is_refused_with_a_finding_code(
    tmp_path: Path, make: Callable[[Path], None], code: str
) -> None:
    make(tmp_path / "a.png")
    with pytest.raises(images.UnusableImageError) as raised:
        images.prepare(tmp_path / "a.png", 1104)
    assert raised.value.code == code


def test_a_picture_twenty_thousand_pixels_wide_is_shrunk(tmp_path: Path) -> None:
    pillow.new("L", (20_000, 400)).save(tmp_path / "a.jpg")
    assert images.prepare(tmp_path / "a.jpg", 1104).width == 1104
