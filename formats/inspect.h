// What a file or folder is, as one JSON object: the facts that svg-inspect prints, and that every
// reader must find in the test vectors alike. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg::formats {

struct Inspection {
  // facts["type"]: latent-stream, lora-delta, safetensors, memory, model-directory or manifest.
  ordered_json facts;
  // Where the file names it: what made it. An object, or for a stream a list of objects, one a
  // stream.
  ordered_json provenance;
  // What is wrong though readable: a stream cut off, and with `verify` all that only a full check
  // finds.
  std::vector<std::string> problems;
};

// `path` may be "-": a latent stream on standard input. `verify` also reads every weight, hash and
// number. Throws Error{NoInput, Data}.
Inspection inspect(const std::string& path, bool verify);

}  // namespace svg::formats
