"""Draws a moment of a run: the camera's picture, and below it goal, tokens and action."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from specedge.edge.token_line import Span
from specedge.stack import words
from specedge.stack.scene import Scene

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

PAPER, INK, FAINT, BAD, BAR = "#15181b", "#e8ebee", "#98a2ac", "#ff7b6b", "#343b41"
COLOURS = {
    "draft": "#f0ac3a",
    "exit": "#b98cf0",
    "self": "#ee86bd",
    "history": "#44c4b0",
    "forced": "#98a2ac",
    "target": "#6aa6f7",
}
"""As the report has them on a dark screen."""

PANEL = 0.235
"""Height of the panel as a share of the video's width."""


class Overlay:
    """Draws moments at one size.

    Args:
        width, height: Of the camera's pictures in the video, pixels; even numbers.
    """

    def __init__(self, width: int, height: int) -> None:
        import matplotlib
        from PIL import ImageFont

        self.size = (width, height + 2 * round(PANEL * width / 2))
        self._picture = (width, height)
        self._unit = width / 40
        folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"

        def font(name: str, share: float) -> Any:
            return ImageFont.truetype(str(folder / name), max(8, round(share * self._unit)))

        self._small = font("DejaVuSans.ttf", 0.72)
        self._normal = font("DejaVuSans.ttf", 0.88)
        self._bold = font("DejaVuSans-Bold.ttf", 0.88)
        self._code = font("DejaVuSansMono.ttf", 1.0)
        self._struck = font("DejaVuSansMono.ttf", 0.68)

    def draw(
        self, picture: NDArray[np.uint8] | None, scene: Scene, tokens: Iterable[Span], at: float
    ) -> NDArray[np.uint8]:
        """Returns the drawing.

        Args:
            picture: Any size, RGB; None before the first one.
            scene: What is true now.
            tokens: Of the newest turn.
            at: Seconds since the bag began.

        Returns:
            RGB pixels, `size` wide and high.
        """
        from PIL import Image, ImageDraw

        canvas = Image.new("RGB", self.size, PAPER)
        if picture is not None:
            canvas.paste(Image.fromarray(picture).resize(self._picture, Image.Resampling.BILINEAR))
        pen = ImageDraw.Draw(canvas)
        unit, top = self._unit, self._picture[1]
        right = self.size[0] - unit
        pen.text((unit, top + 0.6 * unit), scene.goal or "no goal yet", INK, self._bold)
        pen.text((right, top + 0.6 * unit), self._figures(scene, at), FAINT, self._small, "ra")
        self._draw_tokens(pen, tokens, top + 2.2 * unit)
        self._draw_action(pen, scene, top + 6.6 * unit)
        return np.asarray(canvas)

    def _figures(self, scene: Scene, at: float) -> str:
        told = [f"{scene.mode or 'no mode'}", f"{at:.1f} s"]
        if scene.turns:
            last = scene.turns[-1]
            told.insert(1, f"turn {last.turn}: {words.seconds(last.latency)}")
        return "   ".join(told)

    def _draw_tokens(self, pen: ImageDraw, tokens: Iterable[Span], top: float) -> None:
        """Draws at most two lines; what does not fit is left out."""
        unit = self._unit
        left = unit
        for span in tokens:
            rejected, drafted = span.state == "rejected", span.state == "drafted"
            font = self._struck if rejected else self._code
            text = span.text.replace("\n", " ")
            length = pen.textlength(text, font)
            if left + length > self.size[0] - unit:
                left, top = unit, top + 1.75 * unit
                text = text.lstrip()
                length = pen.textlength(text, font)
                if top > self._picture[1] + 5.0 * unit:
                    return
            colour = BAD if rejected else COLOURS.get(span.source, INK)
            raised = 0.1 * unit if rejected else 0.0
            pen.text((left, top + raised), text, FAINT if drafted else colour, font)
            height = top + (0.55 if rejected else 1.32) * unit
            if rejected or not drafted:
                pen.line((left, height, left + length, height), colour, max(1, round(unit / 12)))
            left += length

    def _draw_action(self, pen: ImageDraw, scene: Scene, top: float) -> None:
        unit = self._unit
        doing = scene.action or scene.robot
        pen.text((unit, top), doing, INK if scene.action else FAINT, self._normal)
        length = pen.textlength(doing, self._normal)
        if scene.action:
            left = 2 * unit + length
            box = (left, top + 0.25 * unit, left + 8 * unit, top + 0.9 * unit)
            pen.rectangle(box, BAR)
            done = min(max(scene.progress, 0.0), 1.0)
            pen.rectangle((*box[:2], left + 8 * unit * done, box[3]), COLOURS["history"])
        state = scene.state + (f": {scene.detail}" if scene.detail else "")
        note = "; ".join(scene.limits) or state
        colour = COLOURS["draft"] if scene.limits else FAINT
        pen.text((unit, top + 1.45 * unit), note, colour, self._small)
