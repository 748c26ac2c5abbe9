"""python -m deploy.play [--keep]: both acts, then their verdicts; deploy/demo calls it."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from deploy.play import act_shards, act_table
from deploy.play.stage import Stage


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo")
    parser.add_argument("--keep", action="store_true", help="leave all running until Ctrl-C")
    arguments = parser.parse_args()
    began = time.monotonic()
    keep: list[str] = []
    try:
        with Stage() as stage:
            table_good, *_ = act_table.play(stage, keep)
            shards_good, *_ = act_shards.play(stage, keep)
            for name, good in (("one", table_good), ("two", shards_good)):
                print(f"act {name}: {'good' if good else 'FAILED'}")
            print(f"both acts took {time.monotonic() - began:.0f} s", flush=True)
            if arguments.keep:
                print("\nleft running until Ctrl-C:\n  " + "\n  ".join(keep), flush=True)
                signal.pause()
            return 0 if table_good and shards_good else 1
    except KeyboardInterrupt as reason:
        print(f"demo: stopped by {reason}; nothing is left running", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
