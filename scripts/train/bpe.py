"""Byte-pair tokenizer: training, encoding and the file format of llama2.c (see platform/models/README.md).

Ids 0, 1, 2 are unknown, begin, end; 3 to 258 the raw bytes; then merges, best first; then single characters.
"""
import collections
import re
import struct

SPECIAL = [b"<unk>", b"\n<s>\n", b"\n</s>\n"]
BEGIN = 1
BYTES = [f"<0x{value:02X}>".encode() for value in range(256)]
FIRST_MERGE = len(SPECIAL) + len(BYTES)
WORD = re.compile(r" ?[A-Za-z]+|[^A-Za-z ]| ")


def _merge(symbols, pair):
    merged, index = [], 0
    while index < len(symbols):
        if tuple(symbols[index:index + 2]) == pair:
            merged.append(symbols[index] + symbols[index + 1])
            index += 2
        else:
            merged.append(symbols[index])
            index += 1
    return merged


def train(texts, vocab_size):
    """Tokens in order of id; texts are encoded with a space in front."""
    counts = collections.Counter(word for text in texts for word in WORD.findall(" " + text))
    words = [(list(word), count) for word, count in counts.items()]
    characters = collections.Counter()
    for symbols, count in words:
        for symbol in symbols:
            characters[symbol] += count
    merges = []
    while FIRST_MERGE + len(merges) + len(characters) < vocab_size:
        pairs = collections.Counter()
        for symbols, count in words:
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        words = [(_merge(symbols, best), count) for symbols, count in words]
        if "".join(best) not in merges:
            merges.append("".join(best))
    ordered = sorted(characters, key=lambda symbol: (-characters[symbol], symbol))
    return SPECIAL + BYTES + [token.encode() for token in merges + ordered]


class Encoder:
    """Greedy by score, as the driver does it: the earliest merge in the vocabulary first."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.ids = {token.decode(): index for index, token in enumerate(tokens) if index >= FIRST_MERGE}
        self.cache = {}

    def _word(self, word):
        symbols = list(word)
        while True:
            candidates = [(self.ids[a + b], a, b) for a, b in zip(symbols, symbols[1:]) if a + b in self.ids]
            if not candidates:
                return [self.ids[symbol] for symbol in symbols]
            _, first, second = min(candidates)
            symbols = _merge(symbols, (first, second))

    def encode(self, text):
        """Ids of a text without the begin token. Words are independent: no merge crosses a word's start."""
        out = []
        for word in WORD.findall(" " + text):
            if word not in self.cache:
                self.cache[word] = self._word(word)
            out += self.cache[word]
        return out

    def decode(self, ids):
        return b"".join(self.tokens[index] for index in ids if index >= FIRST_MERGE).decode().lstrip()


def save(path, tokens):
    """int32 longest token, then per token float32 score, int32 length, bytes."""
    with open(path, "wb") as out:
        out.write(struct.pack("<i", max(len(token) for token in tokens[FIRST_MERGE:])))
        for index, token in enumerate(tokens):
            score = float(FIRST_MERGE - index) if index >= FIRST_MERGE else 0.0
            out.write(struct.pack("<fi", score, len(token)) + token)
