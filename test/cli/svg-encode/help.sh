# The flags, frozen; and each answers at once, because LibTorch is not loaded.
svg-encode --help
svg-encode --version
status=0
svg-encode --modle M 2>err || status=$?
echo "$status: $(cat err)"
