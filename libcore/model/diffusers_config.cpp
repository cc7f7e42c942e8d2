#include "libcore/model/diffusers_config.h"

#include <algorithm>

namespace svg {

void expect_class_name(const json& doc, const std::string& name, const std::string& where) {
  const auto found = json_get_or<std::string>(doc, "_class_name", name, where);
  require(found == name, ErrorKind::Data, where, ": \"_class_name\" is \"", found,
          "\", expected \"", name, "\"");
}

void expect_known_keys(const json& doc, std::initializer_list<const char*> known,
                       const std::string& where) {
  std::string unknown;
  for (const auto& [key, value] : doc.items()) {
    if (key.starts_with('_')) continue;
    if (std::find(known.begin(), known.end(), key) == known.end())
      unknown += (unknown.empty() ? "\"" : ", \"") + key + "\"";
  }
  require(unknown.empty(), ErrorKind::Data, where, ": unknown settings ", unknown,
          "; they would change the model, so it is not loaded without them");
}

}  // namespace svg
