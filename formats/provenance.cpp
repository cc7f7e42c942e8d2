#include "formats/provenance.h"

namespace svg::formats {

ordered_json make_provenance(const std::string& tool, const ordered_json& settings, uint64_t seed,
                             const ordered_json& inputs, const ordered_json& previous) {
  ordered_json record{{"tool", tool}, {"version", project_version()}};
  record["settings"] = settings.is_null() ? ordered_json::object() : settings;
  record["seed"] = seed;
  record["inputs"] = inputs.is_null() ? ordered_json::object() : inputs;
  if (!previous.is_null()) record["previous"] = previous;
  return record;
}

const char* project_version() {
  return SVG_VERSION;
}

}  // namespace svg::formats
