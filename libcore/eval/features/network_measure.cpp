#include "libcore/eval/features/network_measure.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "libcore/base/error.h"
#include "libcore/eval/revisit/gaps.h"
#include "libcore/tensor/pixels.h"

namespace svg::eval {
namespace {

// Frames that go through a network together.
constexpr size_t kBatch = 8;
// Of the true frames one of so many says where the centre is: neighbours are nearly alike.
constexpr int64_t kCentreStep = 8;

// Frames that wait, u8 [1, H, W, 3] each.
class Waiting {
 public:
  void add(const video::Image& frame) {
    frames_.push_back(pictures_from_rgb(frame.rgb, frame.height, frame.width));
  }
  size_t count() const { return frames_.size(); }
  at::Tensor take() {  // [N, H, W, 3]
    auto all = at::cat(frames_, 0);
    frames_.clear();
    return all;
  }

 private:
  std::vector<at::Tensor> frames_;
};

at::Tensor joined_rows(const std::vector<at::Tensor>& parts, int64_t width) {
  return parts.empty() ? at::zeros({0, width}) : at::cat(parts, 0);
}

// The features of some frames of a video, all of them or those of a set.
template <class Network>
class FrameFeatures {
 public:
  explicit FrameFeatures(const Network* network) : network_(network) {}
  void add(const video::Image& frame) {
    waiting_.add(frame);
    if (waiting_.count() == kBatch) flush();
  }
  at::Tensor finish(int64_t width) {
    if (waiting_.count() > 0) flush();
    return joined_rows(parts_, width);
  }

 private:
  void flush() { parts_.push_back(features(*network_, waiting_.take())); }

  const Network* network_;
  Waiting waiting_;
  std::vector<at::Tensor> parts_;
};

class ClipFeatures {
 public:
  explicit ClipFeatures(const I3d* network) : network_(network) {}
  void add(const video::Image& frame) {
    waiting_.add(frame);
    if (waiting_.count() == static_cast<size_t>(kClipFrames))
      parts_.push_back(features(*network_, waiting_.take()).unsqueeze(0));
  }
  at::Tensor finish() const { return joined_rows(parts_, 400); }

 private:
  const I3d* network_;
  Waiting waiting_;
  std::vector<at::Tensor> parts_;
};

// One video has one size, so a batch is a tensor; what is left is done at the end.
class LpipsColumn {
 public:
  explicit LpipsColumn(const LpipsAlex* network) : network_(network) {}
  void add(const video::Image& a, const video::Image& b) {
    a_.add(a);
    b_.add(b);
    if (a_.count() == kBatch) flush();
  }
  std::vector<double> finish() {
    if (a_.count() > 0) flush();
    return values_;
  }

 private:
  void flush() {
    const auto distances = lpips(*network_, a_.take(), b_.take());
    const auto* values = distances.const_data_ptr<double>();
    values_.insert(values_.end(), values, values + distances.numel());
  }

  const LpipsAlex* network_;
  Waiting a_, b_;
  std::vector<double> values_;
};

// The returns by rows of the features of the frames that they name.
std::vector<Return> renumbered(std::vector<Return> returns, const std::set<int64_t>& frames) {
  std::map<int64_t, int64_t> row;
  for (const int64_t frame : frames) row.emplace(frame, static_cast<int64_t>(row.size()));
  for (auto& r : returns) r.first = row.at(r.first), r.again = row.at(r.again);
  return returns;
}

// Those whose frames are as far apart as a range says.
std::vector<Return> within(const std::vector<Return>& returns, const std::string& gap) {
  std::vector<Return> some;
  for (const auto& r : returns)
    if (gap == (r.shifted ? kShifted : gap_of(static_cast<int>(r.again - r.first))))
      some.push_back(r);
  return some;
}

}  // namespace

struct NetworkMeasure::State {
  const Networks& networks;
  std::vector<Return> returns;
  std::set<int64_t> returning;  // the frames of `returns`
  LpipsColumn lpips_column;
  FrameFeatures<ResNet18> resnet, resnet_all, resnet_true;
  FrameFeatures<EfficientNetLite0> lite, lite_generated, lite_reference;
  ClipFeatures clips, reference_clips;
  int64_t frames = 0;

  State(const Networks& n, std::vector<Return> r)
      : networks(n),
        returns(std::move(r)),
        lpips_column(n.lpips ? &*n.lpips : nullptr),
        resnet(n.resnet18 ? &*n.resnet18 : nullptr),
        resnet_all(resnet),
        resnet_true(resnet),
        lite(n.efficientnet_lite0 ? &*n.efficientnet_lite0 : nullptr),
        lite_generated(lite),
        lite_reference(lite),
        clips(n.i3d ? &*n.i3d : nullptr),
        reference_clips(clips) {
    for (const auto& visit : returns) returning.insert({visit.first, visit.again});
  }

  bool wants(Metric metric) const { return networks.sources.count(metric) > 0; }

  void score_return(VideoScores& video, Metric metric, const at::Tensor& of_frames) const {
    const auto add = [&](const std::string& bucket, const std::vector<Return>& some) {
      video.scores.push_back({.metric = name_of(metric),
                              .profile = networks.sources.at(metric).profile,
                              .value = scene_return(of_frames, renumbered(some, returning)),
                              .bucket = bucket});
    };
    add("all", same_pose(returns));
    for (const auto& gap : kGaps) add(gap.name, within(returns, gap.name));
    add(kShifted, within(returns, kShifted));
  }

  bool wants_resnet_returns() const { return wants(Metric::Src) || wants(Metric::SrcC); }
};

NetworkMeasure::NetworkMeasure(const Networks& networks, std::vector<Return> returns)
    : state_(std::make_unique<State>(networks, std::move(returns))) {}

NetworkMeasure::~NetworkMeasure() = default;

void NetworkMeasure::add(const video::Image& generated, const video::Image* reference) {
  State& s = *state_;
  if (s.wants(Metric::Lpips)) s.lpips_column.add(generated, *reference);
  if (s.returning.count(s.frames)) {
    if (s.wants_resnet_returns()) s.resnet.add(generated);
    if (s.wants(Metric::SrcEfflite0)) s.lite.add(generated);
  }
  if (s.wants(Metric::SubjResnet)) s.resnet_all.add(generated);
  if (s.wants(Metric::SrcC) && s.frames % kCentreStep == 0) s.resnet_true.add(*reference);
  if (s.wants(Metric::FdEfflite0)) {
    s.lite_generated.add(generated);
    s.lite_reference.add(*reference);
  }
  if (s.wants(Metric::Fvd)) {
    s.clips.add(generated);
    s.reference_clips.add(*reference);
  }
  ++s.frames;
}

VideoFeatures NetworkMeasure::finish(VideoScores& video) {
  State& s = *state_;
  if (s.wants(Metric::Lpips)) {
    const auto& profile = s.networks.sources.at(Metric::Lpips).profile;
    auto values = s.lpips_column.finish();
    double sum = 0;
    for (const double value : values) sum += value;
    video.scores.push_back({"lpips", profile, sum / static_cast<double>(values.size())});
    video.columns.push_back({"lpips", profile, std::move(values)});
  }
  for (const int64_t frame : s.returning)
    require(frame < s.frames, ErrorKind::Data, "frame ", frame, " is of a visit, but there are ",
            s.frames);
  VideoFeatures left;
  const auto resnet = s.wants_resnet_returns() ? s.resnet.finish(512) : at::Tensor{};
  if (s.wants(Metric::Src)) s.score_return(video, Metric::Src, resnet);
  if (s.wants(Metric::SrcEfflite0)) s.score_return(video, Metric::SrcEfflite0, s.lite.finish(1280));
  if (s.wants(Metric::SrcC)) {
    const auto truth = s.resnet_true.finish(512).to(at::kDouble);
    left.returns = {resnet, renumbered(s.returns, s.returning), truth.sum(0), truth.size(0)};
  }
  if (s.wants(Metric::SubjResnet))
    video.scores.push_back({"subj_resnet", s.networks.sources.at(Metric::SubjResnet).profile,
                            subject_consistency(s.resnet_all.finish(512))});
  auto& sets = left.sets;
  if (s.wants(Metric::FdEfflite0))
    sets[Metric::FdEfflite0] = {s.lite_generated.finish(1280), s.lite_reference.finish(1280)};
  if (s.wants(Metric::Fvd)) sets[Metric::Fvd] = {s.clips.finish(), s.reference_clips.finish()};
  return left;
}

}  // namespace svg::eval
