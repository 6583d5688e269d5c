"""Write the example corpora: 300 real and 300 synthetic notes on assistive devices, 8 labels, content planted.

Each label has twenty terms. The 60 training notes show only some of them, so a writer that knows the others carries
something new, and a parrot that gives training notes back carries volume only: the audit has to tell the two apart.

    python examples/first/make.py
"""

from __future__ import annotations

import json
import random
from pathlib import Path

HERE = Path(__file__).parent
TERMS = {
    "mobility": "wheelchair walker rollator ramp caster crutch gait axle armrest footrest joystick tipping kerb "
    "stroller tricycle scooter prosthesis ankle knee stride",
    "hearing": "cochlea hearing-aid earmould audiogram decibel captioning loop tinnitus microphone whisper eardrum "
    "loudness lip-reading doorbell sign-language beamforming ear-canal echo telecoil deafness",
    "vision": "braille magnifier cane screen-reader contrast retina guide-dog tactile glare lens low-vision "
    "refreshable landmark cataract eyeglass iris large-print colour-blind monocular obstacle",
    "speech": "pictogram voice-bank vocabulary utterance syllable aphasia larynx eye-gaze phrase dysarthria "
    "symbol-board prediction stutter intonation palate phoneme scanning message articulation yes-no",
    "self-care": "bath shower dressing button-hook spoon toilet cutlery razor comb catheter washing drinking-cup "
    "zipper commode bib toothbrush hoist towel nail-clipper tray",
    "memory": "reminder calendar dementia routine pill-box wandering diary orientation prompt forgetting timer "
    "photograph checklist caregiver attention sequence recall agenda confusion alarm",
    "home": "stairlift doorway thermostat lighting cupboard handrail kitchen window-opener lock threshold "
    "carpet worktop intercom socket curtain shelf elevator bedroom tap garage",
    "sport": "hand-cycle racket sled swimming ball rowing archery climbing goggles paddle ski rink harness-vest "
    "javelin bowling fin saddle helmet boccia basketball",
}
OPENINGS = ("The device has", "It comes with", "Users praised", "The report describes", "A trial tested", "We fitted")
FILLERS = (
    "robust",
    "light",
    "frame",
    "cost",
    "user",
    "test",
    "month",
    "clinic",
    "design",
    "battery",
    "strap",
    "sensor",
)


def label_set(rng: random.Random) -> list[str]:
    """Draw one to three labels, the first ones commoner."""
    names = list(TERMS)
    weights = [1.0 / (rank + 2) for rank in range(len(names))]
    return sorted(set(rng.choices(names, weights, k=rng.choice((1, 1, 2, 3)))))


def note(rng: random.Random, labels: list[str], zipf: float) -> str:
    """Write three or four sentences; `zipf` says how much the commonest terms prevail."""
    sentences = []
    for _ in range(rng.randint(3, 4)):
        terms = TERMS[rng.choice(labels)].split()
        weights = [1.0 / (rank + 1) ** zipf for rank in range(len(terms))]
        first, second = rng.choices(terms, weights, k=2)
        filler, other = rng.sample(FILLERS, 2)
        sentences.append(f"{rng.choice(OPENINGS)} a {filler} {first}, with {second} and {other}.")
    return " ".join(sentences)


def write(name: str, rows: list[dict[str, object]]) -> None:
    """Write JSON lines."""
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (HERE / name).write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Write both files; the same bytes every time."""
    rng = random.Random(20260101)
    real: list[dict[str, object]] = []
    for number in range(300):
        labels = label_set(rng)
        split = "train" if number < 60 else "test"
        real.append({"id": f"N{number:03}", "text": note(rng, labels, 0.7), "labels": labels, "split": split})
    synthetic: list[dict[str, object]] = []
    for number in range(150):
        drawn = label_set(rng)
        text = note(rng, drawn, 0.3)
        synthetic.append({"id": f"W{number:03}", "text": text, "labels": drawn, "generator": "writer"})
        parent = real[number % 60]
        known = {"text": parent["text"], "labels": parent["labels"], "origin_id": parent["id"]}
        synthetic.append({"id": f"P{number:03}", **known, "generator": "parrot"})
    write("real.jsonl", real)
    write("synthetic.jsonl", synthetic)


if __name__ == "__main__":
    main()
