# Misuse prints the error, one usage line and where help is, on standard error alone.
for flags in "--cuont 5 done" "" "done --count five" "done extra" "done --device gpu" "usage" "--bogus"; do
  status=0
  tool_main_probe $flags >out 2>err || status=$?
  echo "[$flags] -> $status, $(wc -c <out) bytes on stdout"
  sed 's/^/  /' err
done
