#include "libcore/eval/revisit/task_files.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <span>

#include "libcore/base/error.h"
#include "libcore/base/signals.h"
#include "libcore/model/latent_codec.h"
#include "libcore/video/video_writer.h"
#include "libcore/world/output_folder.h"
#include "libcore/world/visits.h"

namespace svg::eval {

namespace {

constexpr const char *kPose = "pose.f32", *kAct = "act.f32";

std::string given_name(const std::string& id) {
  return cat("given/", id, ".mkv");
}

void write_given(const std::string& path, const RevisitEpisode& e) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  video::VideoWriter writer(
      path, {.fps = static_cast<double>(e.world->episode.scene.config.fps), .comment = {}});
  for (const auto& image : images_of(e.frames.narrow(0, 0, e.recording.given))) writer.write(image);
  writer.finish();
}

// Poses or actions of all episodes, one behind the other.
class Rows {
 public:
  // Where those of the next episode begin.
  size_t add(const std::vector<float>& rows) {
    const size_t offset = values_.size() * sizeof(float);
    values_.insert(values_.end(), rows.begin(), rows.end());
    return offset;
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(values_)); }

 private:
  std::vector<float> values_;
};

}  // namespace

void write_tasks(const RevisitTasks& tasks, const std::string& folder, bool force,
                 const std::function<void(int64_t)>& progress) {
  require(tasks.world().has_value(), ErrorKind::Internal, "tasks are written of the maze alone");
  world::OutputFolder out(folder, force);
  std::string episodes, chunks, lines;
  Rows poses, acts;
  int64_t done = 0;
  for (const auto& batch : tasks.batches(1)) {
    require(!stop_requested(), ErrorKind::Stopped, "stopped: nothing is written");
    const auto e = tasks.make(batch, batch.first);
    const auto& episode = e.world->episode;
    world::EpisodePlace place;
    place.pose = kPose, place.act = kAct;
    place.pose_offset = poses.add(world::pose_rows(episode));
    place.act_offset = acts.add(world::act_rows(episode));
    episodes +=
        world::episode_line(episode, place, world::information_bits(episode, e.world->counts))
            .dump();
    episodes += "\n";
    for (const auto& line : world::chunk_lines(episode, e.visits)) chunks += line.dump() + "\n";
    lines += ordered_json{{"task", "revisit"},
                          {"ep", e.id},
                          {"goal_text", "come back to what was seen"},
                          {"ctx", {0, e.recording.given}},
                          {"script", batch.setup.script},
                          {"given", given_name(e.id)}}
                 .dump() +
             "\n";
    write_given(out.path_of(given_name(e.id)), e);
    progress(++done);
  }
  out.write("episodes.jsonl", episodes);
  out.write("chunks.jsonl", chunks);
  out.write("tasks.jsonl", lines);
  out.write(kPose, poses.bytes());
  out.write(kAct, acts.bytes());
  out.finish();
}

}  // namespace svg::eval
