"""Loads the processor of a model family from its folder, without torchvision: pictures by Pillow, and text."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoTokenizer
from transformers.image_processing_base import ImageProcessingMixin
from transformers.models.auto.image_processing_auto import (
    IMAGE_PROCESSOR_MAPPING_NAMES,
    get_image_processor_class_from_name,
)
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES, processor_class_from_name

from assistant.errors import ModelError

_OURS = {"smolvlm": "Idefics3Processor"}
"""Families whose own class wants more than pictures: SmolVLM lays pictures out as Idefics3 does."""

_BY_PILLOW = {"Idefics3ImageProcessor": "idefics3", "SmolVLMImageProcessor": "smolvlm"}
"""Asked for by name, transformers before 5.20 wants torchvision for these, though they do not use it."""

LOCAL = {"local_files_only": True, "trust_remote_code": False}


def load_processor(folder: Path) -> Any:
    """The processor (pictures and text to tensors, chat template); ModelError for a family without pictures."""
    family = AutoConfig.from_pretrained(folder, **LOCAL).model_type
    name = _OURS.get(family) or PROCESSOR_MAPPING_NAMES.get(family)
    if name is None:
        raise ModelError(f"a model of the family {family!r} does not read pictures", "choose another: models list")
    pictures = _picture_processor(folder, family)
    return _for_pictures(processor_class_from_name(name), pictures).from_pretrained(folder, **LOCAL)


def _for_pictures(family: Any, pictures: Any) -> Any:
    """The processor class without its parts for video and sound, so that it loads where torchvision is missing."""

    def parts(cls: Any, place: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return [_part(attribute, Path(place), pictures) for attribute in cls.get_attributes()]

    def accept(self: Any, attribute: str, part: Any) -> Any:
        return type(None) if part is None else family.check_argument_for_proper_class(self, attribute, part)

    methods = {"_get_arguments_from_pretrained": classmethod(parts), "check_argument_for_proper_class": accept}
    return type(family.__name__, (family,), methods)


def _picture_processor(folder: Path, family: str) -> Any:
    """The picture processor by Pillow; AutoImageProcessor itself wants torchvision before 5.20."""
    settings, _ = ImageProcessingMixin.get_image_processor_dict(folder, **LOCAL)
    declared = settings.get("image_processor_type", "").removesuffix("Fast").removesuffix("Pil")
    if declared in _BY_PILLOW:
        family = _BY_PILLOW[declared]
        module = import_module(f"transformers.models.{family}.image_processing_pil_{family}")  # wants Pillow
        return getattr(module, f"{declared}Pil").from_pretrained(folder, **LOCAL)
    known = IMAGE_PROCESSOR_MAPPING_NAMES.get(family) or {}
    for name in (f"{declared}Pil", known.get("pil"), declared):
        found = get_image_processor_class_from_name(name) if name else None
        if found is not None:
            return found.from_pretrained(folder, **LOCAL)
    raise ModelError(f"the picture processor of {folder.name} is unknown here", "a newer transformers may know it")


def _part(attribute: str, folder: Path, pictures: Any) -> Any:
    if "image" in attribute:
        return pictures
    return AutoTokenizer.from_pretrained(folder, **LOCAL) if "tokenizer" in attribute else None
