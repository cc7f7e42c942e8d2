// Manifests: episodes.jsonl, chunks.jsonl and tasks.jsonl in one folder. Page: formats/manifest.md.
// Torch-free. A row is its JSON object, whole, so that keys this version does not know survive a
// rewrite; the accessors give the fields that readers use. Rows are checked when they are read:
// accessors of a checked manifest do not fail.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"

namespace svg::formats {

// Half open: [begin, end).
struct FrameRange {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
};

struct EpisodeRow {
  ordered_json doc;
  std::string ep() const;
  std::string split() const;                 // train, val, test, ood
  std::optional<std::string> video() const;  // empty: regenerate from gen and seed
  double fps() const;
  int64_t frames() const;  // n
  int64_t height() const;
  int64_t width() const;
  // A data file beside the manifest: "video", "pose", "act" or an entry of aux ("face", ...).
  // Relative to the manifest; its data begins at byte `offset` (several episodes may share a file).
  struct File {
    std::string path;
    int64_t offset = 0;
  };
  std::optional<File> file(const std::string& name) const;
};

struct ChunkRow {
  ordered_json doc;
  std::string ep() const;
  int64_t k() const;
  FrameRange in() const;   // X_i; empty for the first chunk of an episode that starts from nothing
  FrameRange out() const;  // Y_i
  std::string text() const;
  std::optional<std::string> text_inverse() const;
};

struct TaskRow {
  ordered_json doc;
  std::string task() const;
  std::string ep() const;
  FrameRange ctx() const;
};

struct Manifest {
  std::string dir;
  std::vector<EpisodeRow> episodes;
  std::vector<ChunkRow> chunks;  // in the order of the file
  std::vector<TaskRow> tasks;

  const EpisodeRow* find_episode(const std::string& ep) const;          // nullptr if absent
  std::vector<const ChunkRow*> chunks_of(const std::string& ep) const;  // by k
  std::string path_of(const EpisodeRow::File& file) const { return dir + "/" + file.path; }

  // Reads and checks; chunks.jsonl and tasks.jsonl may be absent. Throws Error{NoInput, Data} with
  // file:line.
  static Manifest read(const std::string& dir);
  // Rewrites the files that have rows, each atomically, keys in the order they were read or made
  // in.
  void write(const std::string& dir) const;

 private:
  // Of episodes and of chunks by episode, made by read(); without them every row is looked at.
  std::map<std::string, size_t> index_;
  std::multimap<std::string, size_t> chunk_index_;
};

// One row against the rules of the page; chunk and task rows also against their episode. `where` is
// file:line. Throw Error{Data}.
void check_episode(const EpisodeRow& row, const std::string& where);
void check_chunk(const ChunkRow& row, const EpisodeRow& episode, const std::string& where);
void check_task(const TaskRow& row, const EpisodeRow& episode, const std::string& where);
// That the data files are there and long enough; with `hashes`, that sha256 fits the video. Throws
// Error{NoInput, Data}.
void check_files(const Manifest& manifest, bool hashes);

}  // namespace svg::formats
