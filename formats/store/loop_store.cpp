#include "formats/store/loop_store.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "formats/memory/memory.h"
#include "formats/stream/latent_stream.h"
#include "formats/stream/seal.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/path.h"

namespace svg::formats {

namespace {

constexpr const char* kFormat = "svg-store/1";
constexpr const char* kStoreJson = "store.json";
constexpr const char* kStart = "start.safetensors";
constexpr const char* kEpisodes = "episodes";
constexpr const char* kLatents = "latents";   // data that was encoded for it
constexpr const char* kPartial = ".partial";  // of a stream that is being written
constexpr int64_t kMostParts = 1'000'000, kMostEpisodes = 1'000'000'000;
constexpr size_t kMaxStoreJson = size_t{16} << 20, kMaxIndex = size_t{256} << 20;

std::string index_name(const Shard& shard) {
  return cat("index-", shard.index + 1, "-of-", shard.of, ".json");
}

// A sealed object and its line break.
ordered_json read_sealed_file(const std::string& path, size_t limit) {
  std::string text = read_file(path, limit);
  require(text.ends_with('\n'), ErrorKind::Data, path, ": cut off: no line break at its end");
  text.pop_back();
  return parse_sealed(text, path);
}

StoreInfo info_from(const ordered_json& doc, const std::string& where) {
  const auto format = json_get<std::string>(doc, "format", where);
  require(format == kFormat, ErrorKind::Data, where, ": format \"", format,
          "\", this version reads \"", kFormat, "\"");
  StoreInfo info;
  info.base = json_get<std::string>(doc, "base", where);
  info.vae = json_get<std::string>(doc, "vae", where);
  info.kind = enum_from<StoreKind>(json_get<std::string>(doc, "kind", where), where + ": kind",
                                   ErrorKind::Data);
  info.rank = read_integer(doc, "rank", where);
  require(1 <= info.rank && info.rank <= kMaxLoraRank, ErrorKind::Data, where, ": rank ", info.rank,
          ", expected 1 to ", kMaxLoraRank);
  info.alpha = json_get<double>(doc, "alpha", where);
  info.past = read_integer(doc, "past", where);
  info.fast = json_get<ordered_json>(doc, "fast", where);
  info.seed = json_get<uint64_t>(doc, "seed", where);
  info.episodes = read_integer(doc, "episodes", where);
  require(0 < info.episodes && info.episodes <= kMostEpisodes, ErrorKind::Data, where,
          ": episodes ", info.episodes);
  info.in_step = read_integer(doc, "in_step", where);
  require(info.in_step >= 1, ErrorKind::Data, where, ": in_step ", info.in_step);
  info.provenance = json_get<ordered_json>(doc, "provenance", where);
  return info;
}

std::string read_digest(const ordered_json& doc, const char* key, const std::string& where) {
  auto text = json_get<std::string>(doc, key, where);
  require(text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos,
          ErrorKind::Data, where, ": \"", key, "\" must be 64 hex digits");
  return text;
}

StoredEpisode episode_from(const ordered_json& doc, const StoreInfo& info,
                           const std::string& where) {
  StoredEpisode e;
  e.number = read_integer(doc, "number", where);
  e.episode = json_get<std::string>(doc, "episode", where);
  e.chunks = read_integer(doc, "chunks", where);
  require(0 <= e.number && e.number < info.episodes, ErrorKind::Data, where, ": number ", e.number,
          ", expected 0 to ", info.episodes - 1);
  require(e.chunks >= 1, ErrorKind::Data, where, ": chunks ", e.chunks);
  e.stream_sha256 = read_digest(doc, "stream_sha256", where);
  if (info.kind == StoreKind::Theta)
    e.memory_log_sha256 = read_digest(doc, "memory_log_sha256", where);
  return e;
}

// The first key whose values differ, for a message.
std::string difference(const ordered_json& was, const ordered_json& is, const std::string& at) {
  for (const auto& [key, value] : is.items()) {
    const auto before = was.contains(key) ? was[key] : ordered_json(nullptr);
    if (json(before) == json(value)) continue;
    const auto name = at.empty() ? key : cat(at, ".", key);
    if (before.is_object() && value.is_object()) return difference(before, value, name);
    return cat(name, " = ", before.dump(), ", now ", value.dump());
  }
  return at.empty() ? "a setting that is no longer there" : at;
}

// Which index files there are, and that they are those of one count of parts.
std::vector<std::string> index_files(const std::string& dir) {
  int64_t of = 0;
  std::map<int64_t, std::string> found;
  for (const auto& name : names_in(dir)) {
    long long index = 0, count = 0;
    int used = 0;
    if (std::sscanf(name.c_str(), "index-%lld-of-%lld.json%n", &index, &count, &used) != 2 ||
        static_cast<size_t>(used) != name.size())
      continue;
    require(1 <= index && index <= count && count <= kMostParts, ErrorKind::Data, dir, "/", name,
            ": no part has this name");
    require(of == 0 || of == count, ErrorKind::Config, dir, ": holds parts of ", of, " and of ",
            count, " shards: finish one way, and remove the other's index files");
    of = count;
    found[index] = name;
  }
  require(of > 0, ErrorKind::Data, dir,
          ": no part of the store is finished: go on with svg-loop fast --resume");
  std::vector<std::string> names;
  for (int64_t i = 1; i <= of; ++i) {
    require(found.contains(i), ErrorKind::Data, dir, ": shard ", i, "/", of,
            " is not finished: go on with svg-loop fast --shard ", i, "/", of, " --resume");
    names.push_back(found[i]);
  }
  return names;
}

}  // namespace

ordered_json to_json(const StoreInfo& info) {
  return {{"format", kFormat},          {"base", info.base},       {"vae", info.vae},
          {"kind", name_of(info.kind)}, {"rank", info.rank},       {"alpha", info.alpha},
          {"past", info.past},          {"fast", info.fast},       {"seed", info.seed},
          {"episodes", info.episodes},  {"in_step", info.in_step}, {"provenance", info.provenance}};
}

ordered_json to_json(const StoredEpisode& e) {
  ordered_json doc{{"number", e.number},
                   {"episode", e.episode},
                   {"chunks", e.chunks},
                   {"stream_sha256", e.stream_sha256}};
  if (!e.memory_log_sha256.empty()) doc["memory_log_sha256"] = e.memory_log_sha256;
  return doc;
}

bool is_loop_store(const std::string& dir) {
  return path_exists(dir + "/" + kStoreJson);
}

LoopStore LoopStore::begin(const std::string& dir, const StoreInfo& info) {
  LoopStore store(dir);
  store.info_ = info;
  const std::string path = dir + "/" + kStoreJson;
  if (!path_exists(path, ErrorKind::CannotCreate)) {
    if (path_exists(dir, ErrorKind::CannotCreate)) {
      for (const auto& name : names_in(dir, ErrorKind::CannotCreate))
        require(name == kEpisodes || name == kLatents ||
                    name.starts_with(std::string(kStoreJson) + ".tmp-"),
                ErrorKind::CannotCreate, dir, ": holds ", name,
                ", so it is no store: name a new folder");
    }
    make_directories(dir + "/" + kEpisodes);
    write_file_atomically(path, sealed(to_json(info), path) + "\n");
  }
  // Whoever came first has written it: the parts of one store agree.
  const auto there = read_sealed_file(path, kMaxStoreJson);
  const auto here = to_json(info);
  require(json(there) == json(here), ErrorKind::Config, dir, ": was begun with ",
          difference(there, here, ""), ": use the same command, or another -o");
  make_directories(dir + "/" + kEpisodes);
  return store;
}

LoopStore LoopStore::open(const std::string& dir) {
  LoopStore store(dir);
  const std::string path = dir + "/" + kStoreJson;
  require(path_exists(path), ErrorKind::NoInput, dir, ": no store: it has no ", kStoreJson);
  store.info_ = info_from(read_sealed_file(path, kMaxStoreJson), path);
  if (const auto start = store.start_path(); !start.empty()) {
    const auto noted = json_get<std::string>(store.info_.fast, "init", path);
    require(path_exists(start), ErrorKind::NoInput, start,
            ": is not there, which its memories start from: make the store again");
    require("sha256:" + sha256_hex_of_file(start) == noted, ErrorKind::Data, start,
            ": is not what the memories started from (", noted, ")");
  }
  for (const auto& name : index_files(dir)) {
    const std::string where = cat(dir, "/", name);
    const auto doc = read_sealed_file(where, kMaxIndex);
    for (const auto& line : json_get<ordered_json>(doc, "episodes", where))
      store.episodes_.push_back(episode_from(line, store.info_, where));
  }
  auto& all = store.episodes_;
  std::sort(all.begin(), all.end(),
            [](const auto& x, const auto& y) { return x.number < y.number; });
  for (size_t i = 0; i < all.size(); ++i)
    require(all[i].number == static_cast<int64_t>(i), ErrorKind::Data, dir, ": its index names ",
            all.size(), " episodes, number ", i, " not once");
  require(static_cast<int64_t>(all.size()) == store.info_.episodes, ErrorKind::Data, dir,
          ": its index names ", all.size(), " of ", store.info_.episodes, " episodes");
  return store;
}

int64_t LoopStore::pairs() const {
  int64_t n = 0;
  for (const auto& e : episodes_) n += e.chunks - 1;
  return n;
}

std::string LoopStore::stream_path(int64_t number) const {
  char name[40];
  std::snprintf(name, sizeof name, "/%06lld.latents", static_cast<long long>(number));
  return dir_ + "/" + kEpisodes + name;
}

std::string LoopStore::memory_path(int64_t number) const {
  char name[40];
  std::snprintf(name, sizeof name, "/%06lld.memory", static_cast<long long>(number));
  return dir_ + "/" + kEpisodes + name;
}

std::string LoopStore::start_path() const {
  return info_.fast.is_object() && info_.fast.contains("init") ? dir_ + "/" + kStart : "";
}

bool LoopStore::has(int64_t number) const {
  return path_exists(stream_path(number));
}

void LoopStore::drop(int64_t number) const {
  const auto folder = Folder::open(dir_ + "/" + kEpisodes, ErrorKind::CannotCreate, "cannot open");
  const auto name_in_folder = [](const std::string& path) { return place_of(path).name; };
  const auto stream = name_in_folder(stream_path(number));
  folder.remove(stream);
  folder.remove(stream + kPartial);
  const auto memory = name_in_folder(memory_path(number));
  require(!path_exists(memory_path(number)) || folder.remove_tree(memory), ErrorKind::Io,
          "cannot remove ", memory_path(number));
}

StoredEpisode LoopStore::describe(int64_t number) const {
  StoredEpisode e;
  e.number = number;
  const auto path = stream_path(number);
  auto reader = StreamReader::open(path);
  while (auto record = reader.next()) {
    if (record->kind() != RecordKind::Chunk) continue;
    e.episode = record->chunk().episode;
    ++e.chunks;
  }
  require(!reader.cut_off(), ErrorKind::Data, path, ": cut off");
  require(e.chunks > 0, ErrorKind::Data, path, ": holds no chunk");
  e.stream_sha256 = sha256_hex_of_file(path);
  if (info_.kind == StoreKind::Theta)
    e.memory_log_sha256 = sha256_hex_of_file(memory_path(number) + "/log.jsonl");
  return e;
}

void LoopStore::finish(const Shard& shard, const std::vector<StoredEpisode>& episodes) const {
  ordered_json list = ordered_json::array();
  int64_t pairs = 0;
  for (const auto& e : episodes) {
    list.push_back(to_json(e));
    pairs += e.chunks - 1;
  }
  const std::string path = dir_ + "/" + index_name(shard);
  write_file_atomically(path, sealed({{"shard", shard.index + 1},
                                      {"of", shard.of},
                                      {"pairs", pairs},
                                      {"episodes", std::move(list)}},
                                     path) +
                                  "\n");
}

std::vector<std::string> LoopStore::verify() const {
  std::vector<std::string> problems;
  for (const auto& e : episodes_) {
    try {
      const auto now = describe(e.number);
      if (json(to_json(now)) != json(to_json(e))) {
        problems.push_back(cat(stream_path(e.number), ": is not what the index says: ",
                               difference(to_json(e), to_json(now), "")));
        continue;
      }
      if (info_.kind == StoreKind::Replay) continue;
      const auto memory = Memory::open(memory_path(e.number));
      if (memory.info().lora.base != info_.base)
        problems.push_back(cat(memory.dir(), ": was learned on another model than the store's"));
      for (auto& p : memory.verify()) problems.push_back(std::move(p));
      auto reader = StreamReader::open(stream_path(e.number));
      while (auto record = reader.next()) {
        if (record->kind() != RecordKind::Chunk) continue;
        const auto chunk = record->chunk();
        const auto id = chunk.memory.value_or(0);
        if (id != 0 && (!memory.knows(id) || !memory.has_files(id)))
          problems.push_back(cat(memory.dir(), ": revision ", id, ", which chunk ", chunk.index,
                                 " names, is not there"));
      }
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
  }
  return problems;
}

}  // namespace svg::formats
