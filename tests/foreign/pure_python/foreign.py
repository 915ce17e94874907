"""Lets tests drive PyPI's tikv-python by lines of words; README.md in the folder above has the words."""
import sys

import tikv

VERBS = """get batch_get put put_ttl batch_put batch_put_ttl delete batch_delete delete_range delete_prefix scan
    scan_keys scan_all scan_prefix reverse_scan reverse_scan_keys ttl cas put_if_absent atomic_put atomic_delete
    checksum"""


def bytes_of(word):
    return b"" if word == "-" else bytes.fromhex(word)


def optional_of(word):
    return None if word == "none" else bytes_of(word)


def word_of(value):
    if value is None:
        return "none"
    return value.hex() if value else "-"


def pairs_of(words):
    return {bytes_of(key): bytes_of(value) for key, value in zip(words[::2], words[1::2])}


def pair_words(pairs):
    return [word_of(item) for pair in pairs for item in pair]


def bounds_of(words):
    """An empty bound is none."""
    return [bytes_of(word) or None for word in words[:2]]


class Words:
    """A method for each verb; it takes the words behind it and gives those of the answer."""

    def __init__(self, plain, atomic):
        self.plain = plain
        self.atomic = atomic

    def get(self, key):
        return [word_of(self.plain.get(bytes_of(key)))]

    def batch_get(self, *keys):
        return pair_words(self.plain.get_many([bytes_of(key) for key in keys]).items())

    def put(self, key, value):
        self.plain.put(bytes_of(key), bytes_of(value))

    def put_ttl(self, key, value, seconds):
        self.plain.put(bytes_of(key), bytes_of(value), ttl=int(seconds))

    def batch_put(self, *words):
        self.plain.put_many(pairs_of(words))

    def batch_put_ttl(self, seconds, *words):
        self.plain.put_many(pairs_of(words), ttl=int(seconds))

    def delete(self, key):
        self.plain.delete(bytes_of(key))

    def batch_delete(self, *keys):
        self.plain.delete_many([bytes_of(key) for key in keys])

    def delete_range(self, *bounds):
        start, end = bounds_of(bounds)
        self.plain.delete_range(start or b"", end)

    def delete_prefix(self, prefix):
        self.plain.delete_range(prefix=bytes_of(prefix))

    def scan(self, start, end, limit):
        return pair_words(self.plain.scan(*bounds_of([start, end]), limit=int(limit)))

    def scan_keys(self, start, end, limit):
        return [word_of(key) for key in self.plain.scan_keys(*bounds_of([start, end]), limit=int(limit))]

    def scan_all(self, start, end):
        return pair_words(self.plain.scan(*bounds_of([start, end])))

    def scan_prefix(self, prefix):
        return pair_words(self.plain.scan(prefix=bytes_of(prefix)))

    def reverse_scan(self, start, end, limit):
        return pair_words(self.plain.scan(*bounds_of([start, end]), limit=int(limit), reverse=True))

    def reverse_scan_keys(self, start, end, limit):
        keys = self.plain.scan_keys(*bounds_of([start, end]), limit=int(limit), reverse=True)
        return [word_of(key) for key in keys]

    def ttl(self, key):
        try:
            return [str(self.plain.ttl(bytes_of(key)) or 0)]
        except KeyError:
            return ["none"]

    def cas(self, key, previous, new):
        result = self.atomic.compare_and_swap(bytes_of(key), optional_of(previous), bytes_of(new))
        return ["swapped" if result.swapped else "kept", word_of(result.previous)]

    def put_if_absent(self, key, value):
        return [word_of(self.atomic.compare_and_swap(bytes_of(key), None, bytes_of(value)).previous)]

    def atomic_put(self, key, value):
        self.atomic.put(bytes_of(key), bytes_of(value))

    def atomic_delete(self, key):
        self.atomic.delete(bytes_of(key))

    def checksum(self, start, end):
        result = self.plain.checksum(*bounds_of([start, end]))
        return [str(result.crc64_xor), str(result.keys), str(result.size)]


def main():
    pd, version = sys.argv[1].split(","), sys.argv[2]
    if version == "2":
        sys.exit("this client knows API version 1 only")
    words = Words(tikv.RawClient(pd), tikv.RawClient(pd, atomic=True))
    print("ready", *VERBS.split(), flush=True)
    for line in sys.stdin:
        verb, *arguments = line.split()
        try:
            print("ok", *(getattr(words, verb)(*arguments) or []), flush=True)
        except Exception as error:  # whatever it is, the test has to hear of it
            print("failed", type(error).__name__, " ".join(str(error).split()), flush=True)


main()
