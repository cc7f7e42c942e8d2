svg-world list
svg-world list --json | grep -c '"name"'
