// The environment protocol: transcripts of formats/vectors, both sides' lines, and the maze behind
// it, in this process and in a child.
#include "test/support/catch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "libcore/base/signals.h"
#include "libcore/world/environment/maze_environment.h"
#include "libcore/world/environment/process_environment.h"
#include "libcore/world/episode.h"
#include "test/support/errors.h"
#include "test/support/transcript.h"

using namespace svg;
using namespace svg::world;

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::filesystem::path> transcripts(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(SVG_SOURCE_DIR "/formats/vectors/environment/" + folder))
    if (entry.path().extension() == ".transcript") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

const std::string kServe = SVG_BINARY_DIR "/bin/svg-world serve --profile tiny";

}  // namespace

CATCH_TEST_CASE("Every line of the valid transcripts is accepted", "[world]") {
  auto all = transcripts("valid");
  CATCH_CHECK(all.size() == 4);
  for (const auto& path : all) {
    CATCH_INFO(path.filename().string());
    const std::string text = content_of(path);
    CATCH_CHECK(test::play_transcript(text) == std::count(text.begin(), text.end(), '\n'));
  }
}

CATCH_TEST_CASE("Invalid transcripts are refused for the reason beside them", "[world]") {
  auto all = transcripts("invalid");
  CATCH_CHECK(all.size() == 20);
  for (const auto& path : all) {
    std::string reason = content_of(path.string() + ".error");
    reason.pop_back();
    const test::Failure failure =
        test::failure_of([&] { test::play_transcript(content_of(path)); });
    CATCH_INFO(path.filename().string() << ": " << failure.message);
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says(reason));
  }
}

CATCH_TEST_CASE("What one side writes, the other reads", "[world]") {
  const MazeEnvironment maze(make_config({.profile = "tiny"}));
  const EnvironmentFacts& facts = maze.facts();
  const EnvironmentFacts again =
      facts_from(reply_from(hello_line(3, facts), 3, "reply").doc, "reply");
  CATCH_CHECK(hello_line(3, again) == hello_line(3, facts));
  for (Request r :
       {Request{.op = Op::Reset, .id = 1, .reset = {5, 6, {1.5, 2.5, 0.45, 90, 0}}},
        Request{.op = Op::Step, .id = 2, .acts = {{11.25, 0, 0}, {0, -0.1, 0}}},
        Request{.op = Op::Teleport, .id = 3, .pose = {1, 2, 3, 4, 5}, .want = {Plane::Face}},
        Request{.op = Op::Restore, .id = 4, .snap = {{"a", 1}}}})
    CATCH_CHECK(to_line(request_from(to_line(r, facts), facts), facts) == to_line(r, facts));
  CATCH_CHECK(test::failure_of([&] {
                request_from("{\"op\":\"step\",\"id\":1,\"acts\":[{\"turn\":16}]}", facts);
              }).says("turn 16: expected -15 to 15 deg"));
  CATCH_CHECK(test::failure_of([&] {
                request_from("{\"op\":\"step\",\"id\":1,\"acts\":[{\"trun\":1}]}", facts);
              }).says("unknown action trun"));
}

CATCH_TEST_CASE("Moves of the maze lead through the frames that a rollout has", "[world]") {
  for (const char* profile : {"tiny", "view", "full"}) {
    const WorldConfig config = make_config({.profile = profile});
    const Episode episode =
        make_episode(config, "spin", {2000003, 2000004, 5}, 18, Sentences::Plain, "maze/test");
    const EpisodeFrames frames = render_episode(episode);
    const std::vector<float> poses = pose_rows(episode), acts = act_rows(episode);
    MazeEnvironment maze(config);
    const auto same_frame = [&](const Observation& o, int i, int t) {
      auto seen = o.plane(maze.facts(), i, Plane::Colour);
      return std::equal(seen.begin(), seen.end(),
                        frames.rgb.begin() + static_cast<std::ptrdiff_t>(t * seen.size()));
    };
    Observation first =
        maze.reset({2000003, 2000004, {poses.begin(), poses.begin() + 5}}, {Plane::Colour});
    CATCH_CHECK(same_frame(first, 0, 0));
    // By the increments of the rollout.
    std::vector<FrameAction> actions;
    for (int t = 1; t < episode.frame_count(); ++t)
      actions.emplace_back(acts.begin() + 3 * t, acts.begin() + 3 * t + 3);
    const Observation rest = maze.step(actions, {Plane::Face, Plane::Colour});
    bool all = true;
    for (int t = 1; t < episode.frame_count(); ++t) all = all && same_frame(rest, t - 1, t);
    CATCH_CHECK(all);
    CATCH_CHECK(std::equal(poses.begin() + 5, poses.end(), rest.pose.begin(),
                           [](float a, double b) { return a == static_cast<float>(b); }));
    // By the moves that hello names for its sentences.
    maze.reset({2000003, 2000004, {poses.begin(), poses.begin() + 5}}, {Plane::Colour});
    bool named = true, same = true;
    for (size_t k = 0; k < episode.texts.size(); ++k) {
      const auto& moves = maze.facts().moves;
      auto move = std::find_if(moves.begin(), moves.end(),
                               [&](const Move& m) { return m.text == episode.texts[k]; });
      named = named && move != moves.end();
      if (!named) break;
      const int t = static_cast<int>(k) * config.frames, skip = k == 0;
      const Observation o = maze.step(
          std::vector<FrameAction>(static_cast<size_t>(config.frames - skip), move->action),
          {Plane::Colour});
      for (int i = 0; i < o.n; ++i) same = same && same_frame(o, i, t + skip + i);
    }
    CATCH_CHECK(named);
    CATCH_CHECK(same);
  }
}

CATCH_TEST_CASE("A wall stops the walk, and is told", "[world]") {
  MazeEnvironment maze(make_config({.profile = "tiny"}));
  const Observation start = maze.reset({7, 8, {}}, {Plane::Colour});
  const Observation walk =
      maze.step(std::vector<FrameAction>(60, FrameAction{1, 0.1, 0}), {Plane::Colour});
  const Observation into =
      maze.step(std::vector<FrameAction>(60, FrameAction{0, 0.1, 0}), {Plane::Colour});
  CATCH_CHECK(into.hit.back() == 1);
  CATCH_CHECK(into.pose[59 * 5] == into.pose[58 * 5]);
  CATCH_CHECK(start.hit == std::vector<uint8_t>{0});
  CATCH_CHECK(test::failure_of([&] {
                maze.teleport({-1, 0, 0, 0, 0}, {Plane::Colour});
              }).says("no room to stand there"));
}

CATCH_TEST_CASE("The maze in a child gives the bytes of the maze here", "[world]") {
  MazeEnvironment here(make_config({.profile = "tiny"}));
  ProcessEnvironment there(kServe);
  CATCH_CHECK(hello_line(0, here.facts()) == hello_line(0, there.facts()));
  const auto same = [](const Observation& a, const Observation& b) {
    return a.bytes == b.bytes && a.pose == b.pose && a.hit == b.hit && a.place == b.place;
  };
  const Planes want{Plane::Face, Plane::Colour};
  CATCH_CHECK(same(here.reset({11, 12, {}}, want), there.reset({11, 12, {}}, want)));
  // More than a pipe holds in both directions.
  const std::vector<FrameAction> actions(500, FrameAction{3, 0.1, -0.03});
  CATCH_CHECK(same(here.step(actions, want), there.step(actions, want)));
  const ordered_json snap = there.save();
  CATCH_CHECK(snap == here.save());
  CATCH_CHECK(there.state() == here.state());
  there.step(actions, want);
  CATCH_CHECK(same(here.restore(snap, want), there.restore(snap, want)));
  // What it refuses does not end it.
  CATCH_CHECK(test::failure_of([&] {
                there.reset({1, 1, {}}, {Plane::Depth});
              }).says("reset: want: maze has no plane depth"));
  CATCH_CHECK(same(here.step(actions, want), there.step(actions, want)));
  CATCH_CHECK(there.close() == 0);
  CATCH_CHECK(test::failure_of([&] { there.state(); }).kind == ErrorKind::Unavailable);
}

CATCH_TEST_CASE("A command that is no environment is unavailable", "[world]") {
  install_stop_handlers();  // as every tool does: writing to the dead is no signal then
  const test::Failure none = test::failure_of([] { ProcessEnvironment e("exit 3"); });
  CATCH_CHECK(none.kind == ErrorKind::Unavailable);
  CATCH_CHECK(none.message == "environment `exit 3`: hello: it exited with status 3");
  const test::Failure late = test::failure_of(
      [] { ProcessEnvironment e("sleep 60", {.hello = std::chrono::milliseconds(100)}); });
  CATCH_CHECK(late.kind == ErrorKind::Unavailable);
  CATCH_CHECK(late.message == "environment `sleep 60`: hello: no reply within 0.1 s; it was ended");
}
