#!/usr/bin/python3
"""compare.py WORK EXCEPTIONS LACKING SUITES BROKER...: the table of run.sh, from the lines "result pass|skip|FAIL TEST" in WORK/BROKER-SUITE.log."""
import os
import sys

work, exceptions_file, lacking, suites, brokers = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4].split(), sys.argv[5:]


def outcomes(broker, suite):
    with open(os.path.join(work, f"{broker}-{suite}.log"), errors="replace") as log:
        words = [line.split() for line in log if line.startswith("result ")]
    return {test: outcome for _, outcome, test in words}


with open(exceptions_file) as lines:
    exceptions = dict()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            suite, test, why = [part.strip() for part in line.split("|", 2)]
            exceptions[suite, test] = why

passed, failed, rows = 0, lacking, []
for suite in suites:
    results = {broker: outcomes(broker, suite) for broker in brokers}
    tests = list(dict.fromkeys(test for result in results.values() for test in result))
    if not tests:
        failed += 1
        rows.append((suite, "(no test ran)", *("-" for _ in brokers), "FAIL"))
    for test in tests:
        seen = [results[broker].get(test, "-") for broker in brokers]
        alike = len(set(seen)) == 1 and (len(brokers) > 1 or seen[0] != "FAIL")
        explained = exceptions.pop((suite, test), None)
        if explained and alike and len(brokers) > 1:
            verdict = "FAIL: not different any more, take it out of exceptions.txt"
        elif alike:
            verdict = "" if seen[0] != "FAIL" else "alike"
        else:
            verdict = f"meant: {explained}" if explained else "FAIL: different" if len(brokers) > 1 else "FAIL"
        failed += verdict.startswith("FAIL")
        passed += not verdict.startswith("FAIL")
        rows.append((suite, test, *seen, verdict))

print(" | ".join(["suite", "test", *brokers]))
for row in rows:
    print(" | ".join(row).rstrip(" |"))
for suite in suites:
    if any(row[0] == suite and row[-1].startswith("FAIL") for row in rows):
        for broker in brokers:
            print(f"\n== {suite} on {broker}, what it said at the end")
            with open(os.path.join(work, f"{broker}-{suite}.log"), errors="replace") as log:
                print("".join([line for line in log if not line.startswith("result pass")][-60:]))
print(f"\n{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
