# The flags, frozen; and each answers at once, because LibTorch is not loaded.
svg-decode --help
svg-decode --version
status=0
svg-decode --modle M 2>err || status=$?
echo "$status: $(cat err)"
