#include "libcore/plan/plan_files.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

#include "libcore/base/atomic_file.h"
#include "libcore/episode/latent_sink.h"
#include "libcore/plan/pose_visits.h"
#include "libcore/plan/recorded_episode.h"
#include "libcore/video/compose.h"
#include "libcore/video/video_writer.h"
#include "libcore/world/shards.h"

namespace svg::plan {
namespace {

constexpr int kVideoHeight = 128;  // px of each side of a video, at least

std::string path_of(const PlanFiles& files, const char* stem, const std::string& ending) {
  return files.folder + "/" + world::numbered(stem, files.number, ending.c_str(), 6);
}

void write_stream(const PlanFiles& files, const PlannedEpisode& e) {
  const auto& first = e.past[0].latents;
  formats::StreamHeader header{.model = e.codec.fingerprint,
                               .channels = first.size(1),
                               .height = first.size(2),
                               .width = first.size(3),
                               .fps = e.actor.facts().fps,
                               .scaling_factor = e.codec.vae.config.scaling_factor,
                               .provenance = e.provenance};
  std::filesystem::remove(path_of(files, "plan-", ".latents.partial"));
  auto sink = episode::StreamSink::create(path_of(files, "plan-", ".latents"), header);
  for (const auto& chunk : e.past) sink.write(chunk);
  for (const PlannedStep* step : e.steps) sink.write(step->chunk);
  sink.finish();
}

void write_lines(const PlanFiles& files, const PlannedEpisode& e) {
  std::string lines;
  for (size_t k = 0; k < e.steps.size(); ++k) {
    const PlannedStep& step = *e.steps[k];
    ordered_json line{{"k", k},
                      {"chunk", step.chunk.header.index},
                      {"subgoal", step.chunk.header.action},
                      {"read", step.read},
                      {"confidence", step.confidence},
                      {"executed", step.acted.acts},
                      {"hit", std::count(step.acted.hits.begin(), step.acted.hits.end(), 1) > 0}};
    if (!step.scores.empty()) line["branch"] = step.branch, line["scores"] = step.scores;
    lines += dump_json(line, "plan") + "\n";
  }
  write_file_atomically(path_of(files, "plan-", ".jsonl"), lines);
}

// Plan on the left, execution on the right; where an episode has ended, its last frame stays.
void write_video(const PlanFiles& files, const PlannedEpisode& e, const Acted& all) {
  if (files.video == "none") return;
  const int factor = std::max(1, (kVideoHeight + e.height - 1) / e.height);
  const auto bytes = static_cast<size_t>(e.height) * static_cast<size_t>(e.width) * 3;
  const auto executed = [&](size_t frame) {
    video::Image image(e.height, e.width);
    frame = std::min(frame, static_cast<size_t>(all.frames) - 1);
    std::copy_n(all.rgb.begin() + static_cast<int64_t>(frame * bytes), bytes, image.rgb.begin());
    return image;
  };
  video::VideoWriter out(path_of(files, "video-", "." + files.video),
                         {.fps = e.actor.facts().fps, .comment = {}});
  size_t frame = 0;
  const auto add = [&](const video::Image& plan) {
    const auto real = executed(frame++);
    out.write(video::beside({video::upscale(plan, factor), video::upscale(real, factor)}));
  };
  while (frame < static_cast<size_t>(e.actor.past().frames)) add(executed(frame));
  for (const PlannedStep* step : e.steps) {
    const auto imagined = step->imagined.contiguous();
    for (int64_t t = 0; t < imagined.size(0); ++t) {
      video::Image image(e.height, e.width);
      std::copy_n(imagined[t].const_data_ptr<uint8_t>(), bytes, image.rgb.begin());
      add(image);
    }
  }
  out.finish();
}

// Those whose frames are all there.
ordered_json chunks_of(const PlannedEpisode& e, const Acted& all) {
  const Task& task = e.actor.task();
  ordered_json chunks = ordered_json::array();
  const int f = task.chunk_frames;
  const auto visits = visits_of_poses(all.poses, e.actor.facts().pose_fields, f);
  for (int k = 0; (k + 1) * f <= all.frames; ++k) {
    ordered_json chunk{{"ep", task.id},
                       {"k", k},
                       {"in", {k ? (k - 1) * f : 0, k * f}},
                       {"out", {k * f, (k + 1) * f}}};
    if (k < task.chunks()) {
      chunk["text"] = task.texts[static_cast<size_t>(k)];
      const std::string& inverse = task.inverses[static_cast<size_t>(k)];
      if (!inverse.empty()) chunk["text_inverse"] = inverse;
    } else {
      chunk["text"] = e.steps[static_cast<size_t>(k - task.chunks())]->chunk.header.action;
      chunk["planned"] = true;
    }
    const auto place = static_cast<size_t>(k);
    if (place < visits.size() && !visits[place].empty()) chunk["visits"] = visits[place];
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

ordered_json write_frames(const PlanFiles& files, const PlannedEpisode& e, const Acted& all) {
  const Task& task = e.actor.task();
  ordered_json line = write_episode_files(
      files.folder, files.number, e.actor.facts(),
      {.id = task.id,
       .split = split_of_seed(task.reset.geometry),
       .made_by = "svg-plan run",
       .seed = {{"geometry", task.reset.geometry}, {"appearance", task.reset.appearance}},
       .chunk_frames = task.chunk_frames},
      all);
  if (e.actor.failure()) line["failed"] = e.actor.failure()->what;
  return line;
}

}  // namespace

ordered_json write_planned_episode(const PlanFiles& files, const PlannedEpisode& e) {
  const Actor& actor = e.actor;
  ordered_json whole{{"task", actor.task().doc}};
  if (actor.failure())
    whole["failure"] = {{"kind", static_cast<int>(actor.failure()->kind)},
                        {"what", actor.failure()->what}};
  if (actor.past().frames != static_cast<int>(actor.task().acts.size())) return whole;
  Acted all = actor.past();
  for (const PlannedStep* step : e.steps) append(all, step->acted);
  write_stream(files, e);
  write_lines(files, e);
  write_video(files, e, all);
  whole["line"] = write_frames(files, e, all);
  whole["chunks"] = chunks_of(e, all);
  return whole;
}

}  // namespace svg::plan
