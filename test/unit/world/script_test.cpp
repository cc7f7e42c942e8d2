// Scripts: they come back to where they have been, keep off walls, and their visits are found.
#include "test/support/catch.h"

#include <map>
#include <tuple>

#include "libcore/world/retrace.h"
#include "libcore/world/script.h"
#include "libcore/world/visits.h"

using namespace svg;
using namespace svg::world;

namespace {

Episode episode_of(const WorldConfig& config, const std::string& script, uint64_t seed,
                   int chunks) {
  return make_episode(config, script, {2000000 + seed, 2000000 + seed, seed}, chunks,
                      Sentences::Plain, "maze/0");
}

std::vector<Visit> visits_of(const Episode& episode) {
  return find_visits(episode, count_faces(episode.scene, render_episode(episode).face));
}

}  // namespace

CATCH_TEST_CASE("every script revisits, keeps the margin and stays within the turns allowed",
                "[world]") {
  for (const char* profile : {"tiny", "small", "full", "view"})
    for (double max_turn : {0.0, 2.0}) {
      bool full = profile == std::string("full");
      if (!full && max_turn > 0) continue;
      WorldConfig config = make_config({.profile = profile,
                                        .width = full ? 32 : 0,
                                        .height = full ? 32 : 0,
                                        .max_turn = max_turn});
      for (const ScriptInfo& script : all_scripts()) {
        if (config.one_room() && !script.one_room) continue;
        CATCH_INFO(profile << ' ' << script.name << ' ' << max_turn);
        int chunks = config.one_room() ? 20 : 64;
        Episode episode = episode_of(config, script.name, 5, chunks);
        CATCH_CHECK(episode.frame_count() == chunks * config.frames);
        int fastest = 0;
        for (size_t t = 0; t < episode.poses.size(); ++t) {
          CATCH_REQUIRE(can_stand(episode.scene, episode.poses[t].x, episode.poses[t].y));
          if (t)
            fastest =
                std::max(fastest, angle_between(episode.poses[t].yaw, episode.poses[t - 1].yaw));
        }
        CATCH_CHECK(fastest <= config.turns.back() * kDegree / config.frames);
        if (max_turn > 0) CATCH_CHECK(fastest <= 2 * kDegree);
        const bool comes_back =
            script.name != std::string("walk") && script.name != std::string("retrace");
        if (comes_back) CATCH_CHECK(!visits_of(episode).empty());
      }
    }
}

CATCH_TEST_CASE(
    "a guided walk never shows a view twice between chunks, and its task names none of its turns",
    "[world]") {
  const WorldConfig tiny = make_config({.profile = "tiny"});
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const Episode episode = episode_of(tiny, "retrace", seed, 7);
    CATCH_CHECK(episode.route.actions[0] == Act{});
    std::map<std::tuple<int, int, int>, int> views;
    for (size_t k = 0; k < 7; ++k) {
      const Pose& pose = episode.poses[(k + 1) * 4 - 1];
      CATCH_CHECK(++views[{pose.x, pose.y, pose.yaw}] == 1);
    }
    const ordered_json task = retrace_task(episode);
    CATCH_CHECK(task["waypoints"].size() == 7);
    CATCH_CHECK(task["ctx"] == ordered_json({0, 28}));
    CATCH_CHECK(task["subgoals"] == ordered_json(std::vector<std::string>(6, kKeepGoingBack)));
  }
  CATCH_CHECK_THROWS_WITH(episode_of(tiny, "retrace", 1, 4), Catch::Contains("it needs 5"));
}

CATCH_TEST_CASE("a script that needs several rooms is refused in one room", "[world]") {
  WorldConfig tiny = make_config({.profile = "tiny"});
  for (const char* script : {"peek", "aba", "abca", "nonsense"})
    CATCH_CHECK_THROWS_AS(episode_of(tiny, script, 1, 20), Error);
  CATCH_CHECK_THROWS_WITH(episode_of(tiny, "spin", 1, 5),
                          Catch::Contains("does not fit into 5 chunks"));
  CATCH_CHECK_THROWS_AS(make_config({.profile = "tiny", .max_turn = 2}), Error);
  CATCH_CHECK_THROWS_AS(make_episode(tiny, "spin", {5, 2000005, 1}, 20, Sentences::Plain, "x"),
                        Error);
}

CATCH_TEST_CASE("a turn-around in the tiny room shows the same frames on the way back", "[world]") {
  WorldConfig tiny = make_config({.profile = "tiny"});
  Episode episode = episode_of(tiny, "turn-around", 3, 9);  // still, four turns, four turns back
  EpisodeFrames frames = render_episode(episode);
  CATCH_REQUIRE(episode.frame_count() == 36);
  CATCH_CHECK(angle_between(episode.poses[3].yaw, episode.poses[19].yaw) == kTurn / 2);
  size_t bytes = tiny.frame_bytes();
  std::map<int, Visit> by_frame;
  for (const Visit& visit : visits_of(episode)) by_frame[visit.frame] = visit;
  for (int j = 1; j <= 16; ++j) {
    size_t out = static_cast<size_t>(19 - j), back = static_cast<size_t>(19 + j);
    CATCH_CHECK(std::equal(&frames.rgb[out * bytes], &frames.rgb[out * bytes] + bytes,
                           &frames.rgb[back * bytes]));
    CATCH_REQUIRE(by_frame.count(19 + j));
    const Visit& visit = by_frame[19 + j];
    // The last frame back is at the start pose, which frames 0 to 3 share: the first of them
    // counts.
    CATCH_CHECK(visit.first == (j == 16 ? 0 : 19 - j));
    CATCH_CHECK(visit.gap == visit.frame - visit.first);
    CATCH_CHECK(visit.ord == 2);
    CATCH_CHECK(visit.covis_first == 1);
  }
  CATCH_CHECK(by_frame.size() == 16);
}

CATCH_TEST_CASE("a mirror is a palindrome about the last frame of its first half", "[world]") {
  for (const char* profile : {"tiny", "full", "view"})
    for (uint64_t seed = 0; seed < 5; ++seed) {
      WorldConfig config = make_config({.profile = profile});
      int chunks = 18;
      Episode episode = episode_of(config, "mirror", seed, chunks);
      size_t m = static_cast<size_t>(chunks * config.frames / 2);
      for (size_t j = 0; j < m; ++j)
        CATCH_REQUIRE(episode.poses[m - 1 + j] == episode.poses[m - 1 - j]);
      CATCH_CHECK(episode.poses[2 * m - 1] == episode.poses[0]);
    }
}

CATCH_TEST_CASE("a shifted revisit looks from 45 degrees off or from a step aside", "[world]") {
  for (const char* profile : {"tiny", "full", "view"}) {
    WorldConfig config = make_config({.profile = profile});
    bool aside = false, turned = false;
    for (uint64_t seed = 0; seed < 12; ++seed) {
      Episode episode = episode_of(config, "shifted", seed, 20);
      int found = 0;
      for (const Visit& visit : visits_of(episode)) {
        if (visit.bucket != "shifted") continue;
        ++found;
        const Pose& a = episode.poses[static_cast<size_t>(visit.frame)];
        const Pose& b = episode.poses[static_cast<size_t>(visit.first)];
        if (a.yaw == b.yaw) {
          aside = true;
          CATCH_CHECK(std::abs(a.x - b.x) + std::abs(a.y - b.y) == config.step_q16);
        } else {
          turned = true;
          CATCH_CHECK(angle_between(a.yaw, b.yaw) == 45 * kDegree);
        }
      }
      CATCH_CHECK(found > 0);
    }
    CATCH_CHECK(turned);
    CATCH_CHECK(aside == (profile == std::string("full")));
  }
}

CATCH_TEST_CASE("co-visibility counts the pixels whose face the range shows", "[world]") {
  WorldConfig config = make_config({.profile = "tiny"});
  FaceCounts counts{
      4, {512, 0, 0, 0, /**/ 400, 100, 12, 0, /**/ 412, 0, 100, 0, /**/ 312, 0, 50, 150}};
  CATCH_CHECK(covisibility(config, counts, 3, {0, 1}) == 0);
  CATCH_CHECK(covisibility(config, counts, 3, {1, 2}) == 0.25);
  CATCH_CHECK(covisibility(config, counts, 1, {2, 3}) == 12.0 / 112);
  CATCH_CHECK(covisibility(config, counts, 1, {1, 2}) == 1);
  CATCH_CHECK(covisibility(config, counts, 0, {1, 4}) == 1);
  FrameRange range = context_of(config, 13);
  CATCH_CHECK(range.first == 8);
  CATCH_CHECK(range.last == 12);
  CATCH_CHECK(context_of(make_config({}), 50).first == 16);
}

// Every open cell is reached from every other, and a camera may stand in its middle.
void check_connected(const Scene& scene) {
  std::vector<char> reached(scene.open.size(), 0);
  std::vector<size_t> stack;
  for (size_t i = 0; i < scene.open.size() && stack.empty(); ++i)
    if (scene.open[i]) stack.push_back(i), reached[i] = 1;
  size_t count = 1, open = 0, width = static_cast<size_t>(scene.cells_w);
  for (uint8_t o : scene.open) open += o;
  while (!stack.empty()) {
    size_t c = stack.back();
    stack.pop_back();
    CATCH_CHECK(can_stand(scene, static_cast<int32_t>(c % width) * kCell + kCell / 2,
                          static_cast<int32_t>(c / width) * kCell + kCell / 2));
    for (size_t n : {c - 1, c + 1, c - width, c + width})
      if (scene.open[n] && !reached[n]) reached[n] = 1, ++count, stack.push_back(n);
  }
  CATCH_CHECK(count == open);
}

CATCH_TEST_CASE("every maze is connected and has its pillars off the ways", "[world]") {
  WorldConfig config = make_config({});
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Scene scene = make_scene(config, seed, seed);
    CATCH_CHECK(scene.rooms.size() >= 3);
    CATCH_CHECK(scene.rooms.size() <= 6);
    CATCH_CHECK(scene.pillars.size() >= 2);
    std::map<int, int> tints;
    for (const Room& room : scene.rooms) CATCH_CHECK(++tints[room.tint] == 1);
    check_connected(scene);
  }
}

CATCH_TEST_CASE("view has rooms of 3 to 5 cells a side behind doors and open corners", "[world]") {
  WorldConfig config = make_config({.profile = "view"});
  int doors = 0, corners = 0, circles = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    bool ood = seed >= 50;
    Scene scene = make_scene(config, ood ? 3000000 + seed : seed, ood ? 3000000 + seed : seed);
    check_connected(scene);
    int rooms = static_cast<int>(scene.rooms.size());
    CATCH_CHECK((rooms >= 3 && rooms <= 5));
    CATCH_CHECK(scene.pillars.size() >= 2);
    int overlaps = 0, openings = 0;
    for (const Room& a : scene.rooms) {
      CATCH_CHECK(std::min(a.w, a.h) >= 3);
      CATCH_CHECK((ood ? std::max(a.w, a.h) == 6 : std::max(a.w, a.h) <= 5));
      for (const Room& b : scene.rooms)
        overlaps +=
            &a < &b && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    }
    for (int y = 0; y < scene.cells_h; ++y)
      for (int x = 0; x < scene.cells_w; ++x) {
        if (!scene.is_open(x, y) || scene.room_of[static_cast<size_t>(y * scene.cells_w + x)] >= 0)
          continue;
        ++openings;  // a door: open ahead and behind, walls on both sides
        bool east = scene.is_open(x + 1, y), west = scene.is_open(x - 1, y);
        bool north = scene.is_open(x, y + 1), south = scene.is_open(x, y - 1);
        CATCH_CHECK((east == west && north == south && east != north));
      }
    doors += openings;
    corners += overlaps;
    circles += openings + overlaps >= rooms;
  }
  CATCH_CHECK(doors > 60);
  CATCH_CHECK(corners > 20);
  CATCH_CHECK(circles > 5);
}

CATCH_TEST_CASE("view says five things alone, and goes from room to room all the same", "[world]") {
  WorldConfig config = make_config({.profile = "view"});
  std::map<std::string, int> said;
  int through = 0;
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (const char* script : {"walk", "aba", "shifted", "turn-around"}) {
      Episode episode = episode_of(config, script, seed, 64);
      std::map<int, int> rooms;
      for (const Pose& pose : episode.poses)
        ++rooms[episode.scene.room_of[static_cast<size_t>((pose.y >> 16) * episode.scene.cells_w +
                                                          (pose.x >> 16))]];
      if (script == std::string("aba")) CATCH_CHECK(rooms.size() >= 2);
      through += script == std::string("walk") && rooms.size() >= 2;
      for (const std::string& text : episode.texts) ++said[text];
    }
  CATCH_CHECK(said.size() == 5);
  for (const char* text : {"stand still", "turn left 45 degrees", "turn right 45 degrees",
                           "walk forward 4 steps", "walk back 4 steps"})
    CATCH_CHECK(said[text] > 0);
  CATCH_CHECK(through > 5);
}
