#include "libcore/plan/idm_items.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

namespace svg::plan {
namespace {

bool is_increment(const IdmField& field) {
  return field.binned || field.values.size() < 2 || field.values.front() < 0;
}

}  // namespace

at::Tensor classes_of_acts(const std::vector<IdmField>& fields, const at::Tensor& acts) {
  const auto classes = at::empty(acts.sizes(), at::kLong);
  const auto from = acts.contiguous();
  const auto* values = from.const_data_ptr<float>();
  auto* to = classes.data_ptr<int64_t>();
  const auto v = static_cast<int64_t>(fields.size());
  for (int64_t i = 0; i < acts.numel(); ++i)
    to[i] = class_of(fields[static_cast<size_t>(i % v)], static_cast<double>(values[i]));
  return classes;
}

Steps::Steps(const std::vector<const IdmEpisode*>& episodes, at::Tensor IdmEpisode::*pictures,
             const std::vector<IdmField>& fields) {
  std::vector<at::Tensor> frames, windows, classes;
  int64_t first = 0;
  for (const IdmEpisode* e : episodes) {
    const auto& mine = e->*pictures;
    const auto n = mine.size(0);
    if (n < 2) continue;
    frames.push_back(mine);
    windows.push_back(windows_of(at::arange(first, first + n, at::kLong), 1));
    classes.push_back(classes_of_acts(fields, e->acts.narrow(0, 1, n - 1)));
    first += n;
  }
  if (frames.empty()) return;
  frames_ = at::cat(frames), windows_ = at::cat(windows), classes_ = at::cat(classes);
}

IdmItems Steps::taken(const at::Tensor& rows) const {
  const auto windows = windows_.index_select(0, rows);
  return {frames_.index_select(0, windows.flatten()).unflatten(0, windows.sizes()),
          classes_.index_select(0, rows)};
}

Pairs::Pairs(const Steps& here, const Steps& next, const std::vector<const IdmEpisode*>& episodes,
             const std::vector<IdmField>& fields)
    : fields_(fields), here_(here.frames()), next_(next.frames()) {
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
  std::vector<double> most;
  for (const IdmField& field : fields) {
    increments.push_back(is_increment(field));
    const bool bounded = is_increment(field) && !field.binned;
    most.push_back(bounded ? std::max(-field.values.front(), field.values.back())
                           : std::numeric_limits<double>::infinity());
  }
  increments_ = at::tensor(increments, at::kByte).to(at::kBool);
  most_ = at::tensor(most, at::kDouble);
}

at::Tensor Pairs::second_of(const at::Tensor& rows, const at::Tensor& apart) const {
  return (rows + apart).max(first_.index_select(0, rows)).min(last_.index_select(0, rows));
}

IdmItems Pairs::taken(const at::Tensor& rows, const at::Tensor& apart) const {
  const auto between = [&](const at::Tensor& to) {
    return ways_.index_select(0, to) - ways_.index_select(0, rows);
  };
  const auto far = second_of(rows, apart);
  constexpr double kRounding = 1e-4;
  const auto says_nothing = (between(far).abs() > most_ * (1 + kRounding)).any(1);
  const auto to = at::where(says_nothing, second_of(rows, at::ones_like(rows)), far);
  const auto change = at::where(increments_, between(to), acts_.index_select(0, to));
  return {pair_windows(here_.index_select(0, rows), next_.index_select(0, to)),
          classes_of_acts(fields_, change.to(at::kFloat))};
}

}  // namespace svg::plan
