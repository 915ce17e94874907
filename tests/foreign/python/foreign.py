"""Lets tests drive PyPI's tikv-client by lines of words; README.md in the folder above has the words."""
import asyncio
import sys

from tikv_client import asynchronous

VERBS = "get batch_get put batch_put delete batch_delete delete_range scan scan_keys column_families"


def bytes_of(word):
    return b"" if word == "-" else bytes.fromhex(word)


def word_of(value):
    if value is None:
        return "none"
    return value.hex() if value else "-"


def pairs_of(words):
    return {bytes_of(key): bytes_of(value) for key, value in zip(words[::2], words[1::2])}


def pair_words(pairs):
    return [word_of(item) for pair in pairs for item in pair]


async def do(client, words):
    family = "default"
    if words[0].startswith("@"):
        family = words.pop(0)[1:]
    verb = words.pop(0)
    if verb == "get":
        return [word_of(await client.get(bytes_of(words[0]), family))]
    if verb == "batch_get":
        return pair_words(await client.batch_get([bytes_of(word) for word in words], family))
    if verb == "put":
        return await client.put(bytes_of(words[0]), bytes_of(words[1]), family)
    if verb == "batch_put":
        return await client.batch_put(pairs_of(words), family)
    if verb == "delete":
        return await client.delete(bytes_of(words[0]), family)
    if verb == "batch_delete":
        return await client.batch_delete([bytes_of(word) for word in words], family)
    if verb not in ("delete_range", "scan", "scan_keys"):
        raise ValueError("there is no verb " + verb)
    start, end = (bytes_of(word) for word in words[:2])
    if verb == "delete_range":
        return await client.delete_range(start, end or None, True, False, family)
    if verb == "scan":
        return pair_words(await client.scan(start, end or None, int(words[2]), True, False, family))
    return [word_of(key) for key in await client.scan_keys(start, end or None, int(words[2]), True, False, family)]


async def run(pd, version):
    if version != "1":
        sys.exit("this client knows API version 1 only")
    client = await asynchronous.RawClient.connect(pd.split(","))
    print("ready", VERBS, flush=True)
    for line in sys.stdin:  # nothing else is to be done meanwhile
        try:
            answer = await do(client, line.split())
            print("ok", *(answer or []), flush=True)
        except Exception as error:  # whatever it is, the test has to hear of it
            print("failed", " ".join(str(error).split()), flush=True)


asyncio.run(run(sys.argv[1], sys.argv[2]))
