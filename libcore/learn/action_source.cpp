#include "libcore/learn/action_source.h"

#include <iostream>

#include "formats/base/json.h"

namespace svg::learn {

ActionSource::ActionSource(const std::string& name) : name_(name == "-" ? "standard input" : name), in_(&std::cin) {
  if (name == "-") return;
  file_.open(name);
  require(file_.good(), ErrorKind::NoInput, name, ": cannot be read: expected a file with one action a line");
  in_ = &file_;
}

std::optional<Action> ActionSource::next() {
  if (repeat_ > 0) {
    --repeat_;
    return current_;
  }
  for (std::string line; std::getline(*in_, line);) {
    ++line_;
    const auto where = cat(name_, ":", line_);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] == '#') continue;
    line = line.substr(first, line.find_last_not_of(" \t") + 1 - first);
    require(line.find('\0') == std::string::npos && line.size() < 4096, ErrorKind::Data, where,
            ": is no line of text: expected one action a line");
    current_ = {};
    if (line[0] != '{') {
      current_.text = line;
      return current_;
    }
    const auto doc = parse_json(line, where);
    for (const auto& [key, value] : doc.items()) {
      require(key == "action" || key == "action_inverse" || key == "chunks" || key == "seed", ErrorKind::Data, where,
              ": unknown key \"", key, "\": expected action, action_inverse, chunks, seed");
    }
    current_.text = json_get<std::string>(doc, "action", where);
    current_.inverse = json_get_or<std::string>(doc, "action_inverse", "", where);
    if (doc.contains("seed")) current_.seed = json_get<uint64_t>(doc, "seed", where);
    const auto chunks = json_get_or<int64_t>(doc, "chunks", 1, where);
    require(chunks >= 1, ErrorKind::Data, where, ": \"chunks\" is ", chunks, ": expected at least 1");
    repeat_ = chunks - 1;
    return current_;
  }
  return std::nullopt;
}

}  // namespace svg::learn
