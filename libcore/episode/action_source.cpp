#include "libcore/episode/action_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <string_view>

#include "libcore/base/descriptor.h"
#include "libcore/base/json.h"
#include "libcore/base/signals.h"

namespace svg::episode {

namespace {
constexpr size_t kLongestLine = 4096;  // bytes of an action
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
}  // namespace

Action action_of(const formats::ChunkHeader& chunk) {
  return {chunk.action, chunk.action_inverse.value_or(""), std::nullopt};
}

ActionSource::ActionSource(const std::string& name) : name_(name == "-" ? "standard input" : name) {
  if (name == "-") return;
  do {
    descriptor_ = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0 && errno == EINTR) throw_if_stopped();
  } while (descriptor_ < 0 && errno == EINTR);
  const std::string reason = system_reason();
  require(descriptor_ >= 0, ErrorKind::NoInput, name, ": cannot be read: ", reason,
          ": expected a file with one action a line");
  struct stat info {};
  const bool folder = ::fstat(descriptor_, &info) == 0 && S_ISDIR(info.st_mode);
  require(!folder, ErrorKind::NoInput, name,
          ": is a directory: expected a file with one action a line");
}

ActionSource::ActionSource(std::string name, std::string lines)
    : name_(std::move(name)), buffer_(std::move(lines)), ended_(true) {}

ActionSource::~ActionSource() {
  if (descriptor_ > 0) ::close(descriptor_);
}

// The next line without its end; false at the end of the input. Reads no more than is there, so
// that a line is had as soon as it is written.
bool ActionSource::read_line(std::string& line) {
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos || (ended_ && !buffer_.empty())) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end == std::string::npos ? end : end + 1);
      ++line_;
      return true;
    }
    if (ended_) return false;
    require(buffer_.size() < kLongestLine, ErrorKind::Data, name_, ":", line_ + 1,
            ": is no line of text: expected one action a line, in UTF-8");
    std::array<char, 4096> bytes;
    const auto n = read_some(descriptor_, std::as_writable_bytes(std::span(bytes)), name_);
    buffer_.append(bytes.data(), n);
    ended_ = n == 0;
  }
}

std::optional<Action> ActionSource::next() {
  if (repeat_ > 0) {
    --repeat_;
    return current_;
  }
  for (std::string line; read_line(line);) {
    const auto where = cat(name_, ":", line_);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    // Some editors begin a file with a byte order mark; joined files have it further down.
    if (line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] == '#') continue;
    line = line.substr(first, line.find_last_not_of(" \t") + 1 - first);
    require(line.find('\0') == std::string::npos && line.size() < kLongestLine, ErrorKind::Data,
            where, ": is no line of text: expected one action a line, in UTF-8");
    dump_json(line, where);  // text that is not UTF-8 is refused before anything is made from it
    current_ = {};
    if (line[0] != '{') {
      current_.text = line;
      return current_;
    }
    const auto doc = parse_json(line, where);
    for (const auto& [key, value] : doc.items()) {
      require(key == "action" || key == "action_inverse" || key == "chunks" || key == "seed",
              ErrorKind::Data, where, ": unknown key \"", key,
              "\": expected action, action_inverse, chunks, seed");
    }
    current_.text = json_get<std::string>(doc, "action", where);
    current_.inverse = json_get_or<std::string>(doc, "action_inverse", "", where);
    if (doc.contains("seed")) current_.seed = json_get<uint64_t>(doc, "seed", where);
    const auto chunks = json_get_or<int64_t>(doc, "chunks", 1, where);
    require(chunks >= 1, ErrorKind::Data, where, ": \"chunks\" is ", chunks,
            ": expected at least 1");
    repeat_ = chunks - 1;
    return current_;
  }
  return std::nullopt;
}

}  // namespace svg::episode
