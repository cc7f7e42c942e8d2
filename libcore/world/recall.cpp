#include "libcore/world/recall.h"

#include <algorithm>

#include "libcore/base/error.h"

namespace svg::world {
namespace {

bool held_out(const Scene& scene) {
  return seed_range(scene.appearance_seed).split == std::string("ood");
}

// Sum of squared differences between two runs of bytes.
int64_t squared_error(const uint8_t* a, const uint8_t* b, size_t count) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    int d = a[i] - b[i];
    sum += d * d;
  }
  return sum;
}

double mean(int64_t sum, size_t count) {
  return static_cast<double>(sum) / static_cast<double>(count);
}

}  // namespace

std::vector<RecallQuery> recall_queries(const Episode& episode, const FaceCounts& counts,
                                        const std::vector<Visit>& visits, const QueryRule& rule) {
  const WorldConfig& config = episode.scene.config;
  std::vector<RecallQuery> queries;
  std::set<std::pair<int, int>> taken;
  for (const Visit& visit : visits) {
    double least = visit.bucket == "shifted" ? rule.min_covis_shifted : rule.min_covis_first;
    if (visit.covis_ctx > rule.max_covis_ctx || visit.covis_first < least) continue;
    FrameRange context = context_of(config, visit.frame);
    for (int id = 1; id <= static_cast<int>(episode.scene.faces.size()); ++id) {
      if (counts.of(visit.frame)[id] < rule.min_cover * config.pixels()) continue;
      if (counts.of(visit.first)[id] < config.seen_px()) continue;
      bool hidden = true;
      for (int s = context.first; s < context.last; ++s)
        hidden &= counts.of(s)[id] <= rule.max_context * config.pixels();
      if (hidden && taken.insert({visit.frame, id}).second)
        queries.push_back(
            {visit.frame, static_cast<uint16_t>(id), visit.first, visit.gap, visit.bucket});
    }
  }
  std::stable_sort(queries.begin(), queries.end(), [](const RecallQuery& a, const RecallQuery& b) {
    return a.frame != b.frame ? a.frame < b.frame : a.face < b.face;
  });
  return queries;
}

std::vector<RecallQuery> context_queries(const Episode& episode, const FaceCounts& counts,
                                         int first_frame, const QueryRule& rule) {
  const WorldConfig& config = episode.scene.config;
  double least = rule.min_cover * config.pixels();
  std::vector<RecallQuery> queries;
  for (int q = std::max(first_frame, config.frames); q < episode.frame_count(); ++q) {
    int last_past = context_of(config, q).last - 1;
    for (int id = 1; id <= static_cast<int>(episode.scene.faces.size()); ++id)
      if (counts.of(q)[id] >= least && counts.of(last_past)[id] >= least)
        queries.push_back({q, static_cast<uint16_t>(id), -1, q - last_past, "context"});
  }
  return queries;
}

TextureRange candidates_of(const Scene& scene) {
  int trained = scene.bank->trained, all = static_cast<int>(scene.bank->textures.size());
  return held_out(scene) ? TextureRange{trained, all - trained} : TextureRange{0, trained};
}

std::set<int> textures_shown(const Episode& episode, const FaceCounts& counts, int frame) {
  std::set<int> shown;
  for (int t = 0; t < std::min(frame, episode.frame_count()); ++t)
    for (size_t i = 0; i < episode.scene.faces.size(); ++i)
      if (counts.of(t)[i + 1] >= episode.scene.config.seen_px())
        shown.insert(episode.scene.faces[i].texture);
  return shown;
}

FaceCandidates::View FaceCandidates::make_view(const Scene& scene, const Pose& pose,
                                               uint16_t face) const {
  View view;
  std::vector<uint8_t> rgb(scene.config.frame_bytes());
  std::vector<uint16_t> ids(static_cast<size_t>(scene.config.pixels()));
  render(scene, pose, {}, ids);
  ColumnRange columns{scene.config.width, 0};
  for (uint32_t p = 0; p < ids.size(); ++p) {
    if (ids[p] != face) continue;
    view.mask.push_back(p);
    const int x = static_cast<int>(p) % scene.config.width;
    columns = {std::min(columns.first, x), std::max(columns.last, x + 1)};
  }
  if (view.mask.empty()) return view;
  for (int i = 0; i < range_.count; ++i) {
    render_with(scene, pose, {{face, range_.first + i}}, columns, rgb, {});
    std::vector<uint8_t> seen;
    seen.reserve(3 * view.mask.size());
    for (uint32_t p : view.mask) seen.insert(seen.end(), &rgb[p * 3], &rgb[p * 3] + 3);
    view.renders.push_back(std::move(seen));
  }
  return view;
}

FaceCandidates::FaceCandidates(const Scene& scene, const Pose& pose, uint16_t face, bool near)
    : range_(candidates_of(scene)) {
  require(face >= 1 && face <= scene.faces.size(), ErrorKind::Internal, "recall: face ", face,
          " is no wall");
  true_texture_ = scene.faces[static_cast<size_t>(face - 1)].texture;
  views_.push_back(make_view(scene, pose, face));
  pixels_ = static_cast<int>(views_[0].mask.size());
  require(pixels_ > 0, ErrorKind::Internal, "recall: face ", face, " is not in view");
  const auto& renders = views_[0].renders;
  const std::vector<uint8_t>& truth = renders[static_cast<size_t>(true_texture_ - range_.first)];
  for (size_t i = 0; i < renders.size(); ++i)
    if (static_cast<int>(i) != true_texture_ - range_.first)
      ambiguous_ |= mean(squared_error(truth.data(), renders[i].data(), truth.size()),
                         truth.size()) < kAmbiguousMse;
  for (int degrees = -5; near && degrees <= 5; ++degrees) {
    if (degrees == 0) continue;
    View view = make_view(scene, moved(pose, {.turn = degrees * kDegree}), face);
    if (2 * static_cast<int>(view.mask.size()) >= pixels_) views_.push_back(std::move(view));
  }
}

size_t FaceCandidates::bytes() const {
  size_t bytes = 0;
  for (const View& view : views_)
    bytes += view.mask.size() * (sizeof(uint32_t) + 3 * view.renders.size());
  return bytes;
}

FaceScore FaceCandidates::score(std::span<const uint8_t> rgb, const std::set<int>& palette) const {
  std::vector<double> mse(static_cast<size_t>(range_.count), 1e30);
  std::vector<uint8_t> picture;
  for (const View& view : views_) {
    picture.clear();
    for (uint32_t p : view.mask) picture.insert(picture.end(), &rgb[p * 3], &rgb[p * 3] + 3);
    for (size_t i = 0; i < mse.size(); ++i)
      mse[i] = std::min(mse[i],
                        mean(squared_error(picture.data(), view.renders[i].data(), picture.size()),
                             picture.size()));
  }
  FaceScore score;
  size_t truth = static_cast<size_t>(true_texture_ - range_.first);
  score.answer =
      range_.first + static_cast<int>(std::min_element(mse.begin(), mse.end()) - mse.begin());
  score.mse = mse[truth];
  int nearer = 0, equal = 0, palette_rivals = 0;
  for (size_t i = 0; i < mse.size(); ++i) {
    if (i == truth) continue;
    nearer += mse[i] < mse[truth];
    equal += mse[i] == mse[truth];
    palette_rivals += mse[i] <= mse[truth] && palette.count(range_.first + static_cast<int>(i));
  }
  score.rank = 1 + nearer + equal / 2.0;
  score.top1 = nearer + equal == 0;
  score.palette_top1 = palette_rivals == 0;
  return score;
}

}  // namespace svg::world
