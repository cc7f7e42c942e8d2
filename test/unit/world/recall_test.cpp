// Appearance recall against a version that looks at every pixel of every candidate, and the choice
// of queries.
#include "test/support/catch.h"

#include "libcore/world/recall.h"

using namespace svg;
using namespace svg::world;

namespace {

struct Case {
  Episode episode;
  EpisodeFrames frames;
  FaceCounts counts;
  std::vector<Visit> visits;
};

Case case_of(const std::string& profile, const std::string& script, uint64_t seed, int chunks) {
  WorldConfig config = make_config({.profile = profile});
  Case c{make_episode(config, script, {2000000 + seed, 2000000 + seed, seed}, chunks,
                      Sentences::Plain, "maze/0"),
         {},
         {},
         {}};
  c.frames = render_episode(c.episode);
  c.counts = count_faces(c.episode.scene, c.frames.face);
  c.visits = find_visits(c.episode, c.counts);
  return c;
}

std::vector<uint8_t> frame_of(const Case& c, int t) {
  size_t bytes = c.episode.scene.config.frame_bytes();
  auto at = c.frames.rgb.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(t) * bytes);
  return {at, at + static_cast<std::ptrdiff_t>(bytes)};
}

// By the definition, pixel by pixel.
FaceScore brute_force(const Scene& scene, const Pose& pose, uint16_t face,
                      const std::vector<uint8_t>& rgb, bool near, const std::set<int>& palette) {
  size_t pixels = static_cast<size_t>(scene.config.pixels());
  std::vector<double> best(24, 1e30);
  size_t commanded = 0;
  for (int step = 0; step <= (near ? 10 : 0); ++step) {
    int degrees = near ? (step == 0 ? 0 : step <= 5 ? step - 6 : step - 5) : 0;
    Pose from = pose;
    from.yaw = wrap_angle(pose.yaw + degrees * kDegree);
    for (int texture = 0; texture < 24; ++texture) {
      std::vector<uint8_t> candidate(pixels * 3);
      std::vector<uint16_t> ids(pixels);
      render_with(scene, from, {{face, texture}}, candidate, ids);
      double sum = 0;
      size_t count = 0;
      for (size_t p = 0; p < pixels; ++p)
        if (ids[p] == face)
          for (size_t c = 0; c < 3; ++c, ++count)
            sum +=
                (rgb[p * 3 + c] - candidate[p * 3 + c]) * (rgb[p * 3 + c] - candidate[p * 3 + c]);
      if (step == 0) commanded = count;
      if (count && 2 * count >= commanded)
        best[static_cast<size_t>(texture)] =
            std::min(best[static_cast<size_t>(texture)], sum / static_cast<double>(count));
    }
  }
  FaceScore score;
  int truth = scene.faces[face - 1u].texture;
  score.mse = best[static_cast<size_t>(truth)];
  score.rank = 1;
  score.top1 = score.palette_top1 = true;
  for (int i = 0; i < 24; ++i) {
    if (best[static_cast<size_t>(i)] < best[static_cast<size_t>(score.answer)]) score.answer = i;
    if (i == truth || best[static_cast<size_t>(i)] > score.mse) continue;
    score.rank += best[static_cast<size_t>(i)] < score.mse ? 1 : 0.5;
    score.top1 = false;
    if (palette.count(i)) score.palette_top1 = false;
  }
  return score;
}

}  // namespace

CATCH_TEST_CASE("scores are those of the definition, on true, noisy and foreign pictures",
                "[world]") {
  int compared = 0;
  for (const auto& [profile, script, chunks] :
       {std::tuple("tiny", "turn-around", 9), std::tuple("full", "spin", 13),
        std::tuple("view", "turn-around", 11)})
    for (uint64_t seed = 0; seed < 3; ++seed) {
      Case c = case_of(profile, script, seed, chunks);
      std::vector<RecallQuery> queries = recall_queries(c.episode, c.counts, c.visits, {});
      CATCH_REQUIRE(!queries.empty());
      Random noise(seed);
      for (size_t i = 0; i < queries.size(); i += queries.size() / 2 + 1) {
        const RecallQuery& q = queries[i];
        const Pose& pose = c.episode.poses[static_cast<size_t>(q.frame)];
        std::set<int> palette = textures_shown(c.episode, c.counts, q.frame);
        for (int kind = 0; kind < 3; ++kind) {
          std::vector<uint8_t> picture = frame_of(c, kind == 2 ? 0 : q.frame);
          if (kind == 1)
            for (uint8_t& v : picture)
              v = static_cast<uint8_t>(std::clamp(v + noise.between(-90, 90), 0, 255));
          bool near = profile == std::string("tiny");
          FaceScore ours =
              FaceCandidates(c.episode.scene, pose, q.face, near).score(picture, palette);
          FaceScore theirs = brute_force(c.episode.scene, pose, q.face, picture, near, palette);
          CATCH_CHECK(ours.answer == theirs.answer);
          CATCH_CHECK(ours.rank == theirs.rank);
          CATCH_CHECK(ours.top1 == theirs.top1);
          CATCH_CHECK(ours.palette_top1 == theirs.palette_top1);
          CATCH_CHECK(ours.mse == Approx(theirs.mse));
          ++compared;
        }
      }
    }
  CATCH_CHECK(compared >= 18);
}

CATCH_TEST_CASE("the true frames recall everything, repainted ones what they were painted with",
                "[world]") {
  int asked = 0, dropped = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Case c = seed < 16 ? case_of("tiny", "turn-around", seed, 9)
                       : case_of("view", "turn-around", seed, 11);
    for (const RecallQuery& q : recall_queries(c.episode, c.counts, c.visits, {})) {
      const Pose& pose = c.episode.poses[static_cast<size_t>(q.frame)];
      FaceCandidates candidates(c.episode.scene, pose, q.face);
      if (candidates.ambiguous()) {
        ++dropped;
        continue;
      }
      ++asked;
      FaceScore score = candidates.score(frame_of(c, q.frame), {});
      CATCH_CHECK(score.top1);
      CATCH_CHECK(score.rank == 1);
      CATCH_CHECK(score.mse == 0);
      int other = (c.episode.scene.faces[q.face - 1u].texture + 7) % 24;
      std::vector<uint8_t> repainted(c.episode.scene.config.frame_bytes());
      render_with(c.episode.scene, pose, {{q.face, other}}, repainted, {});
      FaceScore wrong = candidates.score(repainted, {other});
      CATCH_CHECK(!wrong.top1);
      CATCH_CHECK(!wrong.palette_top1);
      CATCH_CHECK(wrong.rank > 1);
    }
  }
  CATCH_CHECK(asked > 40);
  CATCH_CHECK(dropped < asked / 4);
}

CATCH_TEST_CASE("a face that shows one half only cannot be told apart", "[world]") {
  WorldConfig config = make_config({.profile = "tiny"});
  Scene scene = make_scene(config, 2000001, 2000001);
  for (Face& face : scene.faces) face.texture = 4;  // orange white-top; seen whole, it is no other
  Pose pose{2 * kCell, 2 * kCell, 0};
  std::vector<uint16_t> ids(static_cast<size_t>(config.pixels()));
  render(scene, pose, {}, ids);
  uint16_t face = ids[8 * 32 + 14];
  CATCH_REQUIRE(face);
  CATCH_CHECK(!FaceCandidates(scene, pose, face).ambiguous());
  // Higher than it is, the camera would see the upper half alone: every hue is white there.
  scene.bank = nullptr;
  TextureBank bank = texture_bank(Profile::Tiny);
  for (Texture& texture : bank.textures) texture.mips[0].texels[1] = texture.mips[0].texels[0];
  scene.bank = &bank;
  CATCH_CHECK(FaceCandidates(scene, pose, face).ambiguous());
}

CATCH_TEST_CASE("a picture that is off by three degrees is found by the near variant", "[world]") {
  Case c = case_of("full", "spin", 1, 13);
  int asked = 0;
  for (const RecallQuery& q : recall_queries(c.episode, c.counts, c.visits, {})) {
    if (q.frame % 8) continue;
    const Pose& pose = c.episode.poses[static_cast<size_t>(q.frame)];
    std::vector<uint8_t> off(c.episode.scene.config.frame_bytes());
    render(c.episode.scene, moved(pose, {.turn = 3 * kDegree}), off, {});
    FaceCandidates near(c.episode.scene, pose, q.face, true);
    if (near.ambiguous() || near.pixels() < 200) continue;
    CATCH_CHECK(near.score(off, {}).mse == 0);
    CATCH_CHECK(FaceCandidates(c.episode.scene, pose, q.face).score(off, {}).mse > 0);
    ++asked;
  }
  CATCH_CHECK(asked > 0);
}

CATCH_TEST_CASE("queries keep the rule, and leave out no face that does", "[world]") {
  for (const auto& [profile, script, chunks] :
       {std::tuple("tiny", "spin", 17), std::tuple("full", "turn-around", 8),
        std::tuple("view", "out-and-back", 15)}) {
    Case c = case_of(profile, script, 4, chunks);
    bool full = profile == std::string("full");
    const WorldConfig& config = c.episode.scene.config;
    QueryRule rule;
    if (full) rule.max_covis_ctx = 0.5;
    std::vector<RecallQuery> queries = recall_queries(c.episode, c.counts, c.visits, rule);
    std::set<std::pair<int, int>> expected;
    size_t pixels = static_cast<size_t>(config.pixels());
    auto covered = [&](int t, int id) {
      const auto begin =
          c.frames.face.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(t) * pixels);
      return static_cast<double>(
          std::count(begin, begin + static_cast<std::ptrdiff_t>(pixels), id));
    };
    for (const Visit& v : c.visits) {
      if (v.covis_ctx > rule.max_covis_ctx || v.covis_first < rule.min_covis_first) continue;
      for (int id = 1; id <= static_cast<int>(c.episode.scene.faces.size()); ++id) {
        bool ok = covered(v.frame, id) >= 0.02 * config.pixels() &&
                  covered(v.first, id) >= config.seen_px();
        int chunk = v.frame / config.frames * config.frames;
        for (int s = std::max(0, chunk - config.context_frames()); s < chunk; ++s)
          ok = ok && covered(s, id) <= 0.002 * config.pixels();
        if (ok) expected.insert({v.frame, id});
      }
    }
    std::set<std::pair<int, int>> got;
    for (const RecallQuery& q : queries) got.insert({q.frame, q.face});
    CATCH_CHECK(got == expected);
    CATCH_CHECK(got.size() == queries.size());
    for (const RecallQuery& q : context_queries(c.episode, c.counts, config.frames, rule)) {
      CATCH_REQUIRE(covered(q.frame, q.face) >= 0.02 * config.pixels());
      CATCH_REQUIRE(covered(q.frame / config.frames * config.frames - 1, q.face) >=
                    0.02 * config.pixels());
      CATCH_REQUIRE(!got.count({q.frame, q.face}));
    }
  }
}
