#include "formats/provenance.h"

#include <algorithm>

#include "libcore/base/hash.h"

namespace svg::formats {

namespace {

constexpr int kMaxSteps = 16;     // of a chain, before its rest is a digest
constexpr size_t kMaxDepth = 16;  // of one record, without the one before it
constexpr size_t kMaxBytes = 65536;

size_t depth_of(const ordered_json& value) {
  size_t depth = 0;
  if (value.is_structured())
    for (const ordered_json& inner : value) depth = std::max(depth, depth_of(inner));
  return depth + 1;
}

// How many records the chain holds, those that a digest stands for included.
uint64_t steps_of(const ordered_json& chain) {
  uint64_t steps = 0;
  for (const ordered_json* at = &chain; at->is_object();) {
    if (auto earlier = at->find("earlier"); earlier != at->end())
      return steps + (json_fits<uint32_t>(*earlier) ? earlier->get<uint64_t>() : 1);
    ++steps;
    auto previous = at->find("previous");
    if (previous == at->end()) break;
    at = &*previous;
  }
  return steps;
}

// The chain, or a digest in place of what lies further back than kMaxSteps records. What another
// program wrote there may be of any size, too.
ordered_json bounded(const ordered_json& chain, int steps) {
  if (chain.is_object() && chain.contains("earlier") && !chain.contains("tool")) return chain;
  ordered_json record = chain, previous;
  if (record.is_object() && record.contains("previous")) {
    previous = record["previous"];
    record.erase("previous");
  }
  if (steps == 0 || depth_of(record) > kMaxDepth || record.dump().size() > kMaxBytes)
    return {{"earlier", steps_of(chain)}, {"sha256", sha256_hex(as_bytes_of(chain.dump()))}};
  if (!previous.is_null()) record["previous"] = bounded(previous, steps - 1);
  return record;
}

}  // namespace

ordered_json make_provenance(const std::string& tool, const ordered_json& settings, uint64_t seed,
                             const ordered_json& inputs, const ordered_json& previous) {
  ordered_json record{{"tool", tool}, {"version", project_version()}};
  record["settings"] = settings.is_null() ? ordered_json::object() : settings;
  record["seed"] = seed;
  record["inputs"] = inputs.is_null() ? ordered_json::object() : inputs;
  if (!previous.is_null()) record["previous"] = bounded(previous, kMaxSteps - 1);
  return record;
}

const char* project_version() {
  return SVG_VERSION;
}

}  // namespace svg::formats
