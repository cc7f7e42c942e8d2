#include "libcore/eval/revisit/recorded_tasks.h"

#include <algorithm>
#include <utility>

#include "formats/data/side_file.h"
#include "libcore/base/error.h"
#include "libcore/base/hash.h"
#include "libcore/base/path.h"
#include "libcore/eval/revisit/gaps.h"
#include "libcore/eval/videos/maze_truth.h"
#include "libcore/tensor/pixels.h"
#include "libcore/video/chunk_source.h"

namespace svg::eval {

namespace {

using formats::ChunkRow;
using formats::EpisodeRow;
using formats::Manifest;

constexpr const char* kUnnamed = "recorded";  // the script of data that names none

std::string files_digest(const std::string& folder) {
  std::string text;
  for (const char* name : {"episodes.jsonl", "chunks.jsonl", "tasks.jsonl"}) {
    const auto path = cat(folder, "/", name);
    if (path_exists(path)) text += sha256_hex_of_file(path);
  }
  return sha256_hex(as_bytes_of(text)).substr(0, 16);
}

// Chunks of one length, each where the one before ends; a shorter one at the end is left out.
std::vector<const ChunkRow*> whole_chunks(const Manifest& manifest, const std::string& ep) {
  auto chunks = manifest.chunks_of(ep);
  const auto where = cat(manifest.dir, "/chunks.jsonl: episode ", ep);
  require(!chunks.empty(), ErrorKind::Config, where, ": has no chunks");
  const int64_t frames = chunks.front()->out().size();
  if (chunks.size() > 1 && chunks.back()->out().size() < frames) chunks.pop_back();
  for (size_t k = 0; k < chunks.size(); ++k) {
    const auto out = chunks[k]->out();
    require(out.size() == frames, ErrorKind::Config, where, ": chunk ", chunks[k]->k(), " has ",
            out.size(), " frames, the first ", frames,
            ": revisits are asked in chunks of one length");
    require(k == 0 || out.begin == chunks[k - 1]->out().end, ErrorKind::Config, where, ": chunk ",
            chunks[k]->k(), " begins at frame ", out.begin, ", not where the one before ends");
  }
  return chunks;
}

// The named columns of the poses [first, first + count); absent ones are 0.
std::vector<Viewpoint> read_views(const Manifest& manifest, const EpisodeRow& row, int64_t first,
                                  int64_t count) {
  const auto file = row.file("pose");
  if (!file) return {};
  const auto fields = row.doc.at("pose_fields").get<std::vector<std::string>>();
  const auto width = fields.size();
  const auto values = formats::read_rows(manifest, row, "pose", width);
  const auto column = [&](const char* name) {
    return std::find(fields.begin(), fields.end(), name) - fields.begin();
  };
  const auto x = column("x"), y = column("y"), z = column("z"), yaw = column("yaw"),
             pitch = column("pitch"), none = static_cast<std::ptrdiff_t>(width);
  if (x == none || y == none || yaw == none) return {};
  std::vector<Viewpoint> views;
  for (int64_t t = 0; t < count; ++t) {
    const float* at = values.data() + static_cast<size_t>(first + t) * width;
    const auto value = [&](std::ptrdiff_t field) {
      return field == none ? 0.0 : static_cast<double>(at[field]);
    };
    views.push_back({value(x), value(y), value(z), value(yaw), value(pitch)});
  }
  return views;
}

// What the chunks say, by frames that count from `first` on. Nothing where no chunk says anything.
std::optional<std::vector<world::Visit>> named_visits(const std::vector<const ChunkRow*>& chunks,
                                                      int64_t first, int64_t turn) {
  std::vector<world::Visit> visits;
  bool named = false;
  for (const auto* chunk : chunks) {
    const auto entry = chunk->doc.find("visits");
    if (entry == chunk->doc.end() || entry->is_null()) continue;
    named = true;
    for (const auto& visit : *entry) {
      const auto frame = visit.at("frame").get<int64_t>() - first,
                 seen = visit.at("first").get<int64_t>() - first;
      if (visit.at("ord").get<int64_t>() < 2 || seen < 0 || seen >= turn || frame < turn ||
          frame >= chunks.back()->out().end - first)
        continue;
      const auto bucket = visit.find("bucket");
      const bool shifted = bucket != visit.end() && *bucket == kShifted;
      const int gap = static_cast<int>(frame - seen);
      visits.push_back({.frame = static_cast<int>(frame),
                        .place = static_cast<int>(visit.at("place").get<int64_t>()),
                        .ord = static_cast<int>(visit.at("ord").get<int64_t>()),
                        .first = static_cast<int>(seen),
                        .gap = gap,
                        .bucket = shifted ? kShifted : gap_of(gap)});
    }
  }
  if (!named) return std::nullopt;
  std::stable_sort(visits.begin(), visits.end(),
                   [](const auto& a, const auto& b) { return a.frame < b.frame; });
  return visits;
}

}  // namespace

RecordedTasks::RecordedTasks(RecordedTaskSettings settings)
    : settings_(std::move(settings)),
      manifest_(std::make_shared<Manifest>(Manifest::read(settings_.folder))),
      digest_(files_digest(settings_.folder)) {
  bool tasks = false;
  for (const auto& task : manifest_->tasks) {
    if (task.task() != "revisit") continue;
    tasks = true;
    add(task.ep(), task.doc.value("script", std::string(kUnnamed)), task.ctx().end);
  }
  if (!tasks) {
    require(
        settings_.given > 0, ErrorKind::Usage, settings_.folder,
        ": names no tasks of kind \"revisit\": say with --given how many frames of each episode "
        "are shown");
    for (const auto& row : manifest_->episodes) add(row.ep(), kUnnamed, settings_.given);
  }
  std::string known;
  for (const auto& [script, list] : tasks_) known += (known.empty() ? "" : ", ") + script;
  for (const auto& script : settings_.scripts)
    require(tasks_.contains(script), ErrorKind::Usage, "--scripts ", script, ": ", settings_.folder,
            " has ", known);
  if (!settings_.scripts.empty()) scripts_ = settings_.scripts;
  require(!scripts_.empty(), ErrorKind::Config, settings_.folder, ": has no episodes");
  for (const auto& script : scripts_) {
    auto& list = tasks_.at(script);
    if (settings_.episodes > 0 && static_cast<int64_t>(list.size()) > settings_.episodes)
      list.resize(static_cast<size_t>(settings_.episodes));
  }
}

// The embedded maze, where it made the episode and would make it again.
std::optional<world::WorldConfig> RecordedTasks::maker_of(const EpisodeRow& row,
                                                          const std::string& script) {
  if (row.video() || script == kUnnamed) return std::nullopt;
  auto config = maze_config_of(row, settings_.folder);
  require(config.has_value(), ErrorKind::Config, settings_.folder, ": the frames of episode ",
          row.ep(), " are neither stored nor made by svg-world's maze");
  return config;
}

void RecordedTasks::add(const std::string& ep, const std::string& script, int64_t given) {
  const auto* row = manifest_->find_episode(ep);
  const auto chunks = whole_chunks(*manifest_, ep);
  Task task{.ep = ep,
            .setup = {},
            .chunk_frames = chunks.front()->out().size(),
            .recording = {row->frames(), chunks.front()->out().begin, given},
            .world = {}};
  const auto count = static_cast<int64_t>(chunks.size());
  int64_t shown = 0;
  while (shown < count && chunks[static_cast<size_t>(shown)]->out().end <= given) ++shown;
  require(shown >= 1 && shown < count, ErrorKind::Config, settings_.folder, ": episode ", ep, ": ",
          given, " frames are given, ", shown, " of its ", count,
          " chunks: expected at least one, and one more to come");
  task.world = maker_of(*row, script);
  if (task.world) {
    const bool own = shown == 1;
    task.setup = revisit_setup(script, count, own);
    require(task.setup.given == shown, ErrorKind::Config, settings_.folder, ": episode ", ep, ": ",
            shown, " chunks are given, script \"", script, "\" gives ", task.setup.given);
    require(!world_ || world::config_digest(*world_) == world::config_digest(*task.world),
            ErrorKind::Config, settings_.folder, ": has episodes of two profiles");
    world_ = task.world;
  } else {
    task.setup = {script, count, shown, shown, false, false};
  }
  if (!tasks_.contains(script)) scripts_.push_back(script);
  tasks_[script].push_back(std::move(task));
}

std::vector<RevisitBatch> RecordedTasks::batches(int64_t size) const {
  std::vector<RevisitBatch> batches;
  for (const auto& script : scripts_) {
    const auto& list = tasks_.at(script);
    for (size_t i = 0; i < list.size(); ++i) {
      const bool alike = !batches.empty() && batches.back().setup == list[i].setup && i > 0 &&
                         list[i - 1].chunk_frames == list[i].chunk_frames;
      if (alike && batches.back().count < size) ++batches.back().count;
      else batches.push_back({list[i].setup, static_cast<int64_t>(i), 1});
    }
  }
  return batches;
}

RevisitEpisode RecordedTasks::remade(const Task& task) const {
  const auto* row = manifest_->find_episode(task.ep);
  auto e = remake_revisit_episode(*task.world, task.setup, seeds_of(*row), task.ep);
  e.recording = task.recording;
  require(e.frames.size(0) == row->frames(), ErrorKind::Config, settings_.folder, ": episode ",
          task.ep, " has ", row->frames(), " frames, made again ", e.frames.size(0));
  return e;
}

RevisitEpisode RecordedTasks::recorded(const Task& task, const std::optional<Size>& size) const {
  RevisitEpisode e;
  e.id = task.ep;
  e.chunk_frames = task.chunk_frames;
  e.places = settings_.places;
  e.recording = task.recording;
  video::SourceOptions options;
  options.episode = task.ep;
  options.chunks = task.setup.chunks;
  if (size) options.width = size->width, options.height = size->height;
  const auto source = video::open_manifest_chunks(manifest_, options);
  std::vector<at::Tensor> frames;
  while (auto chunk = source->next()) {
    for (const auto& image : chunk->frames)
      frames.push_back(pictures_from_rgb(image.rgb, image.height, image.width));
    e.actions.push_back({chunk->action, chunk->action_inverse.value_or(""), std::nullopt});
  }
  e.frames = at::cat(frames);
  const auto count = e.frames.size(0), turn = task.setup.turn * task.chunk_frames;
  const auto* row = manifest_->find_episode(task.ep);
  e.views = read_views(*manifest_, *row, task.recording.first, count);
  auto visits = named_visits(whole_chunks(*manifest_, task.ep), task.recording.first, turn);
  if (visits) e.visits = std::move(*visits);
  else if (!e.views.empty()) e.visits = returns_by_pose(e.views, turn, settings_.places);
  return e;
}

const RecordedTasks::Task& RecordedTasks::task_of(const RevisitBatch& batch, int64_t index) const {
  const auto& list = tasks_.at(batch.setup.script);
  return list[static_cast<size_t>(index) % list.size()];
}

RevisitEpisode RecordedTasks::make(const RevisitBatch& batch, int64_t index,
                                   const std::optional<Size>& size) const {
  const auto& task = task_of(batch, index);
  return task.world ? remade(task) : recorded(task, size);
}

ordered_json RecordedTasks::settings() const {
  ordered_json settings{{"data", digest_},
                        {"given", settings_.given},
                        {"places", {settings_.places.radius, settings_.places.degrees}}};
  if (world_) settings["world"] = cat(name_of(world_->profile), " ", world::config_digest(*world_));
  return settings;
}

}  // namespace svg::eval
