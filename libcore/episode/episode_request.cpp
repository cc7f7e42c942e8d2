#include "libcore/episode/episode_request.h"

#include <filesystem>
#include <set>
#include <sstream>

#include "formats/memory/memory.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/json.h"

namespace svg::episode {

namespace {

EpisodeRequest request_from(const json& doc, const std::string& where) {
  require(doc.is_object(), ErrorKind::Data, where,
          ": expected an object with input, actions, output and perhaps memory");
  for (const auto& [key, value] : doc.items()) {
    require(key == "input" || key == "actions" || key == "output" || key == "memory",
            ErrorKind::Data, where, ": unknown key \"", key,
            "\": expected input, actions, output, memory");
  }
  EpisodeRequest request;
  request.input = json_get<std::string>(doc, "input", where);
  request.output = json_get<std::string>(doc, "output", where);
  request.memory = json_get_or<std::string>(doc, "memory", "", where);
  for (const auto& name : {request.input, request.output}) {
    require(!name.empty() && name != "-", ErrorKind::Data, where, ": \"", name,
            "\" is no file: input and output of each of many episodes are files");
  }
  const auto actions = doc.find("actions");
  if (actions == doc.end() || !actions->is_array()) {
    request.actions = json_get<std::string>(doc, "actions", where);
    require(request.actions != "-", ErrorKind::Data, where,
            ": actions of each of many episodes are a file or a list");
    return request;
  }
  request.actions = where + ", action";
  request.action_lines.emplace();
  for (const auto& action : *actions) {
    require(action.is_string() || action.is_object(), ErrorKind::Data, where,
            ": an action is a sentence or an object");
    *request.action_lines +=
        dump_json(action.is_string() ? json{{"action", action}} : action, where) + "\n";
  }
  return request;
}

std::string directory_of(const std::string& memory, const std::string& where) {
  try {
    return formats::MemoryRef::parse(memory).dir;
  } catch (const Error& e) {
    fail(ErrorKind::Data, where, ": ", e.what());
  }
}

// Two spellings of one path are one place.
std::string place_of(const std::string& path) {
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed) / "";  // each with a slash at its end
  const auto place = std::filesystem::weakly_canonical(whole, failed);
  return (failed ? whole : place).string();
}

}  // namespace

std::vector<EpisodeRequest> read_episode_requests(const std::string& path) {
  std::istringstream lines(read_file(path));
  std::vector<EpisodeRequest> requests;
  std::set<std::string> outputs, memories;
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto where = cat(path, ":", ++number);
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto request = request_from(parse_json(line, where), where);
    require(outputs.insert(place_of(request.output)).second, ErrorKind::Data, where,
            ": an episode before this one has the output ", request.output, " too");
    require(request.memory.empty() ||
                memories.insert(place_of(directory_of(request.memory, where))).second,
            ErrorKind::Data, where, ": an episode before this one has the memory ", request.memory,
            " too: a memory is of one");
    requests.push_back(std::move(request));
  }
  require(!requests.empty(), ErrorKind::NoInput, path, ": names no episode");
  return requests;
}

}  // namespace svg::episode
