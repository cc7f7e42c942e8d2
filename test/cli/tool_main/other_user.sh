# What this user may not look up, read or write is said plainly: 66 for what is read, 73 for what is made. Needs root, to become another user.
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || exit 77
chmod 755 .. .
as_other() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
as_other svg-inspect --version >/dev/null 2>&1 || exit 77   # built where others cannot go
valid=$CASE_DIR/../../../formats/vectors/valid
mkdir closed open
chmod 777 open
cp -r "$valid/0301_walk.memory" "$valid/0002_walk.latents" "$valid/0501_walk.manifest" closed
cp -r "$valid/0301_walk.memory" theirs.memory
cp "$valid/0002_walk.latents" unread.latents
chmod 600 unread.latents
chmod 700 closed
try() { status=0; as_other "$@" >said 2>&1 || status=$?; echo "$status: $(head -1 said)"; }
try svg-inspect closed/0002_walk.latents
try svg-inspect closed/0301_walk.memory
try svg-inspect closed
try svg-inspect unread.latents
try svg-memory log closed/0301_walk.memory
try svg-memory verify closed/0301_walk.memory
try svg-memory gc closed/0301_walk.memory
try svg-memory gc theirs.memory
try svg-memory forget theirs.memory@1
try svg-memory fork theirs.memory closed/new.memory
try svg-memory fork closed/0301_walk.memory open/new.memory
try svg-memory tail theirs.memory unread.latents -o open/tail.latents
try svg-world dataset -q --profile tiny --episodes 1 --chunks 2 -o closed/data
try svg-world dataset -q --profile tiny --episodes 1 --chunks 2 --force -o closed
try svg-world dataset -q --profile tiny --episodes 1 --chunks 2 --config closed/settings.toml -o open/data
ln -s loop loop
try svg-inspect loop
try svg-memory log loop
try svg-world dataset -q --profile tiny --episodes 1 --chunks 2 -o loop/data
long=$(printf 'x%.0s' {1..300})
try svg-inspect "$long"
try svg-memory fork theirs.memory "open/$long"
try svg-world dataset -q --profile tiny --episodes 1 --chunks 2 -o "open/$long"
ls open
