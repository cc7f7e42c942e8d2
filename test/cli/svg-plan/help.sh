# The flags, frozen.
source "$CASE_DIR/../help.bash"
print_help svg-plan
