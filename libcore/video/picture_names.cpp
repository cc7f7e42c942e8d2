#include "libcore/video/picture_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "libcore/base/error.h"
#include "libcore/video/video_names.h"

namespace svg::video {
namespace {

namespace fs = std::filesystem;

bool digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr std::array<const char*, 28> kEndings{
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".tif", ".tiff", ".ppm",
    ".pgm", ".pbm", ".pnm",  ".pam", ".tga",  ".jp2",  ".j2k", ".exr", ".dpx",  ".dds",
    ".qoi", ".sgi", ".psd",  ".jxl", ".heic", ".heif", ".hif", ".avif"};

// Names of the files in a folder, hidden ones aside.
std::vector<std::string> files_in(const std::string& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder.empty() ? "." : folder, error), end;
  require(!error, ErrorKind::NoInput, folder, ": cannot be read: ", error.message());
  std::vector<std::string> names;
  for (; entries != end; entries.increment(error)) {
    require(!error, ErrorKind::NoInput, folder, ": cannot be read: ", error.message());
    std::error_code ignored;
    const std::string name = entries->path().filename().string();
    if (!name.starts_with('.') && !entries->is_directory(ignored)) names.push_back(name);
  }
  return names;
}

struct Numbered {
  std::string before, after;  // the number
  int64_t number = 0;
};

// By the last run of digits; nullopt without one, or with one that is no sensible counter.
std::optional<Numbered> numbered(const std::string& name) {
  const size_t dot = name.rfind('.'), length = dot == name.npos ? name.size() : dot;
  size_t end = length;
  while (end > 0 && !digit(name[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && digit(name[begin - 1])) --begin;
  if (begin == end || end - begin > 15) return std::nullopt;
  Numbered found{name.substr(0, begin), name.substr(end, length - end)};
  std::from_chars(name.data() + begin, name.data() + end, found.number);
  return found;
}

struct Gaps {
  int64_t missing = 0;
  size_t first_behind = 0;  // index of the picture behind the first gap
};

Gaps gaps_in(const std::vector<int64_t>& numbers) {
  Gaps gaps;
  for (size_t i = 1; i < numbers.size(); ++i) {
    if (numbers[i] <= numbers[i - 1] + 1) continue;
    if (gaps.missing == 0) gaps.first_behind = i;
    gaps.missing += numbers[i] - numbers[i - 1] - 1;
  }
  return gaps;
}

std::string words_for(const Gaps& gaps, const std::vector<std::string>& names) {
  if (gaps.missing == 0) return "";
  return cat("the numbers have a gap between ", names[gaps.first_behind - 1], " and ",
             names[gaps.first_behind], " (", gaps.missing,
             gaps.missing == 1 ? " picture is" : " pictures are",
             " missing in all); the others are taken to follow one another");
}

// A folder's names need not be counters: a gap is one only where most numbers do follow.
std::string gaps_of_folder(const std::vector<std::string>& names) {
  std::vector<int64_t> numbers;
  std::string before, after;
  for (const std::string& name : names) {
    const auto found = numbered(name);
    if (!found || (!numbers.empty() && (found->before != before || found->after != after)))
      return "";
    before = found->before, after = found->after;
    numbers.push_back(found->number);
  }
  size_t follow = 0;
  for (size_t i = 1; i < numbers.size(); ++i) follow += numbers[i] == numbers[i - 1] + 1;
  return 2 * follow + 1 >= numbers.size() && follow > 0 ? words_for(gaps_in(numbers), names) : "";
}

}  // namespace

bool is_picture_name(const std::string& name) {
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](const char* ending) { return has_ending(name, ending); });
}

bool natural_less(const std::string& a, const std::string& b) {
  size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (!digit(a[i]) || !digit(b[k])) {
      if (a[i] != b[k]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[k]);
      ++i, ++k;
      continue;
    }
    const auto run = [](const std::string& s, size_t& at) {
      while (at < s.size() && s[at] == '0') ++at;
      const size_t begin = at;
      while (at < s.size() && digit(s[at])) ++at;
      return std::string_view(s).substr(begin, at - begin);
    };
    const std::string_view x = run(a, i), y = run(b, k);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  if (i < a.size() || k < b.size()) return k < b.size();
  return a < b;
}

std::optional<PictureNames> pictures_of_pattern(const std::string& pattern) {
  const fs::path path(pattern);
  const std::string name = path.filename().string();
  const size_t percent = name.find('%');
  std::error_code ignored;
  if (percent == name.npos || fs::exists(path, ignored)) return std::nullopt;
  size_t end = percent + 1;
  while (end < name.size() && digit(name[end])) ++end;
  if (end == name.size() || name[end] != 'd' || end - percent > 4 ||
      name.find('%', end) != name.npos)
    return std::nullopt;
  const std::string before = name.substr(0, percent), after = name.substr(end + 1);
  size_t width = 0;
  std::from_chars(name.data() + percent + 1, name.data() + end, width);

  std::vector<std::pair<int64_t, std::string>> found;
  for (const std::string& file : files_in(path.parent_path().string())) {
    if (file.size() <= before.size() + after.size() || !file.starts_with(before) ||
        !file.ends_with(after))
      continue;
    const std::string number =
        file.substr(before.size(), file.size() - before.size() - after.size());
    const bool fits = number.size() <= 15 && std::all_of(number.begin(), number.end(), digit) &&
                      number.size() >= width &&
                      (number.size() == std::max<size_t>(width, 1) || number[0] != '0');
    if (fits) found.emplace_back(std::stoll(number), file);
  }
  require(!found.empty(), ErrorKind::NoInput, pattern,
          ": cannot be read: no file fits the pattern");
  std::sort(found.begin(), found.end());
  PictureNames result;
  std::vector<int64_t> numbers;
  std::vector<std::string> names;
  for (const auto& [number, file] : found) {
    numbers.push_back(number);
    names.push_back(file);
    result.paths.push_back((path.parent_path() / file).string());
  }
  result.gaps = words_for(gaps_in(numbers), names);
  return result;
}

PictureNames pictures_of_folder(const std::string& folder) {
  PictureNames result;
  std::vector<std::string> names;
  for (const std::string& name : files_in(folder)) {
    if (is_picture_name(name)) names.push_back(name);
    else ++result.others;
  }
  require(!names.empty(), ErrorKind::NoInput, folder,
          ": holds neither pictures nor an episodes.jsonl");
  std::sort(names.begin(), names.end(), natural_less);
  result.gaps = gaps_of_folder(names);
  for (const std::string& name : names) result.paths.push_back((fs::path(folder) / name).string());
  return result;
}

}  // namespace svg::video
