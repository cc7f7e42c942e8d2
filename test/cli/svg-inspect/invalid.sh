# Every invalid vector gives exit 65 and one line that names the fault.
cd "$CASE_DIR/../../../formats/vectors/invalid"
for error in *.error; do
  file=${error%.error} status=0
  said=$(svg-inspect --verify "$file" 2>&1 >/dev/null) || status=$?
  [ $status = 65 ] || echo "$file: exit $status"
  [ "$(wc -l <<<"$said")" = 1 ] || echo "$file: not one line: $said"
  grep -qF -- "$(<"$error")" <<<"$said" || echo "$file: $said"
done
