// What made an output: tool, version, every setting that shapes its bytes, seed, fingerprints of
// its inputs, and the record of the input it came from. No time, host or path: equal inputs and
// settings give equal bytes. Page: formats/provenance.md.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg::formats {

// Of a chain of more than 16 records the earlier ones become {"earlier": how many, "sha256": digest
// of their text}: every step of a long history can be written and read.
// {"tool", "version", "settings": {...}, "seed", "inputs": {name: fingerprint}, "previous": {...}
// or absent}
ordered_json make_provenance(const std::string& tool, const ordered_json& settings, uint64_t seed,
                             const ordered_json& inputs, const ordered_json& previous = nullptr);

const char* project_version();  // "0.1.0"

}  // namespace svg::formats
