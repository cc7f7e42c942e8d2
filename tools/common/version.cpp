#include "tools/common/version.h"

#include "formats/provenance.h"
#include "libcore/base/json.h"

namespace svg::tools {

std::string version_text(const std::string& tool, bool as_json) {
  const std::string version = formats::project_version();
  if (!as_json) return tool + " " + version;
  ordered_json doc = {{"tool", tool}, {"version", version}, {"compiler", "g++ " __VERSION__}};
  doc["torch"] = SVG_TORCH_VERSION;  // empty: built without
  doc["libavcodec"] = SVG_LIBAVCODEC_VERSION;
  doc["cuda"] = bool(SVG_HAS_CUDA);
  doc["formats"] = {{"latents", 1}, {"memory", 1}, {"manifest", 1}, {"delta", 1}};
  return doc.dump();
}

}  // namespace svg::tools
