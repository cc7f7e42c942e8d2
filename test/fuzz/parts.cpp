#include "test/fuzz/parts.h"

#include <filesystem>
#include <fstream>
#include <string_view>

#include "libcore/base/hash.h"
#include "libcore/base/log.h"

namespace svg::fuzz {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBetween = "\x1e\x1e";

std::string tame(std::string_view name) {
  std::string result;
  for (const char c : name.substr(0, 64)) {
    const bool fine = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
                      c == '/' ||
                      (c == '.' && !result.empty() && result.back() != '/' && result.back() != '.');
    if (fine && !(c == '/' && (result.empty() || result.back() == '/'))) result += c;
  }
  while (!result.empty() && (result.back() == '/' || result.back() == '.')) result.pop_back();
  return result;
}

}  // namespace

std::vector<Part> parts_of(std::span<const uint8_t> input) {
  std::vector<Part> parts;
  std::string_view rest(reinterpret_cast<const char*>(input.data()), input.size());
  while (!rest.empty() && parts.size() < 32) {
    const std::string_view part = rest.substr(0, rest.find(kBetween));
    const size_t name_end = part.find('\x1f');
    if (name_end != std::string_view::npos)
      parts.push_back({tame(part.substr(0, name_end)), std::string(part.substr(name_end + 1))});
    rest.remove_prefix(std::min(rest.size(), part.size() + kBetween.size()));
  }
  return parts;
}

std::string sealed_again(const std::string& text) {
  constexpr std::string_view kCheck = "\"check\":\"";
  std::string result;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(at, end - at);
    const size_t tail = kCheck.size() + 16 + 2;
    if (line.size() > tail && line.compare(line.size() - tail, kCheck.size(), kCheck) == 0 &&
        line.ends_with("\"}")) {
      const size_t digits = line.size() - 18;
      line.replace(digits, 16, 16, '0');
      Sha256 hash;
      hash.update(std::as_bytes(std::span(line)));
      line.replace(digits, 16, hash.hex().substr(0, 16));
    }
    result += line;
    if (end < text.size()) result += '\n';
    at = end + 1;
  }
  return result;
}

std::string Scratch::fill(const std::vector<Part>& parts) const {
  for (const auto& entry : fs::directory_iterator(path())) fs::remove_all(entry.path());
  for (const Part& part : parts) {
    if (part.name.empty()) continue;
    const fs::path file = fs::path(path()) / part.name;
    std::error_code clash;  // two parts may want one name as a file and as a folder
    fs::create_directories(file.parent_path(), clash);
    if (!clash) std::ofstream(file, std::ios::binary) << part.content;
  }
  return path();
}

}  // namespace svg::fuzz
