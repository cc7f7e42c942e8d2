#include "libcore/eval/videos/metric_totals.h"

#include <cmath>
#include <limits>
#include <set>

#include "libcore/base/error.h"
#include "libcore/base/text_table.h"
#include "libcore/eval/bootstrap.h"

namespace svg::eval {
namespace {

// A longer table is for programs.
constexpr size_t kMostShownChunks = 24;
constexpr const char *kWhole = "all", *kChunk = "chunk ";

ordered_json bounds_of(const Interval& interval) {
  if (interval.n < 2) return nullptr;
  return ordered_json::array({interval.low, interval.high});
}

std::string number_text(double value) {
  return text_of("%.5g", value);
}

}  // namespace

void MetricTotals::set_source(const std::string& profile, const std::string& weights,
                              std::optional<uint64_t> seed) {
  sources_[profile] = {weights, seed};
}

void MetricTotals::add_distance(const std::string& metric, const std::string& profile, double value,
                                int64_t n) {
  distances_.push_back({metric, profile, value, n});
}

void MetricTotals::add_late(const std::string& metric, const std::string& profile,
                            const std::vector<double>& values) {
  totals_.push_back({metric, profile, kWhole, values, std::vector<double>(values.size(), 1.0)});
}

ordered_json MetricTotals::row_of(const std::string& metric, const std::string& profile,
                                  double value, int64_t n, ordered_json ci,
                                  const std::string& bucket) const {
  const auto found = sources_.find(profile);
  const Source source = found == sources_.end() ? Source{"none", std::nullopt} : found->second;
  return {{"metric", metric},
          {"profile", profile},
          {"value", n > 0 ? ordered_json(value) : ordered_json(nullptr)},
          {"n", n},
          {"weights", source.weights},
          {"seed", source.seed ? ordered_json(*source.seed) : ordered_json(nullptr)},
          {"ci", std::move(ci)},
          {"bucket", bucket},
          {"skipped", skipped_}};
}

void MetricTotals::add(const VideoScores& video) {
  // All videos of one run have the same metrics in the same order.
  if (videos_ == 0) {
    for (const auto& score : video.scores)
      totals_.push_back({score.metric, score.profile, score.bucket, {}, {}});
    for (const auto& column : video.columns)
      chunk_totals_.push_back({column.name, column.profile, {}});
  }
  require(video.scores.size() == totals_.size(), ErrorKind::Internal,
          "a video has other metrics than the first");
  for (size_t k = 0; k < totals_.size(); ++k) {
    totals_[k].values.push_back(
        video.scores[k].value.value_or(std::numeric_limits<double>::quiet_NaN()));
    totals_[k].weights.push_back(video.scores[k].weight);
  }
  for (const auto& means : chunk_means(video)) {
    for (size_t k = 0; k < chunk_totals_.size(); ++k) {
      if (std::isnan(means.values[k])) continue;
      Mean& mean = chunk_totals_[k].chunks[means.chunk];
      mean.sum += means.values[k];
      ++mean.count;
    }
  }
  ++videos_;
  frames_ += video.frame_count();
}

std::vector<ordered_json> MetricTotals::rows() const {
  std::vector<ordered_json> rows;
  for (const auto& total : totals_) {
    const Interval mean = bootstrap_weighted_mean(total.values, total.weights);
    if (mean.n == 0 && total.bucket != kWhole) continue;
    rows.push_back(
        row_of(total.metric, total.profile, mean.mean, mean.n, bounds_of(mean), total.bucket));
  }
  for (const auto& d : distances_)
    rows.push_back(row_of(d.metric, d.profile, d.value, d.n, nullptr, kWhole));
  for (const auto& total : chunk_totals_)
    for (const auto& [chunk, mean] : total.chunks)
      rows.push_back(row_of(total.metric, total.profile, mean.sum / static_cast<double>(mean.count),
                            mean.count, nullptr, cat(kChunk, chunk)));
  return rows;
}

std::string MetricTotals::text(const std::vector<ordered_json>& rows) const {
  std::string text = cat(videos_, videos_ == 1 ? " video, " : " videos, ", frames_, " frames, ",
                         skipped_, " skipped\n\n");
  std::vector<std::vector<std::string>> table = {{"metric", "mean", "95 %", "n", "profile"}};
  for (const auto& row : rows) {
    const auto bucket = row.at("bucket").get<std::string>();
    if (bucket.starts_with(kChunk)) continue;
    const auto &value = row.at("value"), &ci = row.at("ci");
    const auto bounds = [&] {
      return "[" + number_text(ci[0].get<double>()) + ", " + number_text(ci[1].get<double>()) + "]";
    };
    const auto metric = row.at("metric").get<std::string>();
    table.push_back({bucket == kWhole ? metric : metric + "@" + bucket,
                     value.is_null() ? "-" : number_text(value.get<double>()),
                     ci.is_null() ? "-" : bounds(), std::to_string(row.at("n").get<int64_t>()),
                     row.at("profile").get<std::string>()});
  }
  return text + text_table(std::move(table)) + chunk_table();
}

std::string MetricTotals::chunk_table() const {
  std::set<int64_t> chunks;
  for (const auto& total : chunk_totals_)
    for (const auto& [chunk, mean] : total.chunks) chunks.insert(chunk);
  if (chunks.size() < 2) return "";
  if (chunks.size() > kMostShownChunks)
    return cat("\n", chunks.size(), " chunks: their numbers are in --json, --csv and -o DIR\n");
  std::vector<std::vector<std::string>> table = {{"chunk"}};
  for (const auto& total : chunk_totals_) table[0].push_back(total.metric);
  for (const int64_t chunk : chunks) {
    table.push_back({std::to_string(chunk)});
    for (const auto& total : chunk_totals_) {
      const auto mean = total.chunks.find(chunk);
      table.back().push_back(
          mean == total.chunks.end()
              ? "-"
              : number_text(mean->second.sum / static_cast<double>(mean->second.count)));
    }
  }
  return "\n" + text_table(std::move(table));
}

}  // namespace svg::eval
