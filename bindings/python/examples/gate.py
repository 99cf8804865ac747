"""Decides requests in process: `python gate.py POLICIES FACTS` reads one JSON object a line."""

import sys
from datetime import datetime, timezone

import assize


def now() -> datetime:
    return datetime.now(timezone.utc)


def main(policies: str, facts: str) -> int:
    try:
        engine = assize.Engine(now(), policies=policies)
        loaded = engine.load(facts, now())
    except assize.Error as error:
        print(error, file=sys.stderr)
        return 2
    for reason in loaded.rejected:
        print(reason, file=sys.stderr)

    gate = engine.entry("Call")
    for line in sys.stdin:
        try:
            decision = gate.decide(line, now())
        except assize.RequestError as error:
            print(f"undetermined: {error}")
            continue
        # Reasons are worked out only where somebody wants them.
        because = [one["because"] for one in decision.reasons()["decisions"]] if decision.fired else []
        print(": ".join([decision.verdict, *because[:1]]))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: gate.py POLICIES FACTS")
    sys.exit(main(*sys.argv[1:]))
