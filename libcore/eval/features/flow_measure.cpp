#include "libcore/eval/features/flow_measure.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "libcore/base/error.h"
#include "libcore/eval/features/resize.h"
#include "libcore/tensor/pixels.h"

namespace svg::eval {
namespace {

using video::Image;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Rounded to bytes again, as torchvision's resize of bytes is.
Image resized_to(const Image& frame, int height, int width) {
  if (frame.height == height && frame.width == width) return frame;
  const auto pixels =
      resized(pictures_from_rgb(frame.rgb, frame.height, frame.width), height, width);
  const auto bytes = pixels.round().clamp(0, 255).to(at::kByte).permute({0, 2, 3, 1}).contiguous();
  Image image(height, width);
  std::copy_n(bytes.const_data_ptr<uint8_t>(), image.rgb.size(), image.rgb.begin());
  return image;
}

// MAWE of one sequence of frames, pair by pair.
struct Warping {
  std::vector<double> values;  // a frame
  int64_t still = 0;           // pairs without motion

  void add_first() { values.push_back(kNone); }
  void add(const Image& from, const Image& to, const FlowView& flow, double motion) {
    const auto value = motion_aware(warp_error(view_of(from), view_of(to), flow), motion);
    still += !value.has_value();
    values.push_back(value.value_or(kNone));
  }
  std::optional<double> mean() const {
    double sum = 0;
    int64_t count = 0;
    for (const double value : values)
      if (!std::isnan(value)) sum += value, ++count;
    return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
  }
};

}  // namespace

struct FlowMeasure::State {
  std::set<Metric> metrics;
  Flows flows;
  bool has_reference = false;
  int64_t frames = 0;
  Image last, last_reference, last_resized;
  Warping exact, exact_reference, seen;
  std::vector<double> exact_fastest, seen_fastest;

  bool wants(Metric metric) const { return metrics.count(metric) > 0; }

  // Of the pair whose first frame is number `frames - 1`.
  void add_exact(const Image& generated, const Image* reference) {
    auto& file = *flows.exact;
    const auto first = static_cast<size_t>(frames - 1);
    require(flows.frames.empty() || first + 1 < flows.frames.size(), ErrorKind::Data, file.path(),
            ": there are more frames than its episode has");
    const int64_t plane = flows.frames.empty() ? frames - 1 : flows.frames[first];
    const bool follows = flows.frames.empty() || flows.frames[first + 1] == plane + 1;
    if (!follows) {  // frames between them were not fed
      exact.add_first();
      if (has_reference) exact_reference.add_first();
      return;
    }
    const FlowView flow = file.at(plane);
    require(generated.height == flow.height && generated.width == flow.width, ErrorKind::Config,
            file.path(), ": is of ", flow.width, "x", flow.height, ", but frames are ",
            generated.width, "x", generated.height, ": exact flow needs the world's own size");
    const double motion = mean_motion(flow);
    exact.add(last, generated, flow, motion);
    if (has_reference) exact_reference.add(last_reference, *reference, flow, motion);
    exact_fastest.push_back(fastest_motion(flow));
  }

  void add_seen(const Image& frame) {
    const FlowView flow = flows.seen->at(frames - 1);
    seen.add(last_resized, frame, flow, mean_motion(flow));
    seen_fastest.push_back(fastest_motion(flow));
  }

  void score(VideoScores& video, const std::string& name, Metric metric,
             const Warping& warping) const {
    video.scores.push_back({name, name_of(metric), warping.mean()});
    video.scores.push_back(
        {name + "_still_pairs", name_of(metric), static_cast<double>(warping.still)});
    video.columns.push_back({name, name_of(metric), warping.values});
  }

  void score_dynamic(VideoScores& video, const std::string& name, Metric metric,
                     const std::vector<double>& fastest, const FlowFile& file) const {
    const bool dynamic = is_dynamic(fastest, frames, std::min(file.height(), file.width()));
    video.scores.push_back({name, name_of(metric), dynamic ? 1.0 : 0.0});
  }
};

FlowMeasure::FlowMeasure(const std::set<Metric>& metrics, Flows flows, bool has_reference)
    : state_(std::make_unique<State>()) {
  state_->metrics = metrics;
  state_->flows = std::move(flows);
  state_->has_reference = has_reference;
}

FlowMeasure::~FlowMeasure() = default;

void FlowMeasure::add(const Image& generated, const Image* reference) {
  State& s = *state_;
  const Image resized =
      s.flows.seen ? resized_to(generated, s.flows.seen->height(), s.flows.seen->width()) : Image{};
  if (s.frames == 0) {
    for (auto* warping : {&s.exact, &s.exact_reference, &s.seen}) warping->add_first();
  } else {
    if (s.flows.exact) s.add_exact(generated, reference);
    if (s.flows.seen) s.add_seen(resized);
  }
  s.last = generated;
  if (reference) s.last_reference = *reference;
  s.last_resized = resized;
  ++s.frames;
}

void FlowMeasure::finish(VideoScores& video) {
  const State& s = *state_;
  if (s.wants(Metric::MaweGt)) {
    s.score(video, "mawe_gt", Metric::MaweGt, s.exact);
    if (s.has_reference) s.score(video, "mawe_gt_reference", Metric::MaweGt, s.exact_reference);
  }
  if (s.wants(Metric::MaweFlow)) s.score(video, "mawe_flow", Metric::MaweFlow, s.seen);
  if (s.wants(Metric::DynGt))
    s.score_dynamic(video, "dyn_gt", Metric::DynGt, s.exact_fastest, *s.flows.exact);
  if (s.wants(Metric::Dyn))
    s.score_dynamic(video, "dyn", Metric::Dyn, s.seen_fastest, *s.flows.seen);
}

}  // namespace svg::eval
