"""Each entry of the lists fits the sources: its text is there once. `fits.py SRC`."""
import pathlib
import sys

import mutants

HERE = pathlib.Path(__file__).parent


def main(src):
    listed = mutants.parse_all(HERE.glob("*.mutants"))
    rotten = []
    for file in mutants.files_of(listed):
        path = pathlib.Path(src, file)
        rotten += mutants.plant(path.read_text(), file, listed)[1] if path.exists() else [f"src/{file} is not there"]
    print("\n".join(rotten) or f"{len(listed)} mutants fit")
    return 1 if rotten else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except mutants.Rotten as why:
        sys.exit(f"error: {why}")
