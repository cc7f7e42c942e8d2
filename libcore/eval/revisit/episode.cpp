#include "libcore/eval/revisit/episode.h"

#include <ATen/ATen.h>

#include <optional>
#include <utility>

#include "libcore/base/error.h"
#include "libcore/tensor/pixels.h"
#include "libcore/world/random.h"
#include "libcore/world/render.h"

namespace svg::eval {

namespace {

// How many seeds are tried for an episode that asks something.
constexpr uint64_t kAttempts = 400;

// The way out, then the way back. spin: one whole turn, then half of another. mirror: half and
// half. What leads through several rooms is as long as the rooms lie apart: turned back where most
// walks are on their way home.
constexpr struct {
  const char* script;
  int64_t chunks, turn;
  bool searched;
} kSetups[] = {{"turn-around", 11, 7, false}, {"out-and-back", 15, 11, false},
               {"spin", 13, 9, false},        {"reverse", 24, 12, true},
               {"mirror", 16, 8, true},       {"shifted", 11, 5, true},
               {"loop", 64, 40, true},        {"aba", 48, 28, true},
               {"abca", 72, 48, true},        {"peek", 48, 24, true}};

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

world::Seeds draw_seeds(const std::string& split, world::Random random) {
  const auto& range = world::seed_range(split);
  const auto count = static_cast<uint32_t>(range.count);
  world::Seeds seeds;
  seeds.geometry = range.first + random.below(count);
  seeds.appearance = range.first + random.below(count);
  seeds.path = random.next() >> 12;
  return seeds;
}

// Its ground truth, and what it asks. No latents.
RevisitEpisode play(world::Episode made, const RevisitSetup& setup) {
  RevisitEpisode e;
  auto& world = e.world.emplace();
  world.episode = std::move(made);
  world.candidates = std::make_shared<Candidates>();
  const auto& config = world.episode.scene.config;
  e.id = world.episode.id;
  e.chunk_frames = config.frames;
  const auto played = world::render_episode(world.episode);
  e.frames = pictures_from_rgb(played.rgb, config.height, config.width);
  for (size_t k = 0; k < world.episode.texts.size(); ++k)
    e.actions.push_back({world.episode.texts[k], world.episode.inverses[k], std::nullopt});
  e.views = viewpoints_of(world.episode);
  e.recording = {e.frames.size(0), 0, setup.given * config.frames};

  const int first = static_cast<int>(setup.turn) * config.frames;
  world.counts = world::count_faces(world.episode.scene, played.face);
  const auto& counts = world.counts;
  const world::QueryRule rule;
  for (const auto& visit : world::find_visits(world.episode, counts)) {
    if (visit.frame >= first && visit.first < first) e.visits.push_back(visit);
  }
  world.memory = world::recall_queries(world.episode, counts, e.visits, rule);
  world.context = world::context_queries(world.episode, counts, first, rule);
  world.palette = world::textures_shown(world.episode, counts, first);
  return e;
}

}  // namespace

RevisitSetup revisit_setup(const std::string& script, int64_t chunks, bool own) {
  for (const auto& known : kSetups) {
    if (script != known.script) continue;
    RevisitSetup setup{script,        chunks > 0 ? chunks : known.chunks, known.turn, 0, own,
                       known.searched};
    if (script == "mirror") setup.turn = setup.chunks / 2;
    require(setup.chunks > setup.turn && setup.turn > 1, ErrorKind::Usage, "--chunks ", chunks,
            ": the first ", known.turn, " of script \"", script,
            "\" are the way out: expected more");
    setup.given = own ? 1 : setup.turn;
    return setup;
  }
  fail(ErrorKind::Usage, "script \"", script, "\" has no setup for revisits: expected one of ",
       revisit_scripts());
}

std::string revisit_scripts() {
  std::string list;
  for (const auto& known : kSetups) list += (list.empty() ? "" : ", ") + std::string(known.script);
  return list;
}

std::string revisit_id(const RevisitSetup& setup, int64_t index) {
  return cat(setup.script, "/", index);
}

RevisitEpisode make_revisit_episode(const world::WorldConfig& config, const RevisitSetup& setup,
                                    const std::string& split, uint64_t seed, int64_t index) {
  const auto random = world::Random(seed)
                          .fork(cat("revisit ", split, " ", setup.script))
                          .fork("episode", static_cast<uint64_t>(index));
  const auto make = [&](const world::Seeds& seeds) {
    return remake_revisit_episode(config, setup, seeds, revisit_id(setup, index));
  };
  if (!setup.searched) return make(draw_seeds(split, random));
  std::string why = "none of its walks comes back to what it has lost sight of";
  for (uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      auto candidate = make(draw_seeds(split, random.fork("attempt", attempt)));
      if (!candidate.world->memory.empty()) return candidate;
    } catch (const Error& error) {  // no such way in this geometry
      if (error.kind() != ErrorKind::Usage) throw;
      why = error.what();
    }
  }
  fail(ErrorKind::Usage, "script \"", setup.script, "\" of ", setup.chunks, " chunks, episode ",
       index, ": ", why);
}

RevisitEpisode remake_revisit_episode(const world::WorldConfig& config, const RevisitSetup& setup,
                                      const world::Seeds& seeds, const std::string& id) {
  return play(world::make_episode(config, setup.script, seeds, static_cast<int>(setup.chunks),
                                  world::Sentences::Plain, id),
              setup);
}

at::Tensor wrong_action_frames(const RevisitEpisode& e, int64_t chunk) {
  if (!e.world) return {};
  const auto& walk = e.world->episode;
  const auto& action = walk.route.actions[static_cast<size_t>(chunk)];
  if (action.verb != world::Verb::TurnLeft && action.verb != world::Verb::TurnRight) return {};
  const auto& config = walk.scene.config;
  const auto& from = walk.poses[static_cast<size_t>(chunk * config.frames - 1)];
  return render_frames(walk.scene,
                       world::poses_of_chunk(from, world::inverse_of(action), config, false));
}

}  // namespace svg::eval
