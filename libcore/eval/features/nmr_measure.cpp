#include "libcore/eval/features/nmr_measure.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <functional>
#include <map>

#include "libcore/base/error.h"
#include "libcore/eval/pixels/psnr.h"
#include "libcore/eval/pixels/ssim.h"
#include "libcore/eval/videos/control_pairs.h"
#include "libcore/eval/videos/frame_spool.h"
#include "libcore/tensor/pixels.h"

namespace svg::eval {
namespace {

using video::Image;

constexpr double kLeastRange = 1e-8;  // the reference's
constexpr size_t kBatch = 8;          // frames that go through a network together

at::Tensor tensor_of(const Image& image) {  // u8 [1, H, W, 3]
  return pictures_from_rgb(image.rgb, image.height, image.width);
}

// How alike the two frames of each pair are, or how far apart (distance below).
using Likeness = std::function<std::vector<double>(const std::vector<FramePair>&)>;

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

struct NmrMeasure::State {
  std::set<Metric> metrics;
  const Networks& networks;
  std::vector<Return> returns;
  FrameSpool spool;

  State(const std::set<Metric>& m, const Networks& n, std::vector<Return> r)
      : metrics(m), networks(n), returns(std::move(r)) {}

  bool wants(Metric metric) const { return metrics.count(metric) > 0; }
  const std::string& profile(Metric metric) const { return networks.sources.at(metric).profile; }

  // By pixels, pair by pair.
  Likeness by(double (*alike)(const ByteFrame&, const ByteFrame&)) {
    return [this, alike](const std::vector<FramePair>& pairs) {
      std::vector<double> values;
      for (const auto& pair : pairs) {
        const Image a = spool.at(pair.earlier), b = spool.at(pair.later);
        values.push_back(alike(view_of(a), view_of(b)));
      }
      return values;
    };
  }

  Likeness by_lpips() {
    return [this](const std::vector<FramePair>& pairs) {
      std::vector<double> values;
      for (size_t begin = 0; begin < pairs.size(); begin += kBatch) {
        std::vector<at::Tensor> a, b;
        for (size_t i = begin; i < std::min(begin + kBatch, pairs.size()); ++i) {
          a.push_back(tensor_of(spool.at(pairs[i].earlier)));
          b.push_back(tensor_of(spool.at(pairs[i].later)));
        }
        const auto distances = lpips(*networks.lpips, at::cat(a, 0), at::cat(b, 0));
        for (int64_t i = 0; i < distances.numel(); ++i)
          values.push_back(distances[i].item<double>());
      }
      return values;
    };
  }

  // 100 times the cosine of the frames' features, each frame seen once.
  template <class Network>
  Likeness by_cosine(const Network& network, const ControlPairs& all) {
    auto seen = std::make_shared<std::map<int64_t, at::Tensor>>();
    for (const auto* pairs : {&all.returns, &all.baseline, &all.near})
      for (const auto& pair : *pairs) (*seen)[pair.earlier], (*seen)[pair.later];
    for (auto at = seen->begin(); at != seen->end();) {
      std::vector<at::Tensor> frames;
      auto next = at;
      for (; next != seen->end() && frames.size() < kBatch; ++next)
        frames.push_back(tensor_of(spool.at(next->first)));
      const auto rows = features(network, at::cat(frames, 0)).to(at::kDouble);
      for (int64_t i = 0; at != next; ++at, ++i)
        at->second = rows[i] / rows[i].norm().clamp_min(1e-300);
    }
    return [seen](const std::vector<FramePair>& pairs) {
      std::vector<double> values;
      for (const auto& pair : pairs)
        values.push_back(
            100 * at::dot(seen->at(pair.earlier), seen->at(pair.later)).template item<double>());
      return values;
    };
  }

  static void score(std::vector<VideoScore>& scores, const std::string& name,
                    const std::string& profile, const ControlPairs& pairs, const Likeness& likeness,
                    bool distance) {
    const auto add = [&](const std::string& part, std::optional<double> value, double weight = 1) {
      scores.push_back(
          {.metric = "nmr_" + name + part, .profile = profile, .value = value, .weight = weight});
    };
    if (pairs.returns.empty() || pairs.baseline.empty() || pairs.near.empty()) {
      for (const char* part : {"_return", "_baseline", "_near", "_gain", ""})
        add(part, std::nullopt);
      return;
    }
    const double r = mean_of(likeness(pairs.returns)), b = mean_of(likeness(pairs.baseline)),
                 s = mean_of(likeness(pairs.near));
    add("_return", r);
    add("_baseline", b);
    add("_near", s);
    const double gain = distance ? b - r : r - b, range = distance ? b - s : s - b;
    add("_gain", gain);
    if (range > kLeastRange) add("", gain / range, range);
    else add("", std::nullopt);
  }
};

NmrMeasure::NmrMeasure(const std::set<Metric>& metrics, const Networks& networks,
                       std::vector<Return> returns)
    : state_(std::make_unique<State>(metrics, networks, std::move(returns))) {}

NmrMeasure::~NmrMeasure() = default;

void NmrMeasure::add(const Image& frame) {
  state_->spool.add(frame);
}

void NmrMeasure::finish(VideoScores& video) {
  State& s = *state_;
  const auto pairs = control_pairs(s.returns, s.spool.count());
  const auto score = [&](const std::string& name, const std::string& profile,
                         const Likeness& likeness, bool distance = false) {
    State::score(video.scores, name, profile, pairs, likeness, distance);
  };
  if (s.wants(Metric::Nmr)) {
    const auto profile = name_of(Metric::Nmr);
    score("psnr", profile, s.by(psnr));
    score("ssim", profile, s.by([](const ByteFrame& a, const ByteFrame& b) { return ssim(a, b); }));
  }
  if (s.wants(Metric::NmrLpips)) score("lpips", s.profile(Metric::NmrLpips), s.by_lpips(), true);
  if (s.wants(Metric::NmrSrc))
    score("src", s.profile(Metric::NmrSrc), s.by_cosine(*s.networks.resnet18, pairs));
  if (s.wants(Metric::NmrSrcEfflite0))
    score("src_efflite0", s.profile(Metric::NmrSrcEfflite0),
          s.by_cosine(*s.networks.efficientnet_lite0, pairs));
}

}  // namespace svg::eval
