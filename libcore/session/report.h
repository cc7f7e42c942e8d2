// What a session hands back to its executable, which prints it: the library writes nothing on
// standard output. Torch-free.
#pragma once
#include <string>

#include "libcore/base/json.h"

namespace svg::session {

struct Report {
  ordered_json json;  // the result, for --json
  std::string text;   // the same for people; ends with a newline where it is not empty
  int exit_code = 0;
};

}  // namespace svg::session
