// Which video format a file name asks for. Header only, so that executables can ask before they
// load the library.
#pragma once
#include <optional>
#include <string>
#include <utility>

namespace svg::video {

enum class Container { Pictures, Mp4, Mov, WebM, Mkv, Gif, Y4m };

// For messages.
constexpr const char* kVideoNames =
    ".mp4, .mov, .webm, .mkv, .gif, .y4m, .png, a pattern such as dir/%05d.png, or - for y4m on "
    "standard output";

// Whether `name` ends so, in capitals or not.
inline bool has_ending(const std::string& name, const std::string& ending) {
  if (name.size() < ending.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
  for (size_t i = 0; i < ending.size(); ++i)
    if (lower(name[name.size() - ending.size() + i]) != ending[i]) return false;
  return true;
}

inline std::optional<Container> container_of(const std::string& name) {
  if (name == "-") return Container::Y4m;
  constexpr std::pair<const char*, Container> kEndings[] = {
      {".mp4", Container::Mp4},     {".mov", Container::Mov}, {".webm", Container::WebM},
      {".mkv", Container::Mkv},     {".gif", Container::Gif}, {".y4m", Container::Y4m},
      {".png", Container::Pictures}};
  for (const auto& [ending, container] : kEndings)
    if (has_ending(name, ending)) return container;
  return std::nullopt;
}

}  // namespace svg::video
