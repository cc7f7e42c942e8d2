#include "libcore/fast/start_file.h"

#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/path.h"

namespace svg::fast {

void find_start(FastSettings& s, const std::string& model) {
  const std::string own = model + "/" + kModelStart;
  const std::string wanted = s.init.starts_with("sha256:") ? s.init : "";
  if (s.init == kNoStart) {
    s.init.clear();
  } else if (!wanted.empty()) {
    require(path_exists(own), ErrorKind::Config, model, ": has no ", kModelStart,
            ", and what is asked for started from one (", wanted,
            "): name the file with --fast-init");
    s.init = own;
  } else if (s.init.empty() && path_exists(own)) {
    s.init = own;
  }
  s.init_digest = s.init.empty() ? "" : "sha256:" + sha256_hex_of_file(s.init);
  require(wanted.empty() || s.init_digest == wanted, ErrorKind::Config, own, ": is ", s.init_digest,
          ", what is asked for started from ", wanted, ": name the file with --fast-init");
}

}  // namespace svg::fast
