#!/usr/bin/env python3
"""Checks one rule, or all, over the sources: tidy.py ROOT [RULE]."""
import pathlib
import sys

from rules import RULES
from sources import read_sources


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:]
    rules = [rule for rule in RULES if not wanted or rule.__name__ in wanted]
    if not rules:
        print(f"no such rule: {wanted}")
        return 2
    sources = read_sources(root)
    findings = [finding for rule in rules for finding in rule(sources)]
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings in {len(sources)} files")
    return 1 if findings or not sources else 0


sys.exit(main())
