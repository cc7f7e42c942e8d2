# --force replaces a data set of ours and nothing else, in one step.
make() { svg-world dataset -q --profile tiny --episodes 3 --seed "$1" "${@:2}"; }
try() { echo "-- $*"; status=0; "$@" >said 2>&1 || status=$?; echo "exit $status: $(head -1 said)"; rm said; }
make 1 -o data
sha256sum data/frames-00000.rgb | cut -c1-64 >before
make 2 -o data --force
sha256sum data/frames-00000.rgb | cut -c1-64 | cmp -s - before && echo "not replaced"
svg-inspect --verify data
ls
echo letter >data/letter.txt
try make 3 -o data --force
rm data/letter.txt
mkdir other
echo mine >other/mine
try make 3 -o other --force
mkdir empty
make 3 -o empty --force
ls empty
ln -s data link
try make 3 -o link --force
try make 3 -o link/. --force
(cd data && try make 3 -o . --force && try make 3 -o ../data --force && try make 3 -o .. --force && ls)
cat other/mine
# What a killed run left goes with the next run of the same name; what is no temporary of ours stays.
mkdir -p data.tmp-0123456789abcdef/sub data.tmp-77
echo half >data.tmp-0123456789abcdef/sub/frames.rgb
make 4 -o data --force
ls -d data*
