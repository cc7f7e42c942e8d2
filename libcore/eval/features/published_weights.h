// The weights that profiles without a suffix stand for, by digest. Torch-free.
#pragma once
#include <string>

namespace svg::eval {

// `digest`: NetworkWeights::digest(). `source`: SHA-256 of the checkpoint that a file says it was
// converted from, or "". A published checkpoint is known by either.
bool is_published(const std::string& digest, const std::string& source);

}  // namespace svg::eval
