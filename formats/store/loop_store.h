// The store D_s of the slow-fast loop (SlowFast-VGen, Algorithm 1b): episodes as latent streams
// whose chunk headers name the memory revision that belongs to them, the memories beside them, and
// an index for each finished part. Page: formats/loop-store.md. Torch-free.
//   store.json             what the store is of          index-1-of-4.json   a finished part
//   episodes/000012.latents  an episode                  episodes/000012.memory/  its memories
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/base/enum_names.h"
#include "libcore/base/json.h"
#include "libcore/base/shard.h"

namespace svg::formats {

// What is kept of a memory.
enum class StoreKind {
  Theta,  // the memory before every chunk
  Replay  // nothing: it is learned again, from the episode and the seed, when it is read
};
constexpr auto names_of(StoreKind) {
  return std::to_array<EnumName<StoreKind>>(
      {{StoreKind::Theta, "theta"}, {StoreKind::Replay, "replay"}});
}

struct StoreInfo {
  std::string base, vae;  // fingerprints of the UNet that learned, and of the latents' VAE
  StoreKind kind = StoreKind::Theta;
  int64_t rank = 0;      // of the stored memories
  double alpha = 0;      // likewise: their scale is alpha / rank
  int64_t past = 0;      // clean frames of a learning window
  ordered_json fast;     // settings of fast learning
  uint64_t seed = 0;     // of its random draws
  int64_t episodes = 0;  // of the whole data
  int64_t in_step = 1;   // episodes that learned together at most: sums are rounded accordingly
  ordered_json provenance;
};

// An episode of a finished part. Its files are episodes/<number, six digits or more>.
struct StoredEpisode {
  int64_t number = 0;
  std::string episode;
  int64_t chunks = 0;             // the first has nothing before it: chunks - 1 pairs
  std::string stream_sha256;      // 64 hex digits
  std::string memory_log_sha256;  // of its memory's log.jsonl; empty where there is no memory
};

class LoopStore {
 public:
  // Begins a store, or goes on with one that has the same StoreInfo. Throws Error{CannotCreate}
  // where `dir` holds something else, Error{Config} naming what differs.
  static LoopStore begin(const std::string& dir, const StoreInfo&);
  // To read. Throws Error{NoInput} where there is none, Error{Data} where a part is not finished,
  // naming it, or anything else is wrong.
  static LoopStore open(const std::string& dir);

  const std::string& dir() const { return dir_; }
  const StoreInfo& info() const { return info_; }
  // Of all finished parts, by number. After open(): all that there are.
  const std::vector<StoredEpisode>& episodes() const { return episodes_; }
  // Pairs (X_i, X_{i+1}) of these.
  int64_t pairs() const;

  std::string stream_path(int64_t number) const;
  std::string memory_path(int64_t number) const;
  // What every memory of it starts from, a LoRA delta; where `fast` names none ("init"), empty.
  std::string start_path() const;
  // Removes what a stopped writer has left of an episode, its stream included.
  void drop(int64_t number) const;
  // Whether its stream stands there whole: the last that is written of an episode.
  bool has(int64_t number) const;
  // The index of a part: the counts and hashes of its episodes, read from the disk.
  void finish(const Shard&, const std::vector<StoredEpisode>&) const;
  // Counts and hashes of an episode whose files are written. Throws Error{NoInput, Data}.
  StoredEpisode describe(int64_t number) const;

  // Everything that is wrong with the files, one line each: hashes, revisions that are not there, a
  // memory of another base. Reads all of them.
  std::vector<std::string> verify() const;

 private:
  explicit LoopStore(std::string dir) : dir_(std::move(dir)) {}
  std::string dir_;
  StoreInfo info_;
  std::vector<StoredEpisode> episodes_;
};

// Whether `dir` is a store: it has a store.json.
bool is_loop_store(const std::string& dir);

ordered_json to_json(const StoreInfo&);
ordered_json to_json(const StoredEpisode&);

}  // namespace svg::formats
