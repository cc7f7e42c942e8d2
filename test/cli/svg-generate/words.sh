# What a run does not do as asked, it says: a memory that is not new, a sentence that is cut, a plan without actions; a finished episode
# goes on where its plan has grown, and is refused where the plan is another one.
. "$CASE_DIR/../tiny.bash"
make_tiny_model
run=(svg-generate first.latents --threads 1 --progress never --model model --steps 2 --fast-rank 2 --fast-steps 2)
said() { sed -E 's/svg-generate: //; s/(out: ").*/\1.../' err; }
try() { status=0; "$@" 2>err || status=$?; echo "exit $status"; said; }

printf 'walk forward\nturn left\n' >plan.txt
try "${run[@]}" --actions plan.txt --memory walk.memory -o walk.latents
try "${run[@]}" --actions plan.txt --memory walk.memory -o again.latents
try "${run[@]}" --actions plan.txt --memory walk.memory@1 -o branch.latents

printf 'word %.0s' {1..200} >long.txt
try "${run[@]}" --no-fast --actions long.txt -o long.latents
printf '\xef\xbb\xbf# nothing\r\n' >none.txt
try "${run[@]}" --no-fast --actions none.txt -o none.latents
printf '\xef\xbb\xbfwalk forward\r\nturn left\r\n' >marked.txt
"${run[@]}" --actions marked.txt --memory marked.memory -o marked.latents
cmp walk.latents marked.latents

# A longer plan gives the episode that it would have given at once.
printf 'walk forward\nturn left\nturn right\n' >longer.txt
for fast in "" --no-fast; do
  memory() { [ -n "$fast" ] || echo "--memory $1.memory"; }
  rm -rf part.* once.*
  "${run[@]}" $fast --actions plan.txt $(memory part) -o part.latents
  "${run[@]}" $fast --actions longer.txt $(memory once) -o once.latents
  try "${run[@]}" $fast --actions longer.txt $(memory part) -o part.latents --resume
  cmp part.latents once.latents
  [ -n "$fast" ] || same_memory part.memory once.memory
  try "${run[@]}" $fast --actions longer.txt $(memory part) -o part.latents --resume
  try "${run[@]}" $fast --actions plan.txt $(memory part) -o part.latents --resume
  printf 'walk forward\nturn right\nturn right\nturn left\n' >other.txt
  try "${run[@]}" $fast --actions other.txt $(memory part) -o part.latents --resume
  cmp part.latents once.latents
  [ ! -e part.latents.partial ]
done
