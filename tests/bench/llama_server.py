"""B1 by hand: the first token after so many frames, beside a warm llama-server with the same weights and tokens.

Outside of CI, because llama.cpp is built for it. FOLDER is any folder; it takes about 2 GB. On a machine that does
nothing else:

    python tests/bench/llama_server.py build FOLDER    # fetches the source package, builds: 25 minutes on two cores
    python tests/bench/llama_server.py model FOLDER    # Qwen2.5-VL with random weights, for both
    python tests/bench/llama_server.py compare FOLDER --frames 4 16 60 --rounds 7 --threads 1

Both are warm: the frames and a question were read before, another question comes. Both give one token, in float32; our
keys and values are in float32, llama-server's in float16, which is its default. Our time is that of `LiveTalk.reply`:
rendering, tokens, reading, one token. Of llama-server two times are told: what it says itself of reading the prompt,
and the whole request, with HTTP and the decoding of all pictures. No time holds the looking at a picture or the wait
for the end of a question. Where the two do not read equally many tokens nothing is told.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

VERSION = "0.3.36"
"""Of llama-cpp-python, whose source package holds llama.cpp."""
SIDE = 252
"""Pixels on each side of a frame: 9 x 9 tokens for both, neither makes it larger or smaller."""
PORT = 8137
SYSTEM = "You say what you see."
QUESTIONS = ("What is in front of the window?", "How many of them are there now?", "Which one was there at first?")
_CONVERT = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/gguf-py"]
from conversion import base, qwenvl
base.TextModel.get_vocab_base_pre = lambda self, tokenizer: "gpt-2"  # ours is byte-level, with the expression of GPT-2
qwenvl.Qwen2VLModel.set_vocab = base.TextModel._set_vocab_gpt2
sys.argv[:2] = ["convert_hf_to_gguf.py"]
import convert_hf_to_gguf
convert_hf_to_gguf.main()
"""


def source(folder: Path) -> Path:
    return folder / f"llama_cpp_python-{VERSION}" / "vendor" / "llama.cpp"


def build(folder: Path) -> None:
    """Fetch the source package with pip, and build the server in it."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--no-deps", "--no-binary", "llama-cpp-python", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, f"llama-cpp-python=={VERSION}"], check=True)
    with tarfile.open(folder / f"llama_cpp_python-{VERSION}.tar.gz") as package:
        package.extractall(folder, filter="data")
    switches = ["-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DBUILD_SHARED_LIBS=OFF", "-DLLAMA_OPENSSL=OFF",
                "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_USE_PREBUILT_UI=OFF"]  # fmt: skip
    subprocess.run(["cmake", "-S", str(source(folder)), "-B", str(folder / "built"), *switches], check=True)
    jobs = str(os.cpu_count() or 1)
    subprocess.run(["cmake", "--build", str(folder / "built"), "--target", "llama-server", "-j", jobs], check=True)


def model(folder: Path, size: str) -> None:
    """Save a model with random weights, and convert it twice: what reads, and what looks."""
    import small_models
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    from assistant.bench import giants

    tokenizer = small_models._tokenizer(small_models._QWEN_SPECIAL, (), False)
    tokenizer.chat_template = small_models._QWEN2_TEMPLATE
    made, ids = giants.model("qwen2_5_vl", giants.SIZES[size]), tokenizer.convert_tokens_to_ids
    made.config.image_token_id, made.config.video_token_id = ids("<|image_pad|>"), ids("<|video_pad|>")
    made.config.vision_start_token_id = ids("<|vision_start|>")
    made.config.vision_end_token_id = ids("<|vision_end|>")
    made.config.text_config.architectures = ["Qwen2_5_VLForConditionalGeneration"]
    made.set_attn_implementation("sdpa")  # Vireo's own is not known to those who load it later
    checkpoint = folder / "checkpoint"
    made.save_pretrained(checkpoint)
    tokenizer.save_pretrained(checkpoint)
    pictures = Qwen2VLImageProcessorPil(patch_size=14, merge_size=2, min_pixels=56 * 56, max_pixels=SIDE * SIDE)
    pictures.save_pretrained(checkpoint)
    for name, more in (("words", []), ("eyes", ["--mmproj"])):
        given = [str(checkpoint), "--outfile", str(folder / f"{name}.gguf"), "--outtype", "f32", *more]
        subprocess.run([sys.executable, "-c", _CONVERT, str(source(folder)), *given], check=True)


def compare(folder: Path, frames: list[int], rounds: int, threads: int) -> None:
    rows = [_row(folder, number, rounds, threads) for number in frames]
    print(json.dumps(rows, indent=2))


def _row(folder: Path, frames: int, rounds: int, threads: int) -> dict[str, Any]:
    from assistant.bench.machine import facts
    from assistant.bench.timing import in_turns

    ours = Ours(folder / "checkpoint", frames, threads)
    with served(folder, frames, threads):
        theirs = Theirs(frames)
        own, other = in_turns(ours.ask, theirs.ask, rounds)
    if ours.tokens != theirs.tokens:
        raise ValueError(f"{frames} frames: we read {ours.tokens} tokens, llama-server {theirs.tokens}")
    mine, prompt = median(own.wall), median(theirs.prompts[-rounds:])
    return {
        "frames": frames, "tokens": ours.tokens, "ours ms": round(mine * 1e3, 1),
        "read anew by us": ours.read, "read anew by llama-server": theirs.read,
        "llama-server's prompt ms": round(prompt * 1e3, 1), "its request ms": round(median(other.wall) * 1e3, 1),
        "x prompt": round(prompt / mine, 1), "x request": round(median(other.wall) / mine, 1),
        "machine": facts("torch", "transformers"),
    }  # fmt: skip


class Ours:
    """A live talk that has seen the frames, and was asked once."""

    def __init__(self, checkpoint: Path, frames: int, threads: int) -> None:
        import torch

        from assistant.models.forgetting import Budget
        from assistant.models.live import LiveTalk
        from assistant.models.vision import Vision
        from assistant.types import Frame, Message

        torch.set_num_threads(threads)
        self._system, self._message = Message("system", (SYSTEM,)), Message
        self._live = LiveTalk(Vision.load(checkpoint, "cpu", "float32", limit=1), Budget(frames + 1))
        self._seen = tuple(Frame(_pixels(number)) for number in range(frames))
        self._asked = self.tokens = self.read = 0
        self.ask()

    def ask(self) -> None:
        """The next question, behind the same frames."""
        question = QUESTIONS[self._asked % len(QUESTIONS)]
        self._live.begin([self._system])
        *_, usage = self._live.reply([self._system, self._message("user", (*self._seen, question))])
        self._asked, self.tokens, self.read = self._asked + 1, usage.read + usage.reused, usage.read  # type: ignore[union-attr]


class Theirs:
    """A server that has seen the frames, and was asked once."""

    def __init__(self, frames: int) -> None:
        self._seen = [_part(number) for number in range(frames)]
        self._asked = self.tokens = self.read = 0
        self.prompts: list[float] = []
        """Seconds that the server says it took for reading, question by question."""
        self.ask()

    def ask(self) -> None:
        question = {"type": "text", "text": QUESTIONS[self._asked % len(QUESTIONS)]}
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": [*self._seen, question]}]
        told = _post({"messages": messages, "max_tokens": 1, "temperature": 0, "cache_prompt": True})["timings"]
        self._asked, self.read = self._asked + 1, told["prompt_n"]
        self.tokens = told["prompt_n"] + told["cache_n"]
        self.prompts.append(told["prompt_ms"] / 1e3)


@contextmanager
def served(folder: Path, frames: int, threads: int) -> Iterator[None]:
    """The server, while it is entered."""
    context = str(max(4096, (frames + 8) * 100))
    given = ["--model", str(folder / "words.gguf"), "--mmproj", str(folder / "eyes.gguf"), "--ctx-size", context,
             "--parallel", "1", "--threads", str(threads), "--threads-batch", str(threads), "--port", str(PORT),
             "--jinja"]  # fmt: skip
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [str(folder / "built" / "bin" / "llama-server"), *given], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(server)
            yield
        finally:
            server.terminate()
            server.wait()


def _wait(server: subprocess.Popen[bytes]) -> None:
    """Until the server is ready."""
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError("llama-server has ended: see server.log")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("llama-server does not become ready: see server.log")


def _post(body: dict[str, Any]) -> dict[str, Any]:
    address, data = f"http://127.0.0.1:{PORT}/v1/chat/completions", json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=3600) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _pixels(number: int) -> Any:
    import numpy as np

    return np.random.default_rng(number).integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)


def _part(number: int) -> dict[str, Any]:
    """A frame as a server is given it."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(_pixels(number)).save(file, "PNG")
    address = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    return {"type": "image_url", "image_url": {"url": address}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["build", "model", "compare"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="small", help="of the random model: small or medium")
    parser.add_argument("--frames", type=int, nargs="+", default=[4, 16, 60])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    match given.work:
        case "build":
            build(given.folder)
        case "model":
            model(given.folder, given.size)
        case _:
            compare(given.folder, given.frames, given.rounds, given.threads)


if __name__ == "__main__":
    main()
