#!/usr/bin/python3
"""Trains the model that is shipped in platform/models: text, tokenizer, checkpoint, all from fixed seeds.

Usage: train.py [--steps N] [--stories N] [--seed S] [--out DIR]
Needs Debian's python3-torch and libopenblas0-pthread (with the reference BLAS it is seven times slower).
One thread, about 14 minutes on an idle machine. Prints the loss and sample texts.
"""
import argparse
import ctypes
import math
import os
import pathlib
import random
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when the library is loaded, with torch
import torch
from torch.nn import functional

import bpe
import llama
import make_text

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAME = "systole-stories"
TOKENIZER_STORIES = 4000
HELD_OUT_STORIES = 200
SAMPLES = [("Once upon a time", 0.0), ("Once upon a time", 0.8), ("Lily was", 0.8), ("There once was", 0.8)]
MICRO_BATCH = 2  # rows per pass: what fits in a core's cache


def keep_memory():
    """Tells the allocator to keep large blocks: giving them back after every tensor costs half the time."""
    m_trim_threshold, m_mmap_threshold, unlimited = -1, -3, 2**31 - 1
    libc = ctypes.CDLL(None)
    libc.mallopt(m_mmap_threshold, 2**30)
    libc.mallopt(m_trim_threshold, unlimited)


def rows(encoder, texts, length):
    """[n, length] ids: each row begins with a story's begin token and goes on with further stories."""
    out, row = [], []
    for text in texts:
        row += [bpe.BEGIN] + encoder.encode(text)
        if len(row) >= length:
            out.append(row[:length])
            row = []
    return torch.tensor(out)


def loss_of(model, batch):
    """Mean negative log likelihood per token, in nats."""
    logits = model(batch[:, :-1])
    return functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())


def accumulate(model, batch):
    """Adds the gradient of the mean loss of `batch`; the loss."""
    parts = batch.split(MICRO_BATCH)
    total = 0.0
    for part in parts:
        loss = loss_of(model, part) / len(parts)
        loss.backward()
        total += loss.item()
    return total


def learning_rate(step, steps, peak):
    """Warm-up, then a cosine down to 2 %."""
    warm = min(1.0, (step + 1) / 100)
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


@torch.no_grad()
def generate(model, encoder, prompt, temperature=0.0, limit=319):
    ids = [bpe.BEGIN] + encoder.encode(prompt)
    while len(ids) < limit:
        logits = model(torch.tensor([ids]))[0, -1]
        if temperature:
            ids.append(int(torch.multinomial(torch.softmax(logits / temperature, -1), 1)))
        else:
            ids.append(int(logits.argmax()))
        if ids[-1] == bpe.BEGIN:
            break
    return encoder.decode(ids)


def fit(model, data, held_out, arguments):
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.rate, betas=(0.9, 0.98), weight_decay=0.01)
    order = torch.Generator().manual_seed(arguments.seed)
    queue = torch.randperm(len(data), generator=order)
    start, position = time.time(), 0
    for step in range(arguments.steps):
        if position + arguments.batch > len(queue):
            queue, position = torch.randperm(len(data), generator=order), 0
        batch = data[queue[position:position + arguments.batch]]
        position += arguments.batch
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, arguments.steps, arguments.rate)
        optimizer.zero_grad(set_to_none=True)
        loss = accumulate(model, batch)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99 or step == arguments.steps - 1:
            with torch.no_grad():
                check = sum(loss_of(model, row) for row in held_out.split(1)) / len(held_out)
            print(f"step {step + 1} loss {loss:.4f} held out {check:.4f} {time.time() - start:.0f} s", flush=True)
            llama.save(arguments.out / f"{NAME}.bin", model)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--batch", type=int, default=16, help="stories per step")
    parser.add_argument("--rate", type=float, default=4e-3, help="peak learning rate")
    parser.add_argument("--stories", type=int, default=60000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "platform/models")
    arguments = parser.parse_args()
    keep_memory()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(arguments.seed)
    random.seed(arguments.seed)
    shape = llama.Shape()

    texts = make_text.stories(arguments.stories, arguments.seed)
    encoder = bpe.Encoder(bpe.train(texts[:TOKENIZER_STORIES], shape.vocab))
    bpe.save(arguments.out / f"{NAME}.tok", encoder.tokens)
    data = rows(encoder, texts, shape.context + 1)
    held_out = rows(encoder, make_text.stories(HELD_OUT_STORIES, arguments.seed + 1), shape.context + 1)
    model = llama.Llama(shape)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {len(data)} rows, {len(held_out)} held out")
    fit(model, data, held_out[:32], arguments)

    for prompt, temperature in SAMPLES:
        print(f"--- {prompt!r}, temperature {temperature}\n{generate(model, encoder, prompt, temperature)}")


if __name__ == "__main__":
    main()
