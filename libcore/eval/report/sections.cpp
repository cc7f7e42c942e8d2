#include "libcore/eval/report/sections.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

#include "formats/memory/memory.h"
#include "formats/tensor_numbers.h"
#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"
#include "libcore/eval/report/price.h"
#include "libcore/eval/report/published.h"
#include "libcore/eval/revisit/gaps.h"

namespace svg::eval {

namespace {

namespace fs = std::filesystem;

std::string name_of_path(const std::string& path) {
  const auto clean = fs::path(path).lexically_normal();
  return clean.has_filename() ? clean.filename().string() : clean.parent_path().filename().string();
}

std::string number(double value) {
  std::ostringstream text;
  text.precision(4);
  text << value;
  return text.str();
}

std::string number(const ordered_json& value) {
  if (value.is_number()) return number(value.get<double>());
  return value.is_string() ? value.get<std::string>() : "-";
}

// {"mean", "low", "high", "n"}
std::string interval(const ordered_json& v) {
  if (!v.is_object() || !v.contains("mean") || !v.at("mean").is_number()) return "-";
  return number(v.at("mean")) + " [" + number(v.value("low", ordered_json())) + ", " +
         number(v.value("high", ordered_json())) + "]";
}

std::vector<ordered_json> read_lines(const std::string& path) {
  std::vector<ordered_json> lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);)
    lines.push_back(parse_ordered_json(line, cat(path, ": line ", lines.size() + 1)));
  return lines;
}

// ---- what there is

std::optional<Subject> subject_of(const std::string& path) {
  if (!is_folder(path)) {
    if (path.ends_with(".mp4")) return Subject::Video;
    if (path.ends_with(".png")) return Subject::Picture;
    return std::nullopt;
  }
  const auto has = [&](const char* name) { return path_exists(path + "/" + name); };
  if (has("memory.json")) return Subject::Memory;
  if (has("training/metrics.jsonl")) return Subject::Training;
  if (has("settings.json") && has("table.json")) return Subject::Revisit;
  if (has("settings.json") && has("metrics.jsonl")) return Subject::Metrics;
  return std::nullopt;
}

// ---- revisit

// A metric over ranges of frames (`gaps.h`).
void range_chart(Page& page, const ordered_json& rows, const std::string& metric,
                 const std::string& title, const std::string& counted) {
  Chart chart{title,  counted,
              metric, "The middle of each range of frames; bands are 95 % intervals over episodes.",
              {},     {}};
  for (const auto& gap : kGaps) {
    Chart::Row row{gap.middle, {}};
    for (const auto& entry : rows)
      row.points.push_back(point_of(entry.value(gap_key(metric, gap.name), ordered_json())));
    if (std::any_of(row.points.begin(), row.points.end(), [](const auto& p) { return !!p; }))
      chart.rows.push_back(std::move(row));
  }
  for (const auto& entry : rows) chart.series.push_back(entry.at("row").get<std::string>());
  if (chart.rows.size() > 1) page.chart(chart);
}

void add_revisit(Page& page, const std::string& path) {
  const auto file = path + "/table.json";
  const auto table = parse_ordered_json(read_file(file), file);
  const auto rows = json_get<ordered_json>(table, "rows", file);
  require(rows.is_array() && !rows.empty(), ErrorKind::Data, file, ": has no rows");
  for (const auto& row : rows)
    require(row.is_object(), ErrorKind::Data, file, ": a row is no object");
  page.section("Revisits: " + name_of_path(path));
  std::vector<std::string> metrics;
  for (const auto& row : rows) {
    for (const auto& [key, value] : row.items()) {
      const bool is_metric = value.is_object() && key.find('@') == std::string::npos &&
                             value.value("n", int64_t{0}) > 0;
      if (is_metric && std::find(metrics.begin(), metrics.end(), key) == metrics.end())
        metrics.push_back(key);
    }
  }
  std::vector<std::vector<std::string>> cells{{"row"}};
  for (const auto& metric : metrics) cells[0].push_back(metric);
  for (const auto& row : rows) {
    cells.push_back({json_get<std::string>(row, "row", file)});
    for (const auto& metric : metrics)
      cells.back().push_back(interval(row.value(metric, ordered_json())));
  }
  page.table(cells);
  for (const auto& row : rows)
    page.note(cat(row.at("row").get<std::string>(), ": ", row.value("meaning", ""), ". ",
                  number(row.value("episodes", ordered_json())), " episodes."));
  if (const auto differences = table.value("differences", ordered_json::array());
      !differences.empty()) {
    cells = {{"difference", "mean [95 % interval]"}};
    for (const auto& d : differences)
      cells.push_back(
          {cat(number(d.at("metric")), ", ", number(d.at("of")), " minus ", number(d.at("minus"))),
           interval(d.at("difference"))});
    page.table(cells);
  }
  for (const std::string metric : {"recall_step_v1", "recall_v1", "revisit_psnr"})
    range_chart(page, rows, metric, metric + " by gap", "frames since it was seen");
  for (const std::string metric : {"maze_v1", "psnr_v1"})
    range_chart(page, rows, metric, metric + " over time", "frames since the last given one");
  page.details("Settings", parse_ordered_json(read_file(path + "/settings.json"), path).dump(2));
}

// ---- metrics

void add_metrics(Page& page, const std::string& path) {
  page.section("Metrics: " + name_of_path(path));
  std::vector<std::vector<std::string>> cells{
      {"metric", "profile", "value", "95 % interval", "videos"}};
  for (const auto& line : read_lines(path + "/metrics.jsonl")) {
    const auto ci = line.value("ci", ordered_json());
    cells.push_back({number(line.value("metric", ordered_json())),
                     number(line.value("profile", ordered_json())),
                     number(line.value("value", ordered_json())),
                     ci.is_array() && ci.size() == 2 ? number(ci[0]) + " to " + number(ci[1]) : "-",
                     number(line.value("n", ordered_json()))});
  }
  page.table(cells);
  // Means over videos, by chunk.
  std::vector<std::string> metrics;
  std::map<int64_t, std::map<std::string, std::pair<double, int64_t>>> sums;
  for (const auto& line : read_lines(path + "/chunks.jsonl")) {
    const auto chunk = json_get<int64_t>(line, "chunk", path + "/chunks.jsonl");
    for (const auto& [key, value] : line.items()) {
      if (!value.is_number() || key == "chunk" || key == "frames") continue;
      if (std::find(metrics.begin(), metrics.end(), key) == metrics.end()) metrics.push_back(key);
      auto& [sum, n] = sums[chunk][key];
      sum += value.get<double>(), ++n;
    }
  }
  for (const auto& metric : metrics) {
    Chart chart{metric + " by chunk", "chunk", metric, "", {metric}, {}};
    for (const auto& [chunk, values] : sums) {
      const auto found = values.find(metric);
      if (found == values.end()) continue;
      const auto& [sum, n] = found->second;
      chart.rows.push_back({static_cast<double>(chunk), {Point{sum / static_cast<double>(n)}}});
    }
    if (chart.rows.size() > 1) page.chart(chart);
  }
  page.details("Settings", parse_ordered_json(read_file(path + "/settings.json"), path).dump(2));
}

// ---- memory

void add_memory(Page& page, const std::string& path) {
  const auto memory = formats::Memory::open(path);
  page.section("Memory: " + name_of_path(path));
  page.note(cat("Rank ", memory.info().lora.rank, ", ", memory.log().size(), " revisions, HEAD is ",
                memory.head(), "."));
  const auto way = memory.way_to(memory.head());
  Chart loss{"Loss of fast learning",
             "revision",
             "loss",
             "On held-out draws, before and after each chunk was learned; the way to HEAD.",
             {"before", "after"},
             {}};
  Chart norm{"Size of the memory",
             "revision",
             "norm",
             "Euclidean norm of the change of all layers.",
             {"norm"},
             {}};
  for (const int64_t id : way) {
    const auto& r = memory.revision(id);
    const auto x = static_cast<double>(id);
    const auto point = [](const std::optional<double>& v) {
      return v ? std::optional<Point>(Point{*v}) : std::nullopt;
    };
    loss.rows.push_back({x, {point(r.loss_before), point(r.loss_after)}});
    norm.rows.push_back({x, {Point{r.norm}}});
  }
  if (way.size() > 1) page.chart(loss), page.chart(norm);
  std::vector<std::vector<std::string>> cells{{"revision", "parent", "episode", "chunk", "action",
                                               "loss before", "after", "steps", "norm"}};
  for (const auto& r : memory.log()) {
    const auto optional = [](const auto& v) { return v ? number(static_cast<double>(*v)) : "-"; };
    cells.push_back({cat(r.id, r.id == memory.head() ? " (HEAD)" : ""), cat(r.parent), r.episode,
                     cat(r.chunk), r.action, optional(r.loss_before), optional(r.loss_after),
                     optional(r.steps), number(r.norm)});
  }
  page.table(cells);
  if (memory.head() > 0 && memory.has_files(memory.head())) {
    std::vector<std::pair<double, std::string>> layers;
    const auto delta = memory.delta(memory.head());
    for (const auto& layer : delta.layers())
      layers.push_back({formats::norm_of_update({layer}), layer.module});
    std::stable_sort(layers.begin(), layers.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    constexpr size_t kShown = 10;
    cells = {{"layer", "norm of its change"}};
    std::string all;
    for (const auto& [size, name] : layers) {
      if (cells.size() <= kShown) cells.push_back({name, number(size)});
      all += cat(name, "  ", number(size), "\n");
    }
    page.heading("The layers that changed most, at HEAD");
    page.table(cells);
    page.details(cat("All ", layers.size(), " layers"), all);
  }
  page.details("Settings", memory.info().optimizer.dump(2));
}

// ---- training

void add_training(Page& page, const std::string& path) {
  page.section("Training: " + name_of_path(path));
  const auto lines = read_lines(path + "/training/metrics.jsonl");
  // As many points as a screen has: means over equal stretches.
  constexpr size_t kPoints = 500;
  const size_t stride = std::max<size_t>(1, lines.size() / kPoints);
  Chart loss{"Loss",
             "update",
             "loss",
             stride > 1 ? cat("Means over ", stride, " updates.") : "",
             {"training", "held out"},
             {}};
  for (size_t begin = 0; begin < lines.size(); begin += stride) {
    const size_t end = std::min(begin + stride, lines.size());
    double sum = 0;
    std::optional<Point> held_out;
    for (size_t i = begin; i < end; ++i) {
      sum += json_get<double>(lines[i], "loss", path + "/training/metrics.jsonl");
      if (const auto v = lines[i].value("validation_loss", ordered_json()); v.is_number())
        held_out = Point{v.get<double>()};
    }
    loss.rows.push_back({json_get<double>(lines[end - 1], "step", path),
                         {Point{sum / static_cast<double>(end - begin)}, held_out}});
  }
  page.chart(loss);
  std::string last;  // numbered: the last by name is the newest
  for (const auto& name : names_in(path + "/training", ErrorKind::NoInput))
    if (name.ends_with(".png")) last = std::max(last, name);
  if (!last.empty()) page.picture(last, path + "/training/" + last);
  if (path_exists(path + "/provenance.json"))
    page.details("Provenance", read_file(path + "/provenance.json"));
}

void add_part(Page& page, const Part& part) {
  switch (part.subject) {
    case Subject::Revisit:
      return add_revisit(page, part.path);
    case Subject::Metrics:
      return add_metrics(page, part.path);
    case Subject::Memory:
      return add_memory(page, part.path);
    case Subject::Training:
      return add_training(page, part.path);
    case Subject::Picture:
      return page.picture(name_of_path(part.path), part.path);
    case Subject::Video:
      return page.clips({{name_of_path(part.path), part.path}});
  }
}

}  // namespace

std::vector<Part> parts_of(const std::string& path) {
  require(path_exists(path), ErrorKind::NoInput, path, ": does not exist");
  if (const auto subject = subject_of(path)) return {{*subject, path}};
  std::vector<Part> parts;
  if (is_folder(path)) {
    auto names = names_in(path, ErrorKind::NoInput);
    std::sort(names.begin(), names.end());
    for (const auto& name : names)
      if (auto child = cat(path, "/", name); const auto subject = subject_of(child))
        parts.push_back({*subject, std::move(child)});
  }
  require(!parts.empty(), ErrorKind::Data, path,
          ": is nothing that a report is made of: results of svg-eval, a memory, a run of "
          "svg-pretrain, an mp4, a PNG, or a folder of these");
  // What is seen first, then what is counted.
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.subject > b.subject; });
  return parts;
}

void add_parts(Page& page, const std::vector<Part>& parts) {
  std::vector<std::string> revisits;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto& part = parts[i];
    if (part.subject == Subject::Video) {
      std::vector<Clip> clips;
      for (; i < parts.size() && parts[i].subject == Subject::Video; ++i)
        clips.push_back({name_of_path(parts[i].path), parts[i].path});
      --i;
      page.section(clips.size() == 1 ? "Video: " + clips[0].caption : "Videos");
      page.clips(clips);
      continue;
    }
    if (part.subject == Subject::Revisit) revisits.push_back(part.path);
    try {
      add_part(page, part);
    } catch (const json::exception& error) {  // a number where a list belongs, and the like
      fail(ErrorKind::Data, part.path, ": ", error.what());
    }
  }
  if (revisits.empty()) return;
  try {
    add_price(page, revisits);
  } catch (const json::exception& error) {
    fail(ErrorKind::Data, "the settings of revisit results: ", error.what());
  }
  add_published(page);
}

}  // namespace svg::eval
