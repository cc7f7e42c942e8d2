#include "libcore/session/eval_distances.h"

#include <ATen/ATen.h>

#include <functional>

#include "libcore/base/error.h"
#include "libcore/eval/cells.h"
#include "libcore/eval/features/frechet.h"
#include "libcore/eval/features/polynomial_mmd.h"
#include "libcore/eval/npy_file.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {

namespace {

constexpr int64_t kJediWidth = 1280;  // V-JEPA's ViT-H/16
constexpr int64_t kLeastSplit = 4;    // features of which a floor can be had

struct Distance {
  std::string name;
  std::function<double(const at::Tensor&, const at::Tensor&)> between;
};

// Every second feature, from `first` on, and as many of each half.
at::Tensor half(const at::Tensor& features, int64_t first) {
  return features.slice(0, first, features.size(0) / 2 * 2, 2);
}

Report distances(const DistancesOptions& o, Context& context) {
  apply_runtime(context);
  const auto truth = eval::read_npy_table(o.reference), made = eval::read_npy_table(o.generated);
  require(truth.size(1) == made.size(1), ErrorKind::Config, o.generated, ": features of ",
          made.size(1), " numbers, those of ", o.reference, " have ", truth.size(1));
  const auto width = truth.size(1);
  const Distance all[] = {
      {width == kJediWidth ? "jedi_v1" : "jedi_custom", eval::jedi},
      {"frechet", [](const auto& a, const auto& b) { return eval::frechet_distance(a, b); }},
      {"mmd_poly3", [](const auto& a, const auto& b) {
         return eval::unbiased_mmd(a, b, {.degree = 3, .offset = 1});
       }}};
  ordered_json table = ordered_json::array();
  std::string text =
      "| metric | value | floor | n, reference | n, generated | D |\n|---|---|---|---|---|---|";
  for (const auto& distance : all) {
    ordered_json entry{{"metric", distance.name},
                       {"value", distance.between(truth, made)},
                       {"floor", nullptr},
                       {"n_reference", truth.size(0)},
                       {"n_generated", made.size(0)},
                       {"width", width}};
    if (truth.size(0) >= kLeastSplit)
      entry["floor"] = distance.between(half(truth, 0), half(truth, 1));
    text += cat("\n| ", distance.name, " | ", eval::number_cell(entry["value"], 4), " | ",
                eval::number_cell(entry["floor"], 4), " | ", truth.size(0), " | ", made.size(0),
                " | ", width, " |");
    table.push_back(std::move(entry));
  }
  text +=
      "\n\n- The floor is that between the two halves of the reference, so at half of its n: "
      "frechet and jedi fall as n grows, mmd_poly3 does not.\n";
  return {table, text};
}

}  // namespace

}  // namespace svg::session

void svg_distances_session(const svg::session::DistancesOptions& options, svg::Context& context,
                           svg::session::Report& report) {
  svg::session::guarded(report, [&] { return svg::session::distances(options, context); });
}
