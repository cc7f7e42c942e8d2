# A missing file is 66, a cut-off stream 65, and the other files are still looked at.
vectors=$CASE_DIR/../../../formats/vectors
cp "$vectors/valid/0001_empty.latents" .
head -c 200 0001_empty.latents >cut.latents
status=0; svg-inspect missing.latents 0001_empty.latents || status=$?; echo $status
status=0; svg-inspect cut.latents || status=$?; echo $status
mkdir folder
status=0; svg-inspect folder || status=$?; echo $status
