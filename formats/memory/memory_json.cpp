#include "formats/memory/memory_json.h"

#include <charconv>

#include "formats/memory/memory_log.h"
#include "libcore/base/error.h"

namespace svg::formats {
namespace {

constexpr const char* kFormat = "svg-memory/1";

// A whole number of decimal digits, at least `least`; nullopt for anything else.
std::optional<int64_t> parse_number(const std::string& text, int64_t least) {
  int64_t n = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  bool whole =
      error == std::errc{} && end == text.data() + text.size() && !text.empty() && text[0] != '-';
  return whole && n >= least ? std::optional(n) : std::nullopt;
}

std::string read_hash(const ordered_json& line, const char* key, const std::string& where) {
  auto text = json_get<std::string>(line, key, where);
  bool hex = text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  require(hex, ErrorKind::Data, where, ": \"", key, "\" must be 64 hex digits");
  return text;
}

std::optional<double> read_loss(const ordered_json& line, const char* key,
                                const std::string& where) {
  auto found = line.find(key);
  if (found != line.end() && found->is_null()) return std::nullopt;
  return json_get<double>(line, key, where);
}

std::optional<int64_t> read_steps(const ordered_json& line, const std::string& where) {
  if (!line.contains("steps")) return std::nullopt;
  const int64_t steps = read_integer(line, "steps", where);
  require(steps >= 0, ErrorKind::Data, where, ": steps ", steps, ", expected 0 or more");
  return steps;
}

}  // namespace

ordered_json number_or_null(std::optional<double> number) {
  return number ? ordered_json(*number) : ordered_json(nullptr);
}

KeepPolicy KeepPolicy::parse(const std::string& text) {
  if (text == "all") return {1};
  if (text == "last") return {0};
  auto n = text.starts_with("every:") ? parse_number(text.substr(6), 1) : std::nullopt;
  require(n.has_value(), ErrorKind::Usage, "unknown keep policy \"", text,
          "\": expected all, last or every:N with N from 1 on");
  return {*n};
}

std::string KeepPolicy::text() const {
  if (every == 0) return "last";
  return every == 1 ? "all" : "every:" + std::to_string(every);
}

MemoryRef MemoryRef::parse(const std::string& text) {
  size_t at = text.rfind('@');
  if (at == std::string::npos || text.find('/', at) != std::string::npos)
    return {text, std::nullopt};
  auto id = parse_number(text.substr(at + 1), 0);
  require(id && at > 0, ErrorKind::Usage, "\"", text,
          "\": expected DIR or DIR@REVISION with a revision number from 0 on");
  return {text.substr(0, at), id};
}

MemoryRange MemoryRange::parse(const std::string& text) {
  size_t at = text.rfind('@'), dots = text.rfind("..");
  bool range = at != std::string::npos && dots != std::string::npos && dots > at;
  auto first = MemoryRef::parse(range ? text.substr(0, dots) : text).revision;
  auto last = range ? parse_number(text.substr(dots + 2), 1) : first;
  require(first && last && 1 <= *first && *first <= *last, ErrorKind::Usage, "\"", text,
          "\": expected DIR@FIRST..LAST or DIR@REVISION, revisions from 1 on");
  return {text.substr(0, at), *first, *last};
}

ordered_json to_json(const MemoryInfo& info) {
  return {{"format", kFormat},
          {"base", info.lora.base},
          {"rank", info.lora.rank},
          {"alpha", info.lora.alpha},
          {"targets", info.lora.targets},
          {"optimizer", info.optimizer},
          {"keep", info.keep.text()},
          {"provenance", info.lora.provenance}};
}

MemoryInfo memory_info_from(const ordered_json& doc, const std::string& where) {
  auto format = json_get<std::string>(doc, "format", where);
  require(format == kFormat, ErrorKind::Data, where, ": format \"", format,
          "\", this version reads \"", kFormat, "\"");
  MemoryInfo info;
  info.lora.base = json_get<std::string>(doc, "base", where);
  info.lora.rank = read_integer(doc, "rank", where);
  require(info.lora.rank >= 1 && info.lora.rank <= kMaxLoraRank, ErrorKind::Data, where, ": rank ",
          info.lora.rank, ", expected 1 to ", kMaxLoraRank);
  info.lora.alpha = json_get<double>(doc, "alpha", where);
  info.lora.targets = json_get<std::vector<std::string>>(doc, "targets", where);
  info.lora.provenance = json_get<ordered_json>(doc, "provenance", where);
  info.optimizer = json_get<ordered_json>(doc, "optimizer", where);
  try {
    info.keep = KeepPolicy::parse(json_get<std::string>(doc, "keep", where));
  } catch (const Error& e) {
    fail(ErrorKind::Data, where, ": ", e.what());
  }
  return info;
}

ordered_json to_json(const Revision& r) {
  ordered_json line{{"revision", r.id},
                    {"parent", r.parent},
                    {"episode", r.episode},
                    {"chunk", r.chunk},
                    {"action", r.action},
                    {"loss_before", number_or_null(r.loss_before)},
                    {"loss_after", number_or_null(r.loss_after)}};
  if (r.steps) line["steps"] = *r.steps;
  line["norm"] = r.norm;
  line["delta_sha256"] = r.delta_sha256;
  line["state_sha256"] = r.state_sha256;
  return line;
}

Revision revision_from(const ordered_json& line, const std::string& where) {
  return {.id = read_integer(line, "revision", where),
          .parent = read_integer(line, "parent", where),
          .episode = json_get<std::string>(line, "episode", where),
          .chunk = read_integer(line, "chunk", where),
          .action = json_get<std::string>(line, "action", where),
          .loss_before = read_loss(line, "loss_before", where),
          .loss_after = read_loss(line, "loss_after", where),
          .steps = read_steps(line, where),
          .norm = json_get<double>(line, "norm", where),
          .delta_sha256 = read_hash(line, "delta_sha256", where),
          .state_sha256 = read_hash(line, "state_sha256", where)};
}

}  // namespace svg::formats
