# The maze as an environment: all rules kept; what a client in another language sees.
for profile in tiny view full; do svg-world check "svg-world serve --profile $profile"; done
printf '%s\n' '{"op":"hello","id":0,"proto":1}' '{"op":"step","id":1,"acts":[{}]}' \
  '{"op":"reset","id":2,"geometry":2000077,"appearance":2000012}' '{"op":"step","id":3,"acts":[{"turn":11.25},{"fwd":0.1}]}' \
  '{"op":"step","id":4,"acts":[{"turn":99}]}' '{"op":"jump","id":5}' 'no json' '{"op":"hello","id":6,"proto":2}' '{"op":"close","id":7}' |
  svg-world serve --profile tiny 3> pixels
sha256sum < pixels
status=0
svg-world serve --profile tiny 3>&- < /dev/null 2> said || status=$?
cat said
echo "exit $status"
svg-world serve --profile tiny 3> pixels < /dev/null
echo "exit $?"
