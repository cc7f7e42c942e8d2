#include "libcore/session/memory.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "formats/memory/memory.h"
#include "formats/provenance.h"
#include "libcore/base/printable.h"
#include "libcore/base/text_table.h"
#include "libcore/fast/update_algebra.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/parameters.h"
#include "libcore/tensor/runtime.h"

namespace svg::session {

namespace {

// The updates of a revision by layer; none for revision 0.
struct Revised {
  std::string name;  // as it was given
  int64_t revision = 0;
  formats::MemoryInfo info;
  std::string fingerprint;
  std::map<std::string, fast::Update> layers;
};

Revised read_revision(const std::string& name, double weight = 1) {
  const auto ref = formats::MemoryRef::parse(name);
  const auto memory = formats::Memory::open(ref.dir);
  Revised out{name, ref.revision.value_or(memory.head()), memory.info(), "", {}};
  if (out.revision == 0) return out;
  out.fingerprint = "sha256:" + memory.revision(out.revision).delta_sha256;
  const auto delta = memory.delta(out.revision);
  delta.check_finite();
  for (const auto& layer : delta.layers())
    out.layers[layer.module] = fast::update_of(layer, weight);
  return out;
}

void check_base(const Revised& a, const Revised& b) {
  require(a.info.lora.base == b.info.lora.base, ErrorKind::Config, a.name, " and ", b.name,
          ": belong to different models (", a.info.lora.base, ", ", b.info.lora.base, ")");
}

// Every layer of the two with both updates, zero where one has none.
std::map<std::string, std::pair<fast::Update, fast::Update>> paired(const Revised& a,
                                                                    const Revised& b) {
  std::map<std::string, std::pair<fast::Update, fast::Update>> pairs;
  for (const auto& [layer, update] : a.layers) pairs[layer] = {update, fast::zero_like(update)};
  for (const auto& [layer, update] : b.layers) {
    const auto [at, fresh] = pairs.try_emplace(layer, fast::zero_like(update), update);
    if (!fresh) at->second.second = update;
  }
  return pairs;
}

ordered_json sorted_by(std::vector<ordered_json> rows, const char* key) {
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& x, const auto& y) { return x[key] > y[key]; });
  return rows;
}

ordered_json diff(const Revised& a, const Revised& b) {
  check_base(a, b);
  double all_a = 0, all_b = 0, all_difference = 0;
  std::vector<ordered_json> rows;
  for (const auto& [layer, pair] : paired(a, b)) {
    const auto& [x, y] = pair;
    const double in_a = fast::norm_of(x), in_b = fast::norm_of(y),
                 difference = fast::norm_of(fast::sum_of({-x.b, x.a}, y, layer));
    const double angle = fast::largest_angle(x, y) * 180 / std::numbers::pi;
    rows.push_back(
        {{"layer", layer}, {"norm_a", in_a}, {"norm_b", in_b}, {"norm_difference", difference}});
    rows.back()["angle_deg"] = std::isnan(angle) ? ordered_json(nullptr) : ordered_json(angle);
    all_a += in_a * in_a;
    all_b += in_b * in_b;
    all_difference += difference * difference;
  }
  return {{"a", {{"memory", a.name}, {"revision", a.revision}}},
          {"b", {{"memory", b.name}, {"revision", b.revision}}},
          {"norm_a", std::sqrt(all_a)},
          {"norm_b", std::sqrt(all_b)},
          {"norm_difference", std::sqrt(all_difference)},
          {"layers", sorted_by(std::move(rows), "norm_difference")}};
}

std::vector<Revised> read_all(const MemoryMergeOptions& o) {
  require(o.weights.empty() || o.weights.size() == o.memories.size(), ErrorKind::Usage,
          "--weights: ", o.weights.size(), " for ", o.memories.size(),
          " memories: expected one each");
  std::vector<Revised> all;
  for (size_t i = 0; i < o.memories.size(); ++i)
    all.push_back(read_revision(o.memories[i], o.weights.empty() ? 1 : o.weights[i]));
  for (const auto& one : all) {
    check_base(all.front(), one);
    require(one.revision != 0, ErrorKind::NoInput, one.name,
            ": revision 0 is the empty memory, which holds nothing to merge");
    require(one.info.lora.targets == all.front().info.lora.targets, ErrorKind::Config,
            all.front().name, " and ", one.name, ": were learned with different --lora-targets");
  }
  return all;
}

ordered_json merge(const MemoryMergeOptions& o, const Context& context) {
  const auto all = read_all(o);
  int64_t most = 0;
  for (const auto& one : all) most += one.info.lora.rank;
  const auto& first = all.front().info.lora;
  const auto rank = o.rank == 0 ? first.rank : o.rank;
  require(1 <= rank && rank <= most, ErrorKind::Usage, "--rank ", rank, ": expected 1 to ", most,
          ", the sum of the ranks");

  std::map<std::string, fast::Update> sums;
  for (const auto& one : all) {
    for (const auto& [layer, update] : one.layers) {
      const auto [at, fresh] = sums.try_emplace(layer, update);
      if (!fresh) at->second = fast::sum_of(at->second, update, layer);
    }
  }
  formats::MemoryInfo info = all.front().info;
  const double scale = first.alpha / static_cast<double>(first.rank);
  info.lora.rank = rank;
  info.lora.alpha = scale * static_cast<double>(rank);
  info.optimizer = ordered_json::object();
  double energy = 0, lost = 0;
  std::vector<ordered_json> rows;
  std::vector<std::pair<at::Tensor, at::Tensor>> kept;  // the layers' bytes
  std::vector<formats::LoraLayer> layers;
  for (const auto& [layer, sum] : sums) {
    const auto cut = fast::truncate(sum, rank);
    const auto a = cut.update.a.div(std::sqrt(scale)).to(at::kFloat).contiguous();
    const auto b = cut.update.b.div(std::sqrt(scale)).to(at::kFloat).contiguous();
    kept.emplace_back(a, b);
    layers.push_back({layer, view_of("a", a), view_of("b", b), info.lora.alpha});
    rows.push_back(
        {{"layer", layer}, {"energy_lost", cut.energy > 0 ? cut.lost / cut.energy : 0.0}});
    energy += cut.energy;
    lost += cut.lost;
  }
  ordered_json inputs, weights = ordered_json::array();
  for (size_t i = 0; i < all.size(); ++i) {
    inputs[cat("memory_", i + 1)] = all[i].fingerprint;
    weights.push_back(o.weights.empty() ? 1.0 : o.weights[i]);
  }
  info.lora.provenance = formats::make_provenance(
      context.tool, {{"command", "merge"}, {"weights", weights}, {"rank", rank}}, 0, inputs);
  formats::Memory::create_whole(o.output, info, layers);
  return {{"rank", rank},
          {"energy_lost", energy > 0 ? lost / energy : 0.0},
          {"layers", sorted_by(std::move(rows), "energy_lost")}};
}

std::string table_of(const ordered_json& result) {
  std::vector<std::vector<std::string>> rows{{"|A|", "|B|", "|B - A|", "angle", "layer"}};
  auto add = [&](const ordered_json& row, const std::string& name) {
    auto angle = row.value("angle_deg", ordered_json());
    rows.push_back({text_of("%.4g", row["norm_a"]), text_of("%.4g", row["norm_b"]),
                    text_of("%.4g", row["norm_difference"]),
                    angle.is_null() ? "-" : text_of("%.1f", angle.get<double>()), name});
  };
  add(result, "all");
  for (const auto& row : result["layers"]) add(row, row["layer"]);
  return text_table(rows);
}

std::string line_of(const ordered_json& result) {
  const auto& worst = result["layers"].front();
  auto percent = [](const ordered_json& share) {
    return text_of("%.3g %%", 100 * share.get<double>());
  };
  return cat("rank ", result["rank"], ": lost ", percent(result["energy_lost"]),
             " of the energy, at most ", percent(worst["energy_lost"]), " (",
             printable(worst["layer"].get<std::string>()), ")\n");
}

}  // namespace

}  // namespace svg::session

void svg_memory_diff_session(const svg::session::MemoryDiffOptions& o, svg::Context& context,
                             svg::session::Report& report) {
  using namespace svg::session;
  guarded(report, [&]() -> Report {
    svg::apply_runtime(context);
    const auto result = diff(read_revision(o.a), read_revision(o.b));
    return {result, table_of(result)};
  });
}

void svg_memory_merge_session(const svg::session::MemoryMergeOptions& o, svg::Context& context,
                              svg::session::Report& report) {
  svg::session::guarded(report, [&]() -> svg::session::Report {
    svg::apply_runtime(context);
    const auto result = svg::session::merge(o, context);
    return {result, svg::session::line_of(result)};
  });
}
