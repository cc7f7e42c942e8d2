#include "libcore/eval/report/price.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/json.h"

namespace svg::eval {

namespace {

constexpr double kPaperSteps = 50;

struct Priced {
  std::string curve;
  double own = 0, paper = 0;            // shares of a chunk's time
  std::map<std::string, Point> recall;  // by metric
};

std::optional<Priced> priced(const std::string& folder) {
  const auto read = [&](const char* name) {
    const auto path = folder + "/" + name;
    return parse_ordered_json(read_file(path), path);
  };
  const auto settings = read("settings.json");
  if (!settings.contains("run")) return std::nullopt;
  const auto& run = settings.at("run");
  const auto steps = run.at("fast").at("steps").get<int64_t>();
  const auto name = std::filesystem::path(folder).lexically_normal().filename().string();
  const auto ending = cat("-", steps);
  if (!name.ends_with(ending)) return std::nullopt;
  const auto table = read("table.json");
  for (const auto& row : table.at("rows")) {
    if (row.at("row") != "temp-lora") continue;
    const auto score = [&](const char* key) { return point_of(row.value(key, ordered_json())); };
    const auto sampling = score("sampling_sec"), learning = score("learning_sec");
    if (!sampling || !learning || sampling->value <= 0) return std::nullopt;
    const double passes =
        run.at("steps").get<double>() * (run.value("guidance_scale", 1.0) == 1 ? 1 : 2);
    const double guided = sampling->value / passes * 2 * kPaperSteps;
    Priced out{.curve = name.substr(0, name.size() - ending.size()),
               .own = 100 * learning->value / (learning->value + sampling->value),
               .paper = 100 * learning->value / (learning->value + guided),
               .recall = {}};
    for (const char* metric : {"recall_step_v1", "recall_v1", "recall_self_v1"})
      if (const auto point = score(metric)) out.recall[metric] = *point;
    return out;
  }
  return std::nullopt;
}

void price_chart(Page& page, const std::vector<Priced>& points, const std::string& metric,
                 double Priced::*share, const std::string& of) {
  Chart chart{metric + " against what learning takes",
              "share of a chunk's time, %",
              metric,
              of + "; bands are 95 % intervals over episodes.",
              {},
              {}};
  for (const auto& p : points)
    if (std::find(chart.series.begin(), chart.series.end(), p.curve) == chart.series.end())
      chart.series.push_back(p.curve);
  for (const auto& p : points) {
    const auto recall = p.recall.find(metric);
    if (recall == p.recall.end()) continue;
    Chart::Row row{p.*share, std::vector<std::optional<Point>>(chart.series.size())};
    const auto at = std::find(chart.series.begin(), chart.series.end(), p.curve);
    row.points[static_cast<size_t>(at - chart.series.begin())] = recall->second;
    chart.rows.push_back(std::move(row));
  }
  std::stable_sort(chart.rows.begin(), chart.rows.end(),
                   [](const auto& a, const auto& b) { return a.x < b.x; });
  if (chart.rows.size() > 1) page.chart(chart);
}

}  // namespace

void add_price(Page& page, const std::vector<std::string>& folders) {
  std::vector<Priced> points;
  std::map<std::string, int> on_curve;
  for (const auto& folder : folders)
    if (auto point = priced(folder)) {
      ++on_curve[point->curve];
      points.push_back(std::move(*point));
    }
  std::erase_if(points, [&](const auto& p) { return on_curve[p.curve] < 2; });
  if (points.empty()) return;
  page.section("What memory costs");
  for (const char* metric : {"recall_step_v1", "recall_v1", "recall_self_v1"}) {
    price_chart(page, points, metric, &Priced::own, "Beside the sampling that was done");
    price_chart(page, points, metric, &Priced::paper,
                cat("Beside ", kPaperSteps, " guided steps, as in the paper"));
  }
}

}  // namespace svg::eval
