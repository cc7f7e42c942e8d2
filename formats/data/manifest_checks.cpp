// The rules of a manifest's rows (formats/data/manifest.h).
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <vector>

#include "formats/data/manifest.h"
#include "libcore/base/checked.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"

namespace svg::formats {
namespace {

namespace fs = std::filesystem;

// Ten years at 60 frames a second, and the largest side of a frame that video formats have:
// products stay far below 2^63.
constexpr int64_t kMaxFrames = int64_t{1} << 34, kMaxSide = 1 << 14;
constexpr int64_t kMaxWindow =
    32;  // frames of in and out together (worlds of 16-frame chunks: two chunks)

bool present(const ordered_json& doc, const char* key) {
  auto it = doc.find(key);
  return it != doc.end() && !it->is_null();
}

std::string need_text(const ordered_json& doc, const char* key, const std::string& where) {
  auto text = json_get<std::string>(doc, key, where);
  require(!text.empty(), ErrorKind::Data, where, ": \"", key, "\" is empty");
  return text;
}

int64_t need_at_least(const ordered_json& doc, const char* key, int64_t least,
                      const std::string& where) {
  int64_t n = read_integer(doc, key, where);
  require(n >= least, ErrorKind::Data, where, ": \"", key, "\" is ", n, ", expected ", least,
          " or more");
  return n;
}

void need_between(const ordered_json& doc, const char* key, int64_t least, int64_t most,
                  const std::string& where) {
  int64_t n = read_integer(doc, key, where);
  require(least <= n && n <= most, ErrorKind::Data, where, ": \"", key, "\" is ", n, ", expected ",
          least, " to ", most);
}

void need_one_of(const ordered_json& doc, const char* key,
                 std::initializer_list<const char*> values, const std::string& where) {
  auto text = json_get<std::string>(doc, key, where);
  std::string list;
  for (const char* value : values) {
    if (text == value) return;
    list += (list.empty() ? "" : ", ") + std::string(value);
  }
  fail(ErrorKind::Data, where, ": \"", key, "\" is \"", text, "\", expected one of ", list);
}

FrameRange need_range(const ordered_json& doc, const char* key, int64_t frames,
                      const std::string& where) {
  auto it = doc.find(key);
  bool pair = it != doc.end() && it->is_array() && it->size() == 2 &&
              (*it)[0].is_number_integer() && (*it)[1].is_number_integer();
  require(pair, ErrorKind::Data, where, ": \"", key, "\" must be [begin,end) in frames");
  FrameRange range{(*it)[0].get<int64_t>(), (*it)[1].get<int64_t>()};
  require(0 <= range.begin && range.begin <= range.end && range.end <= frames, ErrorKind::Data,
          where, ": \"", key, "\" is [", range.begin, ",", range.end, "), outside of the ", frames,
          " frames of the episode");
  return range;
}

// A path beside the manifest: relative, and not out of its folder.
void check_path(const ordered_json& doc, const std::string& key, const std::string& where) {
  if (!present(doc, key.c_str())) return;
  std::string path = need_text(doc, key.c_str(), where);
  bool inside = path[0] != '/';
  for (const fs::path& part : fs::path(path)) inside = inside && part != "..";
  require(inside, ErrorKind::Data, where, ": \"", key, "\": ", path,
          " does not stand below the manifest");
  std::string offset = key + "_offset";
  if (present(doc, offset.c_str())) need_at_least(doc, offset.c_str(), 0, where);
}

// covis_*: a share, or null where faces are not known.
std::optional<double> share_at(const ordered_json& visit, const char* key,
                               const std::string& where) {
  if (!present(visit, key)) return std::nullopt;
  auto share = json_get<double>(visit, key, where);
  require(share >= 0 && share <= 1, ErrorKind::Data, where, ": \"", key, "\" is ", share,
          ", expected 0 to 1");
  return share;
}

void check_visit(const ordered_json& visit, int64_t frames, const std::string& where) {
  int64_t frame = need_at_least(visit, "frame", 0, where);
  require(frame < frames, ErrorKind::Data, where, ": a visit at frame ", frame, " of ", frames);
  need_at_least(visit, "place", 0, where);
  int64_t order = need_at_least(visit, "ord", 1, where),
          first = need_at_least(visit, "first", 0, where);
  int64_t gap = need_at_least(visit, "gap", 0, where);
  require(order == 1 ? first == frame : first < frame, ErrorKind::Data, where, ": visit ", order,
          " at frame ", frame, " cannot have its first visit at frame ", first);
  require(gap == frame - first, ErrorKind::Data, where, ": \"gap\" is ", gap,
          ", the frames differ by ", frame - first);
  share_at(visit, "covis_ctx", where);
  share_at(visit, "covis_first", where);
  if (present(visit, "bucket")) need_text(visit, "bucket", where);
}

// `bytes`: nullopt where the sizes that the row states have no product.
std::string need_file(const Manifest& manifest, const EpisodeRow& row, const std::string& name,
                      std::optional<int64_t> bytes) {
  auto file = row.file(name);
  std::string path = manifest.path_of(*file);
  std::error_code error;
  uint64_t size = fs::file_size(path, error);
  require(!error, ErrorKind::NoInput, "cannot open ", path, " (", name, " of episode ", row.ep(),
          "): ", error.message());
  uint64_t offset = static_cast<uint64_t>(file->offset);
  require(bytes.has_value(), ErrorKind::Data, path, ": ", size, " bytes, ", name, " of episode ",
          row.ep(), " needs more than any file has (n, h, w in episodes.jsonl)");
  require(size >= offset && size - offset >= static_cast<uint64_t>(*bytes), ErrorKind::Data, path,
          ": ", size, " bytes, ", name, " of episode ", row.ep(), " needs ", *bytes, " from byte ",
          offset, " on");
  return path;
}

// Of `bytes` bytes from `offset` on: an episode's share of a file of many.
std::string sha256_hex_of_part(const std::string& path, int64_t offset, uint64_t bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  require_system(static_cast<bool>(file), ErrorKind::NoInput, "cannot open ", path);
  require_system(::lseek(file.number(), offset, SEEK_SET) == offset, ErrorKind::Io, "cannot read ",
                 path);
  Sha256 hash;
  std::vector<std::byte> buffer(1 << 18);
  while (bytes > 0) {
    const auto wanted = std::span(buffer).first(std::min<uint64_t>(bytes, buffer.size()));
    const size_t got = read_some(file.number(), wanted, path);
    require(got > 0, ErrorKind::Io, "cannot read ", path, ": it has become shorter");
    hash.update(wanted.first(got));
    bytes -= got;
  }
  return hash.hex();
}

void check_side_file(const Manifest& manifest, const EpisodeRow& row, const std::string& name) {
  if (!row.file(name)) return;
  auto fields = static_cast<int64_t>(row.doc.at(name + "_fields").size());
  need_file(manifest, row, name, checked_product({4, row.frames(), fields}));
}

}  // namespace

void check_episode(const EpisodeRow& row, const std::string& where) {
  const ordered_json& doc = row.doc;
  need_text(doc, "ep", where);
  need_text(doc, "domain", where);
  need_one_of(doc, "split", {"train", "val", "test", "ood"}, where);
  need_between(doc, "n", 1, kMaxFrames, where);
  for (const char* key : {"h", "w"}) need_between(doc, key, 1, kMaxSide, where);
  auto fps = json_get<double>(doc, "fps", where);
  require(fps > 0 && std::isfinite(fps), ErrorKind::Data, where, ": \"fps\" is ", fps,
          ", expected a number above 0");
  check_path(doc, "video", where);
  require(present(doc, "video") || (present(doc, "gen") && present(doc, "seed")), ErrorKind::Data,
          where, ": neither a video nor gen and seed to make it from");
  if (present(doc, "sha256")) {
    auto hash = json_get<std::string>(doc, "sha256", where);
    bool hex = hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    require(hex, ErrorKind::Data, where, ": \"sha256\" must be 64 hex digits");
  }
  if (present(doc, "seed")) {
    require(doc["seed"].is_object(), ErrorKind::Data, where, ": \"seed\" must be an object");
    for (const auto& [name, value] : doc["seed"].items()) {
      require(value.is_number_unsigned(), ErrorKind::Data, where, ": seed \"", name,
              "\" must be an integer from 0 on");
    }
  }
  if (present(doc, "cam") && present(doc["cam"], "fov")) {
    auto fov = json_get<double>(doc["cam"], "fov", where);
    require(fov > 0 && fov <= 360, ErrorKind::Data, where, ": \"fov\" is ", fov,
            ", expected degrees above 0");
  }
  for (const char* key : {"pose", "act"}) {
    check_path(doc, key, where);
    if (present(doc, key))
      json_get<std::vector<std::string>>(doc, std::string(key) + "_fields", where);
  }
  if (present(doc, "aux")) {
    for (const char* key : {"face", "depth", "flow", "faces", "objects"})
      check_path(doc["aux"], key, where);
  }
}

void check_chunk(const ChunkRow& row, const EpisodeRow& episode, const std::string& where) {
  const ordered_json& doc = row.doc;
  need_at_least(doc, "k", 0, where);
  FrameRange in = need_range(doc, "in", episode.frames(), where),
             out = need_range(doc, "out", episode.frames(), where);
  require(out.begin == in.end && out.size() > 0, ErrorKind::Data, where,
          ": \"out\" must begin where \"in\" ends, and not be empty");
  require(in.size() + out.size() <= kMaxWindow, ErrorKind::Data, where, ": in and out have ",
          in.size() + out.size(), " frames together, at most ", kMaxWindow, " are allowed");
  need_text(doc, "text", where);
  if (present(doc, "text_inverse")) json_get<std::string>(doc, "text_inverse", where);
  require(!present(doc, "act") || doc["act"].is_object(), ErrorKind::Data, where,
          ": \"act\" must be an object");
  if (!present(doc, "visits")) return;
  require(doc["visits"].is_array(), ErrorKind::Data, where, ": \"visits\" must be a list");
  for (const ordered_json& visit : doc["visits"]) check_visit(visit, episode.frames(), where);
}

void check_task(const TaskRow& row, const EpisodeRow& episode, const std::string& where) {
  const ordered_json& doc = row.doc;
  need_one_of(doc, "task", {"retrace", "cubes", "revisit"}, where);
  need_text(doc, "goal_text", where);
  const FrameRange ctx = need_range(doc, "ctx", episode.frames(), where);
  if (row.task() == "revisit") {
    require(ctx.begin == 0 && 0 < ctx.end && ctx.end < episode.frames(), ErrorKind::Data, where,
            ": a task of kind revisit gives the first frames, and not all");
    if (present(doc, "script")) need_text(doc, "script", where);
    check_path(doc, "given", where);
    return;
  }
  const char* goal = row.task() == "retrace" ? "waypoints" : "targets";
  require(present(doc, goal) && doc[goal].is_array() && !doc[goal].empty(), ErrorKind::Data, where,
          ": a task of kind ", row.task(), " needs a list \"", goal, "\"");
  for (const ordered_json& entry : doc[goal]) {
    const ordered_json& point =
        row.task() == "retrace" ? entry : json_get<ordered_json>(entry, "xy", where);
    bool pair =
        point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number();
    require(pair, ErrorKind::Data, where, ": \"", goal, "\" must hold points [x,y]");
  }
  if (present(doc, "subgoals")) json_get<std::vector<std::string>>(doc, "subgoals", where);
}

void check_files(const Manifest& manifest, bool hashes) {
  for (const EpisodeRow& row : manifest.episodes) {
    const auto bytes_for = [&](int64_t a_pixel) {
      return checked_product({a_pixel, row.frames(), row.height(), row.width()});
    };
    if (auto video = row.file("video")) {
      bool raw = video->path.ends_with(".rgb");
      std::string path = need_file(manifest, row, "video", raw ? bytes_for(3) : 1);
      if (hashes && present(row.doc, "sha256")) {
        std::string found =
            raw ? sha256_hex_of_part(path, video->offset, static_cast<uint64_t>(*bytes_for(3)))
                : sha256_hex_of_file(path);
        require(found == row.doc["sha256"].get<std::string>(), ErrorKind::Data, path,
                ": the SHA-256 of episode ", row.ep(),
                " is not the one in episodes.jsonl: the file is damaged");
      }
    }
    check_side_file(manifest, row, "pose");
    check_side_file(manifest, row, "act");
    if (row.file("face")) need_file(manifest, row, "face", bytes_for(2));
    if (row.file("depth")) need_file(manifest, row, "depth", bytes_for(4));
    if (row.file("flow")) need_file(manifest, row, "flow", bytes_for(8));
    if (row.file("faces")) need_file(manifest, row, "faces", 2);
  }
}

}  // namespace svg::formats
