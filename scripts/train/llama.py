"""The Llama-2 architecture in PyTorch, and its checkpoint in the llama2.c layout."""
import dataclasses
import math
import struct

import torch
from torch import nn
from torch.nn import functional


@dataclasses.dataclass
class Shape:
    dim: int = 64
    hidden: int = 160
    layers: int = 5
    heads: int = 8
    kv_heads: int = 4
    vocab: int = 512
    context: int = 320

    @property
    def head_dim(self):
        return self.dim // self.heads


class RMSNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def rotary_angles(shape):
    """[context, head_dim/2]: position times 10000^(-2i/head_dim)."""
    frequency = 10000.0 ** (-torch.arange(0, shape.head_dim, 2).float() / shape.head_dim)
    return torch.outer(torch.arange(shape.context).float(), frequency)


def rotate(x, turn):
    """x [batch, time, heads, head_dim]: adjacent pairs turned by turn [time, head_dim/2] (complex)."""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turn[None, :, None, :]).flatten(-2)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        kv_dim = shape.kv_heads * shape.head_dim
        self.attention_norm, self.ffn_norm = RMSNorm(shape.dim), RMSNorm(shape.dim)
        self.wq = nn.Linear(shape.dim, shape.dim, bias=False)
        self.wk = nn.Linear(shape.dim, kv_dim, bias=False)
        self.wv = nn.Linear(shape.dim, kv_dim, bias=False)
        self.wo = nn.Linear(shape.dim, shape.dim, bias=False)
        self.w1 = nn.Linear(shape.dim, shape.hidden, bias=False)
        self.w2 = nn.Linear(shape.hidden, shape.dim, bias=False)
        self.w3 = nn.Linear(shape.dim, shape.hidden, bias=False)

    def attention(self, x, turn, mask):
        batch, time, _ = x.shape
        shape = self.shape
        q = rotate(self.wq(x).view(batch, time, shape.heads, -1), turn).transpose(1, 2)
        k = rotate(self.wk(x).view(batch, time, shape.kv_heads, -1), turn).transpose(1, 2)
        v = self.wv(x).view(batch, time, shape.kv_heads, -1).transpose(1, 2)
        group = shape.heads // shape.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(shape.head_dim) + mask
        mixed = torch.matmul(torch.softmax(scores, -1), v)
        return self.wo(mixed.transpose(1, 2).reshape(batch, time, -1))

    def forward(self, x, turn, mask):
        x = x + self.attention(self.attention_norm(x), turn, mask)
        h = self.ffn_norm(x)
        return x + self.w2(functional.silu(self.w1(h)) * self.w3(h))


class Llama(nn.Module):
    """Logits [batch, time, vocab] of token ids [batch, time]; the classifier is the embedding."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocab, shape.dim)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = RMSNorm(shape.dim)
        angles = rotary_angles(shape)
        self.register_buffer("turn", torch.polar(torch.ones_like(angles), angles), persistent=False)
        mask = torch.full((shape.context, shape.context), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)
        self.apply(self._initialise)
        for layer in self.layers:
            for last in (layer.wo, layer.w2):
                nn.init.normal_(last.weight, std=0.05 / math.sqrt(2 * shape.layers))

    @staticmethod
    def _initialise(module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.05)

    def forward(self, ids):
        time = ids.shape[1]
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x, self.turn[:time], self.mask[:time, :time])
        return functional.linear(self.norm(x), self.embedding.weight)


def _tensors(model):
    """In the order of the file: each kind for all layers, then the final norm and the rotary tables."""
    layers = model.layers
    yield model.embedding.weight
    for name in ("attention_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w1", "w2", "w3"):
        for layer in layers:
            yield getattr(layer, name).weight
    yield model.norm.weight
    yield model.turn.real
    yield model.turn.imag


def save(path, model):
    s = model.shape
    with open(path, "wb") as out:
        out.write(struct.pack("<7i", s.dim, s.hidden, s.layers, s.heads, s.kv_heads, s.vocab, s.context))
        for tensor in _tensors(model):
            out.write(tensor.detach().float().contiguous().numpy().astype("<f4").tobytes())
