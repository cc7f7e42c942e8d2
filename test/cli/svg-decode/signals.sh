# A filter that waits for input dies of the signal and leaves nothing behind.
tiny_model M
mkfifo pipe
exec 3<>pipe # a writer that never writes
for signal in TERM INT; do
  status=0
  timeout --preserve-status -s $signal 3 svg-decode --model M pipe -o out.mp4 3>&- || status=$?
  echo "$signal: $status"
done
ls
