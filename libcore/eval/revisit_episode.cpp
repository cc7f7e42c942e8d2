#include "libcore/eval/revisit_episode.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/base/error.h"
#include "libcore/tensor/pixels.h"
#include "libcore/world/random.h"
#include "libcore/world/render.h"

namespace svg::eval {

namespace {

// One cycle out, given; the way back, generated. spin: one whole turn, then half of another.
constexpr struct {
  const char* script;
  int64_t chunks, given;
} kSetups[] = {{"turn-around", 11, 7}, {"out-and-back", 15, 11}, {"spin", 13, 9}};

at::Tensor render_frames(const world::Scene& scene, const std::vector<world::Pose>& poses) {
  const auto& c = scene.config;
  at::Tensor frames =
      at::empty({static_cast<int64_t>(poses.size()), c.height, c.width, 3}, at::kByte);
  auto* bytes = frames.data_ptr<uint8_t>();
  for (size_t i = 0; i < poses.size(); ++i) {
    world::render(scene, poses[i], {bytes + i * c.frame_bytes(), c.frame_bytes()}, {});
  }
  return frames;
}

}  // namespace

RevisitSetup revisit_setup(const std::string& script, int64_t chunks) {
  for (const auto& setup : kSetups) {
    if (script != setup.script) continue;
    require(chunks == 0 || chunks > setup.given, ErrorKind::Usage, "--chunks ", chunks,
            ": the first ", setup.given, " of script \"", script, "\" are given: expected more");
    return {script, chunks > 0 ? chunks : setup.chunks, setup.given};
  }
  fail(ErrorKind::Usage, "script \"", script,
       "\" has no setup for revisits: expected turn-around, out-and-back or spin");
}

RevisitEpisode make_revisit_episode(const world::WorldConfig& config, const RevisitSetup& setup,
                                    const std::string& split, uint64_t seed, int64_t index,
                                    const AutoencoderKL& vae) {
  const auto& range = world::seed_range(split);
  auto random = world::Random(seed)
                    .fork(cat("revisit ", split, " ", setup.script))
                    .fork("episode", static_cast<uint64_t>(index));
  const auto count = static_cast<uint32_t>(range.count);
  world::Seeds seeds;
  seeds.geometry = range.first + random.below(count);
  seeds.appearance = range.first + random.below(count);
  seeds.path = random.next() >> 12;
  RevisitEpisode e;
  e.episode = world::make_episode(config, setup.script, seeds, static_cast<int>(setup.chunks),
                                  world::Sentences::Plain, cat(setup.script, "/", index));
  const auto played = world::render_episode(e.episode);
  e.frames = pictures_from_rgb(played.rgb, config.height, config.width);
  {
    at::NoGradGuard no_grad;
    e.latents = scale_latents(vae.config, encode(vae, pixels_from_bytes(e.frames)).mean)
                    .to(at::kFloat)
                    .cpu();
  }
  for (size_t k = 0; k < e.episode.texts.size(); ++k)
    e.actions.push_back({e.episode.texts[k], e.episode.inverses[k], std::nullopt});

  const int first = static_cast<int>(setup.given) * config.frames;
  const auto counts = world::count_faces(e.episode.scene, played.face);
  const world::QueryRule rule;
  for (const auto& visit : world::find_visits(e.episode, counts)) {
    if (visit.frame >= first && visit.first < first) e.visits.push_back(visit);
  }
  e.memory_queries = world::recall_queries(e.episode, counts, e.visits, rule);
  e.context_queries = world::context_queries(e.episode, counts, first, rule);
  e.palette = world::textures_shown(e.episode, counts, first);
  return e;
}

at::Tensor wrong_action_frames(const RevisitEpisode& e, int64_t chunk) {
  const auto& action = e.episode.route.actions[static_cast<size_t>(chunk)];
  if (action.verb != world::Verb::TurnLeft && action.verb != world::Verb::TurnRight) return {};
  const auto& config = e.episode.scene.config;
  const auto& from = e.episode.poses[static_cast<size_t>(chunk * config.frames - 1)];
  return render_frames(e.episode.scene,
                       world::poses_of_chunk(from, world::inverse_of(action), config, false));
}

}  // namespace svg::eval
