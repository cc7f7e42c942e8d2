# One episode: every file is there, as long as the manifest says, and the same again for the same seeds.
svg-world rollout --world maze --profile tiny --geometry 2000007 --appearance 2000008 --script turn-around --chunks 9 -o a -q
svg-world rollout --world maze --profile tiny --geometry 2000007 --appearance 2000008 --script turn-around --chunks 9 -o b -q
svg-world rollout --world maze --profile tiny --geometry 2000007 --appearance 2000009 --script turn-around --chunks 9 -o c -q
diff -r a b
cmp -s a/frames.rgb c/frames.rgb && echo "another appearance gives the same frames"
cmp a/face.u16 c/face.u16
(cd a && wc -c frames.rgb pose.f32 act.f32 face.u16 && wc -l actions.txt actions.jsonl chunks.jsonl episodes.jsonl)
cut -d' ' -f1,2 a/actions.txt
test "$(sha256sum < a/frames.rgb | cut -d' ' -f1)" = "$(grep -o '"sha256":"[0-9a-f]*"' a/episodes.jsonl | cut -d'"' -f4)"
# The full profile at the size of the smoke test, turns of at most 2 degrees a frame.
svg-world rollout --geometry 2000001 --appearance 2000001 --script spin --chunks 26 --size 32x32 --max-turn 2 -o slow -q
sort slow/actions.txt | uniq -c | sed 's/left\|right/aside/'
