# A place seen again, held against the rest of the same video: the truth gains, a frozen picture does not, whatever looks at it.
measure() { svg-eval metrics -q --threads 1 --progress never "$@"; }
svg-world rollout -q --world maze --profile view --geometry 2000003 --appearance 2000009 --script loop --chunks 24 -o walk
frames=$(python3 -c 'import json; print(json.loads(open("walk/episodes.jsonl").readline())["n"])')
ffmpeg -v error -f rawvideo -pix_fmt rgb24 -s 64x64 -r 10 -i walk/frames.rgb -vf loop=loop=-1:size=1 -frames:v "$frames" -c:v ffv1 -pix_fmt bgr0 frozen.mkv
show() { python3 -c '
import csv, sys
for row in csv.DictReader(sys.stdin):
    if row["bucket"] == "all":
        value = float(row["value"]) if row["value"] else None
        print(row["metric"], row["profile"], "n", row["n"], "-" if value is None else "above" if value > 1e-6 else "below" if value < -1e-6 else "nothing")'; }
echo "-- the truth"
measure --generated walk --metrics nmr_v1 --csv | show
measure --generated walk --metrics nmr_lpips,nmr_src --csv 2>/dev/null | show
echo "-- a frozen picture: the visits are those of the reference"
measure --generated frozen.mkv --reference walk --metrics nmr_v1,nmr_lpips --csv 2>/dev/null | show
measure --generated walk --metrics nmr_v1 --csv >once
measure --generated walk --metrics nmr_v1 --csv | diff once -
echo "-- SRC by gap; centred on the true frames; subject consistency, which a frozen picture has all of"
measure --generated walk --metrics src --csv 2>/dev/null | cut -d , -f 1,2,4,8 | sed 1d
measure --generated frozen.mkv --reference walk --metrics src_c,subj_resnet --csv -o rows 2>/dev/null | cut -d , -f 1,2,4,8 | sed 1d
measure --generated frozen.mkv --reference walk --metrics subj_resnet --csv 2>/dev/null | python3 -c '
import csv, sys
print(*(abs(float(r["value"]) - 1) < 1e-6 for r in csv.DictReader(sys.stdin)))'
measure --generated walk --reference walk --metrics src_c --csv 2>/dev/null | python3 -c '
import csv, sys
print(*(float(r["value"]) > 99.99 for r in csv.DictReader(sys.stdin)))'
svg-world dataset -q --profile tiny --script shifted --split test --episodes 3 --chunks 24 -o shifted
measure --generated shifted --metrics src 2>/dev/null | awk '/^src/ { print $1, $NF }'
echo "-- refused"
! measure --generated walk --metrics src_c
! measure --generated frozen.mkv --metrics nmr_v1
! measure --generated walk --metrics nmr_src_efflite0
