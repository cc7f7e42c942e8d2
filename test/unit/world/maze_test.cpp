// The maze: determinism, the geometry of the tiny profile, and the rule that ties frames to
// actions.
#include "test/support/catch.h"

#include <set>

#include "libcore/world/episode.h"
#include "libcore/world/render.h"

using namespace svg;
using namespace svg::world;

namespace {

struct Picture {
  std::vector<uint8_t> rgb;
  std::vector<uint16_t> face;
};

Picture picture_of(const Scene& scene, const Pose& pose) {
  Picture p{std::vector<uint8_t>(scene.config.frame_bytes()),
            std::vector<uint16_t>(scene.config.pixels())};
  render(scene, pose, p.rgb, p.face);
  return p;
}

void check_shift(const std::string& profile, int turn, int px) {
  WorldConfig config = make_config({.profile = profile});
  Random random(1);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Scene scene = make_scene(config, seed, seed + 1);
    Pose pose = random_start(scene, random);
    Picture before = picture_of(scene, pose);
    Picture after = picture_of(scene, moved(pose, {.turn = turn}));
    for (int y = 0; y < config.height; ++y)
      for (int x = px; x < config.width; ++x) {
        size_t to = static_cast<size_t>(y * config.width + x), from = to - static_cast<size_t>(px);
        CATCH_REQUIRE(after.face[to] == before.face[from]);
        for (size_t c = 0; c < 3; ++c)
          CATCH_REQUIRE(after.rgb[to * 3 + c] == before.rgb[from * 3 + c]);
      }
    CATCH_CHECK(after.rgb != before.rgb);
  }
}

}  // namespace

CATCH_TEST_CASE("a turn of one frame moves the picture by exactly one latent cell", "[world]") {
  check_shift("tiny", 11 * kDegree + kDegree / 4, 4);
  check_shift("small", 7 * kDegree + kDegree / 2, 4);
  check_shift("view", 11 * kDegree + kDegree / 4, 8);
  WorldConfig tiny = make_config({.profile = "tiny"}), small = make_config({.profile = "small"});
  WorldConfig view = make_config({.profile = "view"});
  CATCH_CHECK(motion_of({.verb = Verb::TurnLeft, .amount = 45}, view).turn ==
              11 * kDegree + kDegree / 4);
  CATCH_CHECK(motion_of({.verb = Verb::TurnLeft, .amount = 45}, tiny).turn ==
              11 * kDegree + kDegree / 4);
  CATCH_CHECK(motion_of({.verb = Verb::TurnRight, .amount = 45}, small).turn ==
              -(7 * kDegree + kDegree / 2));
}

CATCH_TEST_CASE("the sine table is right at known angles and odd", "[world]") {
  CATCH_CHECK(sine_q30(0) == 0);
  CATCH_CHECK(sine_q30(30 * kDegree) == 1 << 29);
  CATCH_CHECK(sine_q30(90 * kDegree) == 1 << 30);
  CATCH_CHECK(cosine_q30(180 * kDegree) == -(1 << 30));
  for (int a = 1; a < kTurn; a += 7) {
    CATCH_REQUIRE(sine_q30(a) == -sine_q30(kTurn - a));
    int64_t s = sine_q30(a), c = cosine_q30(a);
    CATCH_REQUIRE(std::abs((s * s + c * c) - (int64_t{1} << 60)) < (int64_t{1} << 31));
  }
}

CATCH_TEST_CASE("every action is undone by its inverse, to the last bit", "[world]") {
  for (const char* profile : {"tiny", "small", "full", "view"}) {
    WorldConfig config = make_config({.profile = profile});
    for (Verb verb : {Verb::Stay, Verb::TurnLeft, Verb::TurnRight, Verb::TurnAround, Verb::Forward,
                      Verb::Back, Verb::SideLeft, Verb::SideRight}) {
      Act action{.verb = verb,
                 .amount = verb >= Verb::Forward ? config.steps.back() : config.turns.back()};
      Pose start{3 * kCell + 12345, 5 * kCell + 777, 1234};
      Pose there = poses_of_chunk(start, action, config, false).back();
      CATCH_CHECK(poses_of_chunk(there, inverse_of(action), config, false).back() == start);
    }
  }
}

CATCH_TEST_CASE("frame t is frame t-1 moved by the action of the chunk that holds frame t",
                "[world]") {
  WorldConfig config = make_config({.profile = "tiny"});
  Episode episode = make_episode(config, "walk", {5, 6, 7}, 12, Sentences::Train, "maze/0");
  CATCH_REQUIRE(episode.frame_count() == 48);
  CATCH_CHECK(episode.poses[0] == episode.route.start);
  std::vector<float> acts = act_rows(episode);
  for (int t = 1; t < episode.frame_count(); ++t) {
    const Act& action = episode.route.actions[static_cast<size_t>(t / 4)];
    CATCH_CHECK(episode.poses[static_cast<size_t>(t)] ==
                moved(episode.poses[static_cast<size_t>(t - 1)], motion_of(action, config)));
    CATCH_CHECK(acts[static_cast<size_t>(t) * 3] ==
                static_cast<float>(motion_of(action, config).turn) / kDegree);
    CATCH_CHECK(can_stand(episode.scene, episode.poses[static_cast<size_t>(t)].x,
                          episode.poses[static_cast<size_t>(t)].y));
  }
}

CATCH_TEST_CASE("geometry and appearance are independent", "[world]") {
  WorldConfig config = make_config({.profile = "tiny"});
  Scene a = make_scene(config, 1, 10), b = make_scene(config, 1, 11), c = make_scene(config, 2, 10);
  Pose pose{2 * kCell, 2 * kCell, 700};
  CATCH_CHECK(picture_of(a, pose).face == picture_of(b, pose).face);
  CATCH_CHECK(picture_of(a, pose).rgb != picture_of(b, pose).rgb);
  CATCH_CHECK(a.faces[0].texture == c.faces[0].texture);
  std::set<int> used;
  for (uint64_t seed = 0; seed < 200; ++seed)
    for (const Face& face : make_scene(config, seed, seed).faces) used.insert(face.texture);
  CATCH_CHECK(used.size() == 24);
  CATCH_CHECK(*used.rbegin() == 23);
  for (const Face& face : make_scene(config, 1, 3000001).faces) CATCH_CHECK(face.texture >= 24);
}

CATCH_TEST_CASE("the textures of view have as much light as dark, and no two look alike",
                "[world]") {
  const TextureBank& bank = texture_bank(Profile::View);
  CATCH_REQUIRE(bank.trained == 24);
  CATCH_CHECK(bank.textures.size() == 32);
  for (size_t i = 0; i < 24; ++i) {
    const Bitmap& a = bank.textures[i].mips.front();
    CATCH_CHECK((a.width == 64 && a.height == 128));
    int least = 255, most = 0, light = 0;
    for (const Rgb& texel : a.texels)
      least = std::min<int>(least, texel[1]), most = std::max<int>(most, texel[1]);
    for (const Rgb& texel : a.texels) light += 2 * texel[1] > least + most;
    CATCH_CHECK(light > static_cast<int>(a.texels.size()) * 3 / 10);
    CATCH_CHECK(light < static_cast<int>(a.texels.size()) * 7 / 10);
    for (size_t j = 0; j < i; ++j) {
      const Bitmap& b = bank.textures[j].mips.front();
      double sum = 0;
      for (size_t t = 0; t < a.texels.size(); ++t)
        for (size_t c = 0; c < 3; ++c)
          sum += (a.texels[t][c] - b.texels[t][c]) * (a.texels[t][c] - b.texels[t][c]);
      CATCH_CHECK(sum / static_cast<double>(a.texels.size()) / 3 > 1000);
    }
  }
}

CATCH_TEST_CASE("a repainted face changes only where it is seen", "[world]") {
  WorldConfig config = make_config({.profile = "tiny"});
  Random random(4);
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Scene scene = make_scene(config, seed, seed);
    Pose pose = random_start(scene, random);
    Picture before = picture_of(scene, pose);
    uint16_t id = before.face[8 * 32 + 15] ? before.face[8 * 32 + 15] : uint16_t{1};
    int other = (scene.faces[id - 1].texture + 3) % 24;  // another hue
    Picture after = before;
    render_with(scene, pose, {{id, other}}, after.rgb, after.face);
    CATCH_CHECK(after.face == before.face);
    int changed = 0;
    for (size_t p = 0; p < before.face.size(); ++p) {
      bool differs = !std::equal(&before.rgb[p * 3], &before.rgb[p * 3] + 3, &after.rgb[p * 3]);
      changed += differs && before.face[p] == id;
      bool near = false;  // a pixel at the border mixes two faces
      for (int d : {-1, 0, 1, -32, 32})
        if (size_t q = p + static_cast<size_t>(d); q < before.face.size())
          near |= before.face[q] == id;
      if (differs) CATCH_CHECK(near);
    }
    CATCH_CHECK(changed > 0);
  }
}

CATCH_TEST_CASE("the upper half of a wall ends on the horizon", "[world]") {
  WorldConfig config = make_config({.profile = "tiny"});
  Scene scene = make_scene(config, 3, 3);
  for (Face& face : scene.faces) face.texture = 1;  // red white-top
  Picture p = picture_of(scene, {2 * kCell, 2 * kCell, 0});
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 32; ++x) {
      size_t at = static_cast<size_t>(y * 32 + x);
      if (!p.face[at] || y == 0 || y == 15) continue;
      bool inside = p.face[at - 32] && p.face[at + 32];
      if (inside) CATCH_CHECK((p.rgb[at * 3 + 1] == 250) == (y < 8));
    }
}

CATCH_TEST_CASE("the sentences keep a fifth out and name what is done", "[world]") {
  Act turn{.verb = Verb::TurnLeft, .amount = 45};
  CATCH_CHECK(all_sentences(turn, Sentences::Plain) ==
              std::vector<std::string>{"turn left 45 degrees"});
  auto train = all_sentences(turn, Sentences::Train),
       held_out = all_sentences(turn, Sentences::HeldOut);
  CATCH_CHECK(train.size() >= 4 * held_out.size());
  CATCH_CHECK(!held_out.empty());
  CATCH_CHECK(train[1] == "turn left forty-five degrees");
  for (const std::string& text : held_out)
    CATCH_CHECK(std::find(train.begin(), train.end(), text) == train.end());
  Random random(1);
  Act walk{.verb = Verb::Forward, .amount = 1};
  CATCH_CHECK(sentence(walk, {1}) == "walk forward one step");
  CATCH_CHECK(sentence(inverse_of(walk), {0}) == "walk back 1 step");
  for (int i = 0; i < 50; ++i) {
    Phrase phrase = draw_phrase(turn, Sentences::Train, random);
    CATCH_CHECK(sentence(turn, phrase).find('{') == std::string::npos);
  }
}
