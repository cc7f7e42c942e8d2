# Every valid vector is sound, and each kind is told in a line.
cd "$CASE_DIR/../../../formats/vectors/valid"
svg-inspect --verify *.latents *.safetensors *.memory *.model *.manifest
svg-inspect - <0002_walk.latents
svg-inspect --provenance 0301_walk.memory
