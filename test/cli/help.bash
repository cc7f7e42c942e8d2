# For cases that freeze the flags: source "$CASE_DIR/../help.bash". test/cli/update_help.sh writes their .stdout anew.

# print_help TOOL: its --help, and that of each subcommand.
print_help() {
  local text command
  text=$("$1" --help)
  echo "$text"
  for command in $(sed -n '/^Subcommands:$/,/^$/s/^  \([a-z-]\+\) .*/\1/p' <<<"$text"); do
    printf '\n==== %s %s\n' "$1" "$command"
    "$1" "$command" --help
  done
}
