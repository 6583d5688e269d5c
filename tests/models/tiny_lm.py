"""A chat model that is made on the spot: a fifth of a million parameters, over-fitted until it writes patent-like text.

Nothing is downloaded. It has what real ones have: a byte-level BPE tokenizer, a ChatML template, safetensors, a
generation config that samples, and a context that holds few-shot prompts.
"""

from __future__ import annotations

import random
import string
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

__all__ = ["CONTEXT", "make"]

CONTEXT = 4096
VOCABULARY = 640
WINDOW = 40
END, PAD = "<|im_end|>", "<|endoftext|>"
TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}"
)
THINGS = (
    "wheelchair", "hearing aid", "walking frame", "prosthetic hand", "speech synthesiser", "reading machine",
    "braille display", "stair climber", "patient lift", "adjustable bed", "knee joint", "cochlear implant",
    "screen magnifier", "eye tracker", "feeding spoon", "bath seat",
)  # fmt: skip
FRAMES = (
    "A {} comprising a frame, a motor and a control unit is disclosed.",
    "The {} has a sensor that measures the force applied by the user.",
    "In one embodiment, the {} is coupled to a housing by means of a joint.",
    "A method of operating a {} includes receiving a signal and moving an arm.",
    "The battery of the {} is charged while the user is seated.",
    "A caregiver adjusts the height of the {} with a handle.",
)
SENTENCES = tuple(frame.format(thing) for thing in THINGS for frame in FRAMES)


def make(folder: Path, *, n_steps: int = 120, seed: int = 0) -> Path:
    """Write the model into a folder and return it; without steps its weights are random."""
    tokenizer = _tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen2ForCausalLM(_config(tokenizer))
        _fit(model, tokenizer, n_steps, random.Random(seed))
    model.generation_config.do_sample = True
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = [PAD, "<|im_start|>", END]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator([*SENTENCES, "system user assistant"], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, eos_token=END, pad_token=PAD, padding_side="left", model_max_length=CONTEXT
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def _config(tokenizer: PreTrainedTokenizerFast) -> Qwen2Config:
    return Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=96,
        intermediate_size=192,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=1,
        max_position_embeddings=CONTEXT,
        use_sliding_window=True,  # a question longer than any that it was taught leaves it none the worse
        sliding_window=WINDOW,
        max_window_layers=0,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )


def _fit(model: Qwen2ForCausalLM, tokenizer: PreTrainedTokenizerFast, n_steps: int, rng: random.Random) -> None:
    """Teach it to answer with a few of the sentences, whatever it is asked."""
    optimiser = torch.optim.AdamW(model.parameters())
    for step in range(n_steps):
        rows = [_dialogue(tokenizer, rng) for _ in range(8)]
        width = max(len(ids) for ids, _ in rows)
        ids = torch.tensor([ids + [tokenizer.pad_token_id] * (width - len(ids)) for ids, _ in rows])
        labels = torch.tensor([[-100] * start + ids[start:] + [-100] * (width - len(ids)) for ids, start in rows])
        for group in optimiser.param_groups:
            group["lr"] = 5e-3 * min(1.0, (step + 1) / 20, (n_steps - step) / 60)
        optimiser.zero_grad()
        model(input_ids=ids, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()


def _dialogue(tokenizer: PreTrainedTokenizerFast, rng: random.Random) -> tuple[list[int], int]:
    """Return token ids of a question, of noise and sentences, and its answer, and where the answer starts."""
    noise = "".join(rng.choices(string.printable, k=rng.randint(0, 30)))
    question = " ".join([*rng.choices(SENTENCES, k=rng.randint(0, 2)), noise])
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True
    )
    start = tokenizer(asked)["input_ids"]
    answer = " ".join(rng.sample(SENTENCES, k=rng.randint(2, 4)))
    return start + tokenizer(answer + END)["input_ids"], len(start)
