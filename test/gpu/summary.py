"""The report of test/gpu/run.sh: `summary.py LINES SETTINGS SECONDS` prints it, `summary.py --table REPORT` what a person reads of it."""
import json
import sys


def summarise(lines, settings, seconds):
    rows = [json.loads(line) for line in open(lines)]
    ours = {row["check"]: row for row in rows if row["source"] == "ours"}
    theirs = {row["check"]: row for row in rows if row["source"] == "pytorch"}
    compared = {}
    for check in ours:
        a, b = ours[check], theirs.get(check, {})
        for key in ("seconds", "peak_memory_bytes"):
            if a.get(key) and b.get(key):
                compared.setdefault(check, {})[key] = {"ours": a[key], "pytorch": b[key], "ratio": a[key] / b[key]}
    return {"ok": all(row["ok"] for row in rows), "seconds": int(seconds), "settings": json.load(open(settings)), "compared": compared, "rows": rows}


def table(report):
    for row in report["rows"]:
        if "relative_error" in row:
            error = "nothing" if row["relative_error"] is None else f"{row['relative_error']:.1e}"
            print(f"{row['check']}: {row['what']}, {row.get('dtype', '')}: {error} (at most {row['limit']:.0e}){'' if row['ok'] else '  FAILED'}")
        elif not row["ok"] or row.get("out_of_memory"):
            print(json.dumps(row))
    for check, values in report["compared"].items():
        for key, v in values.items():
            unit = 1 if key == "seconds" else 2 ** 30
            name = "s" if key == "seconds" else "GiB"
            print(f"{check}: {v['ours'] / unit:.3f} {name}, PyTorch {v['pytorch'] / unit:.3f} {name}: {v['ratio']:.2f}")
    for row in report["rows"]:
        if row["source"] == "ours" and "learning_share" in row:
            memory = "" if row.get("more_memory") is None else f", {100 * row['more_memory']:+.1f} % memory"
            print(f"{row['check']}: learning is {100 * row['learning_share']:.1f} % of it{memory}")
    print(f"{'all good' if report['ok'] else 'FAILED'} in {report['seconds']} s")


if sys.argv[1] == "--table":
    table(json.load(open(sys.argv[2])))
else:
    print(json.dumps(summarise(*sys.argv[1:4]), indent=1))
