# An environment that dies, hangs or lies fails its episode, which is kept; the others go on.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
svg-world dataset -q --profile tiny --script retrace --sentences plain --split test --episodes 3 --seed 1 -o tasks
svg-world dataset -q --profile tiny --episodes 10 --chunks 4 --seed 1 -o walks
svg-plan train "${quiet[@]}" --data walks --steps 4 --batch 4 --channels 8 -o idm > /dev/null
with=(-q "${quiet[@]}" --model model --idm idm --tasks tasks --steps 2 --fast-rank 2 --video none)
plan() { svg-plan run "${with[@]}" --fast-steps 1 "$@"; }
# The second environment of a run goes wrong behind its fifth request: hello, reset, the past, two subgoals.
cat > second.sh <<'P'
n=$(ls runs | wc -l); touch "runs/$n"
serve() { svg-world serve --profile tiny; }
[ "$n" = 1 ] || exec svg-world serve --profile tiny
case $1 in
  dies) sed -u 5q | serve ;;
  hangs) (sed -u 5q; sleep 60) | serve ;;
  lies) serve | sed -u '6s/"bytes":[0-9]*/"bytes":7/' ;;
esac
P
for fault in dies hangs lies; do
  rm -rf runs; mkdir runs
  status=0
  plan --env "bash second.sh $fault" --time-limit 5 -o "$fault" > said || status=$?
  echo "-- $fault: exit $status"
  cat said
  grep -o '"ep":"[^"]*"' "$fault/episodes.jsonl"
  grep -o '"n":[0-9]*' "$fault/episodes.jsonl" | xargs
  svg-inspect --verify "$fault" > /dev/null
  [ -e "$fault/plan-000001.latents" ] && cat "$fault/failed.jsonl"
done
# One that is dead from the beginning leaves no frames, but its line.
rm -rf runs; mkdir runs
cat > never.sh <<'P'
n=$(ls runs | wc -l); touch "runs/$n"
[ "$n" = 0 ] && exit 3
exec svg-world serve --profile tiny
P
plan --env "bash never.sh" -o never 2>&1 || echo "exit $?"
grep -o '"ep":"[^"]*"' never/episodes.jsonl
# It says of itself that it is not deterministic: a stopped run is begun anew.
chance=(--env "svg-world serve --profile tiny | sed -u 's/\"det\":true/\"det\":false/'" --count 1 --memory on --fast-steps 40 -o chance)
svg-plan run "${with[@]}" "${chance[@]}" > /dev/null 2>&1 &
within 60 [ -e chance.partial/step-000000-000001.safetensors ]
kill -9 $!
wait $! 2> /dev/null || true
svg-plan run "${with[@]}" -v "${chance[@]}" --resume 2>&1 | grep -v tokens
# Sizes that do not fit.
svg-world dataset -q --world table --profile tiny --script cubes --split test --episodes 2 --seed 1 -o cubes
svg-plan run "${quiet[@]}" --model model --idm idm --tasks cubes -o none 2>&1 || echo "exit $?"
svg-plan run "${quiet[@]}" --model model --idm model --tasks tasks -o none 2>&1 || echo "exit $?"
svg-plan run "${quiet[@]}" --model model --idm idm --tasks walks -o none 2>&1 || echo "exit $?"
