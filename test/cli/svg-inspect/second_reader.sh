# What svg-world writes is read alike by the second reader.
svg-world rollout -q --world maze --profile tiny --geometry 2000001 --appearance 2000001 --script turn-around --chunks 9 -o walk
svg-inspect --json --verify walk >ours
python3 "$CASE_DIR/../../golden/svg_formats.py" walk >theirs
python3 - <<'P'
import json
ours, theirs = json.load(open("ours")), json.load(open("theirs"))
assert ours.pop("path") == "walk" and ours.pop("problems") == []
assert ours == theirs, (ours, theirs)
P
