#include "libcore/fast/lora_targets.h"

#include <algorithm>
#include <sstream>

#include "libcore/base/error.h"

namespace svg::fast {

namespace {

bool ends_at_dot(const std::string& name, const std::string& suffix) {
  return name == suffix || name.ends_with("." + suffix);
}

}  // namespace

bool is_target(const std::string& layer, const std::string& targets) {
  std::stringstream parts(targets);
  for (std::string target; std::getline(parts, target, ',');) {
    if (target == "attention") {
      for (const char* suffix : {"to_q", "to_k", "to_v", "to_out.0"}) {
        if (ends_at_dot(layer, suffix)) return true;
      }
    } else if (target == "ff") {
      if (layer.find(".ff.net.") != std::string::npos) return true;
    } else if (target == "proj") {
      if (ends_at_dot(layer, "proj_in") || ends_at_dot(layer, "proj_out")) return true;
    } else if (!target.empty() && ends_at_dot(layer, target)) {
      return true;
    }
  }
  return false;
}

std::vector<size_t> targeted_sites(const std::vector<LoraSite>& sites, const std::string& targets) {
  std::vector<size_t> out;
  for (size_t i = 0; i < sites.size(); ++i) {
    if (is_target(sites[i].name, targets)) out.push_back(i);
  }
  std::stringstream parts(targets);
  for (std::string target; std::getline(parts, target, ',');) {
    const bool fits = std::any_of(out.begin(), out.end(),
                                  [&](size_t i) { return is_target(sites[i].name, target); });
    require(fits, ErrorKind::Usage, "--lora-targets \"", targets,
            "\": no linear layer of the UNet is called \"", target,
            "\": expected attention, ff, proj or the end of a layer's name");
  }
  require(!out.empty(), ErrorKind::Usage,
          "--lora-targets is empty: expected attention, ff, proj or the end of a layer's name");
  return out;
}

}  // namespace svg::fast
