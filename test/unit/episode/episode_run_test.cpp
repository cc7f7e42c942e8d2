// Episodes in step: rows and runs do not touch each other, and what is stored is what goes on.
#include "libcore/episode/episode_run.h"

#include <ATen/ATen.h>

#include "libcore/fast/memory_store.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/tiny_episodes.h"

namespace svg::episode {
namespace {

using namespace test;

// Chunks generated and learned. What came out, and the fast weights of each episode.
constexpr int64_t kChunks = 2;
struct Walk {
  at::Tensor latents;  // [E, N, C, h, w]
  std::vector<NamedTensors> deltas;
  std::vector<fast::FastReport> reports;
};

Walk walk(const RunSettings& s, int64_t first, int64_t episodes, bool forget = false,
          fast::OffloadWhileSampling offload = fast::OffloadWhileSampling::OnGpu) {
  EpisodeRun run(pipeline(), s, names_of(first, episodes), offload);
  run.append(first_frames(first, episodes), actions_of(first, episodes, 0), false);
  Walk out;
  std::vector<at::Tensor> chunks;
  for (int64_t step = 1; step <= kChunks; ++step) {
    const auto chunk = run.generate(actions_of(first, episodes, step));
    chunks.push_back(chunk);
    run.append(chunk, actions_of(first, episodes, step), true);
    out.reports.push_back(run.learn());
    if (forget) run.forget_out_of_reach();
  }
  out.latents = at::cat(chunks, 1);
  for (int64_t e = 0; e < episodes; ++e) out.deltas.push_back(run.memory()->delta(e));
  return out;
}

}  // namespace

CATCH_TEST_CASE("Three episodes in one run are three runs", "[learn]") {
  auto s = settings();
  const auto form = GENERATE(as<std::string>{}, "paper", "input-output, everything, reversed",
                             "no fast learning");
  CATCH_CAPTURE(form);
  if (form.starts_with("input")) {
    s.fast.objective = fast::Objective::InputOutput;
    s.fast.batch = 2;
    s.fast.source = fast::Source::All;
    s.fast.weighting = fast::Weighting::V;
    s.fast.reverse = 0.5;
    s.fast.past_noise = 0.3;
    s.fast.targets = "attention,ff";
    s.fast.optimizer = fast::Moments::Reset;
  }
  if (form == "no fast learning") {
    s.use_fast = false;
    EpisodeRun all(pipeline(), s, names_of(0, 3));
    all.append(first_frames(0, 3), actions_of(0, 3, 0), false);
    const auto together = all.generate(actions_of(0, 3, 1));
    for (int64_t e = 0; e < 3; ++e) {
      EpisodeRun one(pipeline(), s, names_of(e, 1));
      one.append(first_frames(e, 1), actions_of(e, 1, 0), false);
      CATCH_CHECK(relative_error(together.narrow(0, e, 1), one.generate(actions_of(e, 1, 1))) <
                  1e-4);
    }
    return;
  }
  const auto together = walk(s, 0, 3);
  for (int64_t e = 0; e < 3; ++e) {
    const auto alone = walk(s, e, 1);
    CATCH_CHECK(relative_error(together.latents.narrow(0, e, 1), alone.latents) < 1e-4);
    for (size_t i = 0; i < kChunks; ++i) {
      CATCH_CHECK(together.reports[i].loss[static_cast<size_t>(e)] ==
                  Approx(alone.reports[i].loss[0]).epsilon(1e-4));
      CATCH_CHECK(together.reports[i].loss_after[static_cast<size_t>(e)] ==
                  Approx(alone.reports[i].loss_after[0]).epsilon(1e-4));
    }
    // Adam divides by the root of tiny numbers: single entries may differ, the change as a whole
    // does not.
    for (size_t i = 0; i < alone.deltas[0].size(); ++i) {
      const auto& a = together.deltas[static_cast<size_t>(e)][i].second;
      const auto& b = alone.deltas[0][i].second;
      CATCH_CHECK((a - b).norm().item<double>() < 2e-3 * b.norm().item<double>());
    }
  }
}

CATCH_TEST_CASE("Offloading while sampling changes no bit", "[learn]") {
  auto s = settings();
  const int64_t episodes = GENERATE(1, 3);
  // It comes and goes while a chunk is sampled.
  s.sampling.steps = 3;
  s.fast.apply = {300, 600};
  s.fast.optimizer = episodes == 1 ? fast::Moments::Reset : fast::Moments::Keep;
  std::vector<at::Tensor> base;
  for (const auto& [name, t] : pipeline().unet_parameters.list()) base.push_back(t.clone());
  const auto held = walk(s, 0, episodes, false, fast::OffloadWhileSampling::Never),
             offloaded = walk(s, 0, episodes, false, fast::OffloadWhileSampling::Always);
  CATCH_CHECK(at::equal(held.latents, offloaded.latents));
  for (size_t e = 0; e < held.deltas.size(); ++e) {
    for (size_t i = 0; i < held.deltas[e].size(); ++i)
      CATCH_CHECK(at::equal(held.deltas[e][i].second, offloaded.deltas[e][i].second));
  }
  for (size_t i = 0; i < base.size(); ++i)
    CATCH_CHECK(at::equal(pipeline().unet_parameters.list()[i].second, base[i]));
}

CATCH_TEST_CASE("A chunk that fails leaves the model as it was", "[learn]") {
  auto s = settings();
  EpisodeRun run(pipeline(), s, {"x"}, fast::OffloadWhileSampling::Always);
  run.append(first_frames(0, 1), {kActions[0]}, false);
  const auto chunk = run.generate({kActions[1]});
  const auto& sites = pipeline().unet_parameters.sites();
  std::vector<at::Tensor> base;
  for (const auto& site : sites) base.push_back(site.weight.clone());
  run.append(chunk, {kActions[1]}, true);
  run.learn();
  // A sentence more than there are episodes, which the UNet refuses: that is in the midst of
  // sampling.
  CATCH_CHECK(test::failure_of([&] {
                run.generate({kActions[1], kActions[2]});
              }).says("UNet text"));
  for (const auto& site : sites) CATCH_CHECK_FALSE(site.slot->active());
  for (size_t i = 0; i < sites.size(); ++i) CATCH_CHECK(at::equal(sites[i].weight, base[i]));
}

CATCH_TEST_CASE("Forgetting what is out of reach changes nothing", "[learn]") {
  auto s = settings();
  s.fast.source = GENERATE(fast::Source::Local, fast::Source::All);
  s.fast.reverse = 0.5;
  const auto kept = walk(s, 0, 1), forgotten = walk(s, 0, 1, true);
  CATCH_CHECK(at::equal(kept.latents, forgotten.latents));
  for (size_t i = 0; i < kept.deltas[0].size(); ++i) {
    CATCH_CHECK(at::equal(kept.deltas[0][i].second, forgotten.deltas[0][i].second));
  }
}

CATCH_TEST_CASE("Only the last frames are held where learning is local", "[learn]") {
  auto s = settings();
  EpisodeRun run(pipeline(), s, {"x"});
  run.append(first_frames(0, 1, 10), {kActions[0]}, false);
  run.forget_out_of_reach();
  CATCH_CHECK(run.latents().size(1) == s.past);
  CATCH_CHECK(at::equal(run.latents(), first_frames(0, 1, 10).narrow(1, 10 - s.past, s.past)));
}

CATCH_TEST_CASE("Without a past a chunk depends on its action and noise alone", "[learn]") {
  auto s = settings();
  s.past = 0;
  const auto from = [&](int64_t start) {
    EpisodeRun run(pipeline(), s, {"x"});
    run.append(first_frames(start, 1), {kActions[0]}, false);
    const auto chunk = run.generate({kActions[1]});
    run.append(chunk, {kActions[1]}, true);
    run.learn();
    run.forget_out_of_reach();
    return at::cat({chunk, run.generate({kActions[2]})}, 1);
  };
  const auto chunks = from(0);
  CATCH_CHECK(chunks.sizes() == at::IntArrayRef{1, 8, 4, 4, 8});
  CATCH_CHECK(at::equal(chunks, from(1)));
  s.past = 4;
  CATCH_CHECK_FALSE(at::equal(from(0), from(1)));
}

CATCH_TEST_CASE("Runs that share a UNet do not see each other's memory", "[learn]") {
  auto s = settings(), bare = s;
  bare.use_fast = false;
  const auto alone = walk(s, 0, 1);
  EpisodeRun without(pipeline(), bare, {"episode0"});
  without.append(first_frames(0, 1), actions_of(0, 1, 0), false);
  const auto before = without.generate(actions_of(0, 1, 1));

  EpisodeRun with(pipeline(), s, {"episode0"}), other(pipeline(), s, {"other"});
  for (auto* run : {&with, &other}) run->append(first_frames(0, 1), actions_of(0, 1, 0), false);
  std::vector<at::Tensor> chunks;
  for (int64_t step = 1; step <= kChunks; ++step) {
    const auto chunk = with.generate(actions_of(0, 1, step));
    chunks.push_back(chunk);
    with.append(chunk, actions_of(0, 1, step), true);
    with.learn();
    with.generate(actions_of(0, 1, step + 1));
    other.append(other.generate(actions_of(0, 1, step)), actions_of(0, 1, step), true);
    other.learn();
    CATCH_CHECK(at::equal(without.generate(actions_of(0, 1, 1)), before));
  }
  CATCH_CHECK(at::equal(at::cat(chunks, 1), alone.latents));
}

CATCH_TEST_CASE("A memory is used at the sampler's timesteps that are asked for", "[learn]") {
  const auto chunk = [](const RunSettings& s) {
    EpisodeRun run(pipeline(), s, {"episode0"});
    run.append(first_frames(0, 1), actions_of(0, 1, 0), false);
    run.append(first_frames(1, 1), actions_of(0, 1, 1), true);
    if (s.use_fast) run.learn();
    return run.generate(actions_of(0, 1, 2));
  };
  auto s = settings(), bare = s, never = s, early = s;
  bare.use_fast = false;
  never.fast.apply = {1000, 1001};
  early.fast.apply.low = 500;
  CATCH_CHECK(at::equal(chunk(never), chunk(bare)));
  CATCH_CHECK(!at::equal(chunk(early), chunk(bare)));
  CATCH_CHECK(!at::equal(chunk(early), chunk(s)));
}

CATCH_TEST_CASE("Noise on the past changes what is learned", "[learn]") {
  auto s = settings();
  s.fast.objective = fast::Objective::InputOutput;
  const auto clean = walk(s, 0, 1);
  s.fast.past_noise = 0.5;
  CATCH_CHECK(!at::equal(clean.deltas[0][1].second, walk(s, 0, 1).deltas[0][1].second));
}

CATCH_TEST_CASE("A restored revision goes on with the same bits", "[learn]") {
  const TempDir folder;
  const auto s = settings();
  const auto info = fast::memory_info(s.fast, "xxh128:0123", "all", {{"tool", "test"}});
  const auto whole = walk(s, 0, 1);

  auto directory = formats::Memory::create(folder / "m.memory", info);
  EpisodeRun run(pipeline(), s, names_of(0, 1), fast::OffloadWhileSampling::Always);  // as on a GPU
  run.append(first_frames(0, 1), actions_of(0, 1, 0), false);
  formats::Revision revision;
  revision.episode = "episode0";
  revision.chunk = 1;
  const auto one = [&](EpisodeRun& r, int64_t step) {
    const auto chunk = r.generate(actions_of(0, 1, step));
    r.append(chunk, actions_of(0, 1, step), true);
    r.learn();
    return chunk;
  };
  const auto first = one(run, 1);
  CATCH_CHECK(fast::store_revision(directory, *run.memory(), 0, revision, {{"tool", "test"}}) == 1);

  EpisodeRun again(pipeline(), s, names_of(0, 1), fast::OffloadWhileSampling::Always);
  again.append(first_frames(0, 1), actions_of(0, 1, 0), false);
  again.append(first, actions_of(0, 1, 1), true);
  again.generate(actions_of(0, 1, 2));  // its own memory is offloaded, and makes room
  fast::restore_revision(directory, 1, *again.memory(), 0, s.seed);
  const auto second = one(again, 2);
  CATCH_CHECK(at::equal(at::cat({first, second}, 1), whole.latents));
  const auto delta = again.memory()->delta(0);
  for (size_t i = 0; i < delta.size(); ++i)
    CATCH_CHECK(at::equal(delta[i].second, whole.deltas[0][i].second));

  fast::restore_revision(directory, 0, *again.memory(), 0, s.seed);
  CATCH_CHECK(again.memory()->norms().item<double>() == 0);
  auto other = s.fast;
  other.rank = 3;
  CATCH_CHECK(failure_of([&] { fast::check_memory_fits(directory, other, "xxh128:0123"); }).kind ==
              ErrorKind::Config);
  CATCH_CHECK(failure_of([&] { fast::check_memory_fits(directory, s.fast, "xxh128:4567"); }).kind ==
              ErrorKind::Config);
  CATCH_CHECK(failure_of([&] { fast::check_memory_fits(directory, s.fast, "xxh128:0123"); }).kind ==
              std::nullopt);
}

}  // namespace svg::episode
