// The numbers of all videos together: means with intervals over videos, and over the chunks of one
// number. Torch-free.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/eval/videos/video_measure.h"

namespace svg::eval {

class MetricTotals {
 public:
  void add(const VideoScores& video);
  // Beside a profile's rows: digest of its weights, and seed where they were drawn. Without it
  // "none" and null.
  void set_source(const std::string& profile, const std::string& weights,
                  std::optional<uint64_t> seed);
  // A number of all videos together, of n features.
  void add_distance(const std::string& metric, const std::string& profile, double value, int64_t n);
  // A number of each video that is known when all are; NaN for none.
  void add_late(const std::string& metric, const std::string& profile,
                const std::vector<double>& values);
  void skip() { ++skipped_; }  // a video that could not be measured

  int64_t video_count() const { return videos_; }
  int64_t skipped_count() const { return skipped_; }

  // {"metric", "profile", "value", "n", "weights", "seed", "ci", "bucket", "skipped"}: first those
  // of whole videos ("bucket": "all", or a range of gaps where one has returns), then those of each
  // chunk ("chunk 0"). n: the videos that have a value. ci: 95 % interval of the mean over videos
  // (bootstrap.h); null for fewer than two, and of chunks. A video counts once, however long it is
  // (metrics.md section 1), or by the weight of its score.
  std::vector<ordered_json> rows() const;
  // The same, as rows() gave them, in tables for a person.
  std::string text(const std::vector<ordered_json>& rows) const;

 private:
  struct Total {
    std::string metric, profile, bucket;
    std::vector<double> values, weights;  // of each video; NaN for none
  };
  struct Mean {
    double sum = 0;
    int64_t count = 0;
  };
  struct ChunkTotal {
    std::string metric, profile;
    std::map<int64_t, Mean> chunks;
  };

  struct Source {
    std::string weights;
    std::optional<uint64_t> seed;
  };
  struct Distance {
    std::string metric, profile;
    double value = 0;
    int64_t n = 0;
  };

  ordered_json row_of(const std::string& metric, const std::string& profile, double value,
                      int64_t n, ordered_json ci, const std::string& bucket) const;
  std::string chunk_table() const;

  std::vector<Total> totals_;
  std::vector<ChunkTotal> chunk_totals_;
  std::vector<Distance> distances_;
  std::map<std::string, Source> sources_;  // by profile
  int64_t videos_ = 0, frames_ = 0, skipped_ = 0;
};

}  // namespace svg::eval
