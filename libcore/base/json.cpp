#include "libcore/base/json.h"

#include <set>
#include <vector>

namespace svg {
namespace {

constexpr int kMaxDepth = 64;

template <class Json>
Json parse_checked(const std::string& text, const std::string& where) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open, the innermost last
  auto check = [&](int depth, typename Json::parse_event_t event, Json& parsed) {
    using Event = typename Json::parse_event_t;
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key) {
      bool fresh = keys.back().insert(parsed.template get<std::string>()).second;
      require(fresh, ErrorKind::Data, where, ": key ", parsed.dump(),
              " stands twice in one object");
    }
    require(depth < kMaxDepth, ErrorKind::Data, where, ": JSON nested deeper than ", kMaxDepth,
            " levels");
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const nlohmann::json::exception& e) {
    // what() begins with "[json.exception.parse_error.101] "; only the rest helps a reader.
    std::string what = e.what();
    size_t end = what.find("] ");
    fail(ErrorKind::Data, where,
         ": not valid JSON: ", end == std::string::npos ? what : what.substr(end + 2));
  }
}

}  // namespace

json parse_json(const std::string& text, const std::string& where) {
  return parse_checked<json>(text, where);
}

ordered_json parse_ordered_json(const std::string& text, const std::string& where) {
  return parse_checked<ordered_json>(text, where);
}

std::string dump_json(const ordered_json& doc, const std::string& where) {
  try {
    return doc.dump();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::Data, where, ": text that is not valid UTF-8 cannot be written as JSON");
  }
}

}  // namespace svg
