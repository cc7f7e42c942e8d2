// What a reader has to say about its input, unless it only looks (ReaderOptions::quiet).
#pragma once
#include <string>

#include "libcore/base/log.h"

namespace svg::video {

struct Remarks {
  bool quiet = false;
  void warn(const std::string& text) const {
    if (!quiet) log_warn(text);
  }
  void note(const std::string& text) const {
    if (!quiet) log_info(text);
  }
};

}  // namespace svg::video
