"""Camera frames as models see them: each family's own image processor, within a token budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from PIL import Image
from torch import Tensor

from specedge.models.frames import MOST_PIXELS, FrameError

MOST_IMAGE_TOKENS = 320
"""Visual tokens that a frame may become; a picture of 640 x 360 is 299 to Qwen2-VL.

A frame is read anew each turn, so its tokens are most of what a turn costs; and what a robot walks
to is seen well at this size.
"""


class ImageReader(Protocol):
    """Puts one picture into one prompt.

    Attributes:
        place: What stands for the picture in a text that the chat template has made.
    """

    place: str

    def read(self, image: Image.Image, text: str) -> tuple[Tensor, dict[str, Tensor]]:
        """Returns [L] ids of the prompt and the image processor's tensors.

        Args:
            image: RGB.
            text: A prompt with one `place`.
        """
        ...


class GridImages:
    """Images of the Qwen-VL family: as many places as the grid has cells after merging.

    Tokenizer and image processor are used alone, because the family's combined processor insists
    on torchvision for videos.
    """

    def __init__(self, model: str | Path, config: Any, tokenizer: Any) -> None:
        from transformers import AutoImageProcessor

        self.place: str = tokenizer.convert_ids_to_tokens(config.image_token_id)
        self._tokenizer = tokenizer
        self._merged = config.vision_config.spatial_merge_size**2
        self._processor = AutoImageProcessor.from_pretrained(model)
        pixels = self._merged * config.vision_config.patch_size**2
        _bound(self._processor, pixels * MOST_IMAGE_TOKENS)

    def read(self, image: Image.Image, text: str) -> tuple[Tensor, dict[str, Tensor]]:
        """As in `ImageReader`."""
        inputs = self._processor(images=[image], return_tensors="pt")
        places = int(inputs["image_grid_thw"].prod()) // self._merged
        text = text.replace(self.place, self.place * places)
        ids = self._tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"][0]
        return ids, dict(inputs)


class ProcessedImages:
    """Images of any other family, by its own processor.

    A model that cuts large pictures into tiles is given the whole frame as its only tile.
    LLaVA-NeXT and its kin see it twice: they put a view of the whole before the tiles, be there
    only one.
    """

    def __init__(self, model: str | Path, config: Any, tokenizer: Any) -> None:
        self._processor = _processor(model, config, tokenizer)
        self._tokenizer = tokenizer
        images = getattr(self._processor, "image_processor", None)
        if images is None:
            raise ValueError("it has no image processor")
        self.place = getattr(self._processor, "image_token", None) or (
            tokenizer.convert_ids_to_tokens(config.image_token_id)
        )
        for tiling in ("do_image_splitting", "crop_to_patches"):
            if getattr(images, tiling, None):
                setattr(images, tiling, False)
        if getattr(images, "image_grid_pinpoints", None):
            # The sizes that a grid of tiles may have. The processor counts the places by them and
            # the network, whose configuration this is, the features: both must know the same.
            side = config.vision_config.image_size
            images.image_grid_pinpoints = config.image_grid_pinpoints = [[side, side]]
        self._crop = images.crop_size if getattr(images, "do_center_crop", None) else None
        self._edge = tuple(
            round(255 * part) for part in getattr(images, "image_mean", None) or (0.5,) * 3
        )

    def read(self, image: Image.Image, text: str) -> tuple[Tensor, dict[str, Tensor]]:
        """As in `ImageReader`."""
        # As apply_chat_template does: a template that writes the first token itself has done it.
        begun = self._tokenizer.bos_token and text.startswith(self._tokenizer.bos_token)
        inputs = self._processor(
            images=[self._uncropped(image)],
            text=[text],
            return_tensors="pt",
            add_special_tokens=not begun,
        )
        known = ("input_ids", "attention_mask", "mm_token_type_ids")
        vision = {
            name: value
            for name, value in inputs.items()
            if name not in known and isinstance(value, Tensor)
        }
        return inputs["input_ids"][0], vision

    def _uncropped(self, image: Image.Image) -> Image.Image:
        """Pads a frame to the shape of the crop, so that what stands at its sides is not cut off.

        LLaVA 1.5 was trained on pictures padded like this, in the processor's mean colour.

        Raises:
            FrameError: it is so long that this would take too much memory.
        """
        if self._crop is None:
            return image
        aspect = self._crop["width"] / self._crop["height"]
        width = max(image.width, round(image.height * aspect))
        height = max(image.height, round(image.width / aspect))
        if (width, height) == image.size:
            return image
        if width * height > MOST_PIXELS:
            raise FrameError(
                f"the frame has {image.width} x {image.height} pixels, padded to the model's shape "
                f"{width} x {height}; {MOST_PIXELS} are allowed"
            )
        padded = Image.new("RGB", (width, height), self._edge)
        padded.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
        return padded


def image_reader(model: str | Path, config: Any, tokenizer: Any) -> ImageReader:
    """Returns what reads pictures for a model.

    Args:
        model: Folder or Hugging Face name.
        config: Its configuration.
        tokenizer: Its tokenizer.

    Raises:
        ValueError, OSError, ImportError: it has no processor that works here.
    """
    vision = getattr(config, "vision_config", None)
    if config.model_type.startswith("qwen") and hasattr(vision, "spatial_merge_size"):
        return GridImages(model, config, tokenizer)
    return ProcessedImages(model, config, tokenizer)


def _processor(model: str | Path, config: Any, tokenizer: Any) -> Any:
    from transformers import AutoImageProcessor, AutoProcessor, Idefics3Processor

    if config.model_type != "smolvlm":
        return AutoProcessor.from_pretrained(model)
    # SmolVLM's own processor insists on torchvision and num2words for videos. Its images are
    # those of Idefics3, and take as many places as the vision tower's patches after shuffling.
    side = config.vision_config.image_size // config.vision_config.patch_size
    return Idefics3Processor(
        AutoImageProcessor.from_pretrained(model),
        tokenizer,
        image_seq_len=(side // config.scale_factor) ** 2,
    )


def _bound(processor: Any, most_pixels: int) -> None:
    """Lowers the pixels that a Qwen-VL image processor hands on, which its size names."""
    size = processor.size
    longest = min(size["longest_edge"], most_pixels)
    processor.size = {
        "shortest_edge": min(size["shortest_edge"], longest),
        "longest_edge": longest,
    }
