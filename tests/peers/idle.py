#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""usage: idle.py PID

Exit 0 if process PID does nothing: over a second it uses no CPU time and is
hardly ever woken.  Looks again for a while first, until it has come to rest.
"""
import sys
import time


def sample(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status") as status:
        switches = sum(int(line.split()[1]) for line in status
                       if "ctxt_switches" in line)
    return int(fields[11]) + int(fields[12]), switches


def main():
    pid = int(sys.argv[1])
    for _ in range(20):
        ticks, switches = sample(pid)
        time.sleep(1)
        later_ticks, later_switches = sample(pid)
        if later_ticks == ticks and later_switches - switches <= 3:
            return
    sys.exit(f"in a second: {later_ticks - ticks} ticks, "
             f"{later_switches - switches} context switches")


if __name__ == "__main__":
    main()
