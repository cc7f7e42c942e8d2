# A stream is read alike from a file, a pipe, /dev/stdin and a FIFO; names that the system refuses to look up are no input.
cp "$CASE_DIR/../../../formats/vectors/valid/0002_walk.latents" .
walk=0002_walk.latents
svg-inspect --verify "$walk" | sed 's/.*latents: //' >expected
cat "$walk" | svg-inspect --verify /dev/stdin | cut -d' ' -f2- | cmp - expected
svg-inspect --verify <(cat "$walk") | cut -d' ' -f2- | cmp - expected
mkfifo fifo
cat "$walk" >fifo &
timeout 20 svg-inspect --verify fifo | cut -d' ' -f2- | cmp - expected
try() { status=0; "$@" >said 2>&1 || status=$?; echo "exit $status: $(head -1 said | cut -c1-120)"; }
ln -s loop loop
ln -s nowhere dangling
try svg-inspect loop
try svg-inspect dangling
try svg-inspect loop/below
try svg-inspect "$(printf 'n%.0s' {1..300})"
try svg-memory log loop
try svg-memory import "$walk" --model loop -o m
try svg-world dataset --profile tiny --episodes 1 -o loop/x
if [ "$(id -u)" != 0 ]; then
  mkdir closed && chmod 000 closed
  svg-inspect closed/file 2>/dev/null && echo "looked into a closed folder"
  chmod 700 closed
fi
# What a file says does not command the terminal.
printf 'x' >"$(printf 'a\033[31mb')"
try svg-inspect "$(printf 'a\033[31mb')"
# A FIFO that nobody writes to: a stop is noticed.
mkfifo silent
status=0; timeout --foreground --preserve-status -s TERM 1 svg-inspect silent 2>said || status=$?; echo "exit $status: $(cat said)"
mkdir lonely
mkfifo lonely/memory.json
status=0; timeout --foreground --preserve-status -s TERM 1 svg-inspect lonely 2>said || status=$?; echo "exit $status: $(cat said)"
