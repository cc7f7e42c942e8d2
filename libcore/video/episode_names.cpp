#include "libcore/video/episode_names.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "libcore/base/error.h"
#include "libcore/base/json.h"
#include "libcore/base/printable.h"
#include "libcore/video/chunk_source.h"

namespace svg::video {
namespace {

namespace fs = std::filesystem;

struct Candidates {
  std::vector<std::string> with_folders;  // from none to all
  std::string with_ending;
};

Candidates candidates_for(const std::string& input) {
  const std::string stem = default_episode(input);
  Candidates names{{stem}, stem};
  if (input == "-") return names;
  std::error_code ignored;
  fs::path path = fs::absolute(input, ignored).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  names.with_ending = path.filename().string();
  std::string folders;
  for (fs::path at = path.parent_path(); at.has_filename(); at = at.parent_path()) {
    folders.insert(0, at.filename().string() + "/");
    names.with_folders.push_back(folders + stem);
  }
  return names;
}

// Names for inputs whose own are equal; empty where nothing tells them apart.
std::vector<std::string> told_apart(const std::vector<Candidates>& inputs,
                                    const std::set<std::string>& taken) {
  const auto good = [&](const std::vector<std::string>& names) {
    return std::set<std::string>(names.begin(), names.end()).size() == names.size() &&
           std::none_of(names.begin(), names.end(),
                        [&](const std::string& name) { return taken.contains(name); });
  };
  size_t deepest = 0;
  for (const Candidates& input : inputs) deepest = std::max(deepest, input.with_folders.size());
  std::vector<std::string> names(inputs.size());
  for (size_t level = 1; level < deepest; ++level) {
    for (size_t i = 0; i < inputs.size(); ++i)
      names[i] = inputs[i].with_folders[std::min(level, inputs[i].with_folders.size() - 1)];
    if (good(names)) return names;
  }
  for (size_t i = 0; i < inputs.size(); ++i) names[i] = inputs[i].with_ending;
  return good(names) ? names : std::vector<std::string>();
}

}  // namespace

std::vector<std::string> episode_names(const std::vector<std::string>& inputs,
                                       const std::string& wanted) {
  std::vector<std::string> names(inputs.size(), wanted);
  std::map<std::string, std::vector<size_t>> groups;
  size_t videos = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    // A stream's header names its inputs.
    dump_json(inputs[i], printable(inputs[i]) + ": the name of the file");
    if (is_manifest(inputs[i])) continue;
    ++videos;
    groups[default_episode(inputs[i])].push_back(i);
  }
  if (!wanted.empty()) {
    require(videos <= 1, ErrorKind::Usage, "--episode ", wanted,
            ": names one video, but there are ", videos);
    return names;
  }
  std::set<std::string> taken;
  for (const auto& [name, members] : groups)
    if (members.size() == 1) taken.insert(names[members[0]] = name);
  for (const auto& [name, members] : groups) {
    if (members.size() == 1) continue;
    std::vector<Candidates> all;
    for (const size_t i : members) all.push_back(candidates_for(inputs[i]));
    const std::vector<std::string> apart = told_apart(all, taken);
    for (size_t k = 0; k < members.size(); ++k) {
      std::string unique = apart.empty() ? name : apart[k];
      for (size_t number = 2; taken.contains(unique); ++number) unique = cat(name, "#", number);
      taken.insert(names[members[k]] = unique);
    }
  }
  return names;
}

}  // namespace svg::video
