"""Plants the mutants: `plant.py SRC COPY names|write LIST...`.

`names` prints what the copy consists of, for CMake; `write` makes it. An entry that does not fit any more
is left out and told: that it is there is the business of a test, not of the build.
"""
import pathlib
import sys

import mutants


def main(src, copy, what, *lists):
    src, copy = pathlib.Path(src), pathlib.Path(copy)
    listed = mutants.parse_all(map(pathlib.Path, lists))
    sources = mutants.sources_of(listed, src)
    if what == "names":
        print(";".join(sources), end="")
        return 0
    for file in sources:
        if (src / file).exists():
            text, rotten = mutants.plant((src / file).read_text(), file, listed)
            for why in rotten:
                print("rotten:", why, file=sys.stderr)
            mutants.write_if_new(copy / file, text)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except mutants.Rotten as why:
        sys.exit(f"error: {why}")
