#include "libcore/plan/idm_items.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace svg::plan {
Steps::Steps(const std::vector<const IdmEpisode*>& episodes, at::Tensor IdmEpisode::*pictures) {
  std::vector<at::Tensor> frames, windows, acts;
  int64_t first = 0;
  for (const IdmEpisode* e : episodes) {
    const auto& mine = e->*pictures;
    const auto n = mine.size(0);
    if (n < 2) continue;
    frames.push_back(mine);
    windows.push_back(windows_of(at::arange(first, first + n, at::kLong), 1));
    acts.push_back(e->acts.narrow(0, 1, n - 1));
    first += n;
  }
  if (frames.empty()) return;
  frames_ = at::cat(frames), windows_ = at::cat(windows), acts_ = at::cat(acts);
}

IdmItems Steps::taken(const at::Tensor& rows) const {
  const auto windows = windows_.index_select(0, rows);
  return {frames_.index_select(0, windows.flatten()).unflatten(0, windows.sizes()),
          acts_.index_select(0, rows)};
}

Pairs::Pairs(const Steps& here, const Steps& next, const std::vector<const IdmEpisode*>& episodes,
             const std::vector<IdmField>& fields)
    : here_(here.frames()), next_(next.frames()) {
  std::vector<at::Tensor> ways, acts, first, last;
  int64_t begin = 0;
  for (const IdmEpisode* e : episodes) {
    const auto n = e->frames.size(0);
    if (n < 2) continue;  // as Steps
    acts.push_back(e->acts.to(at::kDouble));
    ways.push_back(acts.back().cumsum(0));
    first.push_back(at::full({n}, begin, at::kLong));
    last.push_back(at::full({n}, begin + n - 1, at::kLong));
    begin += n;
  }
  acts_ = at::cat(acts), ways_ = at::cat(ways);
  first_ = at::cat(first), last_ = at::cat(last);
  std::vector<uint8_t> increments;
  std::vector<double> most, scale;
  for (const IdmField& field : fields) {
    const double largest = std::max(std::fabs(field.values.front()), field.values.back());
    increments.push_back(is_increment(field));
    most.push_back(is_increment(field) && !field.binned ? largest
                                                        : std::numeric_limits<double>::infinity());
    scale.push_back(is_increment(field) && largest > 0 ? 1 / largest : 0);
  }
  increments_ = at::tensor(increments, at::kByte).to(at::kBool);
  most_ = at::tensor(most, at::kDouble);
  scale_ = at::tensor(scale, at::kDouble);
}

at::Tensor Pairs::second_of(const at::Tensor& rows, const at::Tensor& apart) const {
  return (rows + apart).max(first_.index_select(0, rows)).min(last_.index_select(0, rows));
}

at::Tensor Pairs::between(const at::Tensor& rows, const at::Tensor& to) const {
  return ways_.index_select(0, to) - ways_.index_select(0, rows);
}

IdmItems Pairs::items(const at::Tensor& rows, const at::Tensor& far) const {
  constexpr double kRounding = 1e-4;
  const auto says_nothing = (between(rows, far).abs() > most_ * (1 + kRounding)).any(1);
  const auto to = at::where(says_nothing, second_of(rows, at::ones_like(rows)), far);
  const auto change = at::where(increments_, between(rows, to), acts_.index_select(0, to));
  return {pair_windows(here_.index_select(0, rows), next_.index_select(0, to)),
          change.to(at::kFloat)};
}

IdmItems Pairs::taken(const at::Tensor& rows, const at::Tensor& apart) const {
  return items(rows, second_of(rows, apart));
}

IdmItems Pairs::taken_far(const at::Tensor& rows, const at::Tensor& where) const {
  const auto first = first_.index_select(0, rows).unsqueeze(1),
             frames = last_.index_select(0, rows).unsqueeze(1) - first + 1;
  const auto candidates = first + (where * frames).floor().to(at::kLong).clamp_max(frames - 1);
  const auto k = candidates.size(1);
  const auto from = rows.unsqueeze(1).expand({-1, k}).flatten();
  const auto far = (between(from, candidates.flatten()) * scale_).abs().amax(1).view({-1, k});
  return items(rows, candidates.gather(1, far.argmin(1, true)).squeeze(1));
}

}  // namespace svg::plan
