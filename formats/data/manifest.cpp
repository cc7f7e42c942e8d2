#include "formats/data/manifest.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"

namespace svg::formats {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEpisodes = "/episodes.jsonl";
constexpr const char* kChunks = "/chunks.jsonl";
constexpr const char* kTasks = "/tasks.jsonl";

std::string text_at(const ordered_json& doc, const char* key) {
  return json_get<std::string>(doc, key, "manifest row");
}
int64_t integer_at(const ordered_json& doc, const char* key) {
  return read_integer(doc, key, "manifest row");
}

std::optional<std::string> optional_text(const ordered_json& doc, const char* key) {
  auto it = doc.find(key);
  if (it == doc.end() || it->is_null()) return std::nullopt;
  return it->get<std::string>();
}

FrameRange range_at(const ordered_json& doc, const char* key) {
  const ordered_json& range = doc.at(key);
  return {range.at(0).get<int64_t>(), range.at(1).get<int64_t>()};
}

// Calls row(object, "file:line") for each line that is not empty.
template <class Row>
void read_lines(const std::string& path, Row row) {
  std::string text = read_file(path);
  size_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string where = cat(path, ":", ++number);
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    ordered_json doc = parse_ordered_json(line, where);
    require(doc.is_object(), ErrorKind::Data, where, ": expected a JSON object");
    row(std::move(doc), where);
  }
}

const EpisodeRow& episode_of(const Manifest& manifest, const ordered_json& doc,
                             const std::string& where) {
  auto ep = json_get<std::string>(doc, "ep", where);
  const EpisodeRow* episode = manifest.find_episode(ep);
  require(episode != nullptr, ErrorKind::Data, where, ": episode \"", ep,
          "\" is not in episodes.jsonl");
  return *episode;
}

// Geometry and appearance together are a scene: one that is in training must not be tested on.
void check_splits(const EpisodeRow& row, std::map<std::pair<int64_t, int64_t>, std::string>& scenes,
                  const std::string& where) {
  auto seed = row.doc.find("seed");
  if (seed == row.doc.end() || !seed->is_object() || !seed->contains("geometry") ||
      !seed->contains("appearance"))
    return;
  auto scene = std::pair(integer_at(*seed, "geometry"), integer_at(*seed, "appearance"));
  auto [it, fresh] = scenes.emplace(scene, row.split());
  require(fresh || it->second == row.split(), ErrorKind::Data, where, ": scene (geometry ",
          scene.first, ", appearance ", scene.second, ") is in the splits ", it->second, " and ",
          row.split());
}

template <class Row>
void write_rows(const std::string& path, const std::vector<Row>& rows, bool may_be_absent) {
  if (rows.empty() && may_be_absent) return;
  AtomicFile file(path);
  for (const Row& row : rows) file.write(dump_json(row.doc, path) + "\n");
  file.finish();
}

}  // namespace

std::string EpisodeRow::ep() const {
  return text_at(doc, "ep");
}
std::string EpisodeRow::split() const {
  return text_at(doc, "split");
}
std::optional<std::string> EpisodeRow::video() const {
  return optional_text(doc, "video");
}
double EpisodeRow::fps() const {
  return json_get<double>(doc, "fps", "manifest row");
}
int64_t EpisodeRow::frames() const {
  return integer_at(doc, "n");
}
int64_t EpisodeRow::height() const {
  return integer_at(doc, "h");
}
int64_t EpisodeRow::width() const {
  return integer_at(doc, "w");
}

std::optional<EpisodeRow::File> EpisodeRow::file(const std::string& name) const {
  bool top = name == "video" || name == "pose" || name == "act";
  auto aux = doc.find("aux");
  if (!top && (aux == doc.end() || !aux->is_object())) return std::nullopt;
  const ordered_json& holder = top ? doc : *aux;
  auto path = optional_text(holder, name.c_str());
  if (!path) return std::nullopt;
  return File{*path, json_get_or<int64_t>(holder, name + "_offset", 0, "manifest row")};
}

std::string ChunkRow::ep() const {
  return text_at(doc, "ep");
}
int64_t ChunkRow::k() const {
  return integer_at(doc, "k");
}
FrameRange ChunkRow::in() const {
  return range_at(doc, "in");
}
FrameRange ChunkRow::out() const {
  return range_at(doc, "out");
}
std::string ChunkRow::text() const {
  return text_at(doc, "text");
}
std::optional<std::string> ChunkRow::text_inverse() const {
  return optional_text(doc, "text_inverse");
}

std::string TaskRow::task() const {
  return text_at(doc, "task");
}
std::string TaskRow::ep() const {
  return text_at(doc, "ep");
}
FrameRange TaskRow::ctx() const {
  return range_at(doc, "ctx");
}

const EpisodeRow* Manifest::find_episode(const std::string& ep) const {
  if (index_.size() == episodes.size()) {
    auto it = index_.find(ep);
    return it == index_.end() ? nullptr : &episodes[it->second];
  }
  auto it = std::find_if(episodes.begin(), episodes.end(),
                         [&](const EpisodeRow& row) { return row.ep() == ep; });
  return it == episodes.end() ? nullptr : &*it;
}

std::vector<const ChunkRow*> Manifest::chunks_of(const std::string& ep) const {
  std::vector<const ChunkRow*> rows;
  if (chunk_index_.size() == chunks.size()) {
    const auto [begin, end] = chunk_index_.equal_range(ep);
    for (auto at = begin; at != end; ++at) rows.push_back(&chunks[at->second]);
  } else {
    for (const ChunkRow& row : chunks) {
      if (row.ep() == ep) rows.push_back(&row);
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const ChunkRow* x, const ChunkRow* y) { return x->k() < y->k(); });
  return rows;
}

Manifest Manifest::read(const std::string& dir) {
  Manifest manifest;
  manifest.dir = dir;
  std::map<std::pair<int64_t, int64_t>, std::string> scenes;
  require(path_exists(dir + kEpisodes), ErrorKind::NoInput, dir,
          ": no episodes.jsonl: not a manifest");
  read_lines(dir + kEpisodes, [&](ordered_json doc, const std::string& where) {
    EpisodeRow row{std::move(doc)};
    check_episode(row, where);
    check_splits(row, scenes, where);
    bool fresh = manifest.index_.emplace(row.ep(), manifest.episodes.size()).second;
    require(fresh, ErrorKind::Data, where, ": episode \"", row.ep(), "\" is there twice");
    manifest.episodes.push_back(std::move(row));
  });
  std::set<std::pair<std::string, int64_t>> numbers;
  if (path_exists(dir + kChunks)) {
    read_lines(dir + kChunks, [&](ordered_json doc, const std::string& where) {
      ChunkRow row{std::move(doc)};
      check_chunk(row, episode_of(manifest, row.doc, where), where);
      bool fresh = numbers.emplace(row.ep(), row.k()).second;
      require(fresh, ErrorKind::Data, where, ": chunk ", row.k(), " of \"", row.ep(),
              "\" is there twice");
      manifest.chunk_index_.emplace(row.ep(), manifest.chunks.size());
      manifest.chunks.push_back(std::move(row));
    });
  }
  if (path_exists(dir + kTasks)) {
    read_lines(dir + kTasks, [&](ordered_json doc, const std::string& where) {
      TaskRow row{std::move(doc)};
      check_task(row, episode_of(manifest, row.doc, where), where);
      manifest.tasks.push_back(std::move(row));
    });
  }
  return manifest;
}

void Manifest::write(const std::string& folder) const {
  // Nothing is written that read() would refuse.
  for (const EpisodeRow& row : episodes) check_episode(row, folder + kEpisodes);
  for (const ChunkRow& row : chunks)
    check_chunk(row, episode_of(*this, row.doc, folder + kChunks), folder + kChunks);
  for (const TaskRow& row : tasks)
    check_task(row, episode_of(*this, row.doc, folder + kTasks), folder + kTasks);
  write_rows(folder + kEpisodes, episodes, false);
  write_rows(folder + kChunks, chunks, true);
  write_rows(folder + kTasks, tasks, true);
}

}  // namespace svg::formats
