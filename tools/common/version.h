// What --version prints.
#pragma once
#include <string>

namespace svg::tools {

// "svg-decode 0.1.0", or one JSON object: tool, version, compiler, libraries, features, formats.
std::string version_text(const std::string& tool, bool as_json);

}  // namespace svg::tools
