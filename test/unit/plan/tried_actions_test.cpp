// Who tries moves follows true pictures; where an episode is not made of moves there is nothing to
// try. A task that has been done.
#include "libcore/plan/tried_actions.h"

#include <ATen/ATen.h>

#include "libcore/plan/pictures.h"
#include "libcore/plan/task_scores.h"
#include "libcore/world/dataset.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::plan;

namespace {

// Success where the past, played backwards, is what is to be followed.
double followed(const Task& task) {
  Actor actor(task, {});
  actor.begin();
  CATCH_REQUIRE(!actor.failure());
  const auto h = actor.facts().height, w = actor.facts().width;
  const at::Tensor wanted = frames_tensor(actor.past().rgb, h, w).flip(0).slice(0, 1);
  Execution e{.way = {},
              .path = {{actor.pose()[0], actor.pose()[1]}},
              .start = actor.past().poses,
              .last = {},
              .pose_fields = actor.facts().pose_fields,
              .states = {}};
  const int64_t frames = task.chunk_frames;
  for (size_t k = 0; k < task.subgoals.size(); ++k) {
    const int64_t first = std::min(static_cast<int64_t>(k) * frames, wanted.size(0) - frames);
    const Acted acted = actor.act(tried_actions(actor, wanted.narrow(0, first, frames)));
    CATCH_REQUIRE(acted.frames == frames);
    e.states.push_back(actor.state());
  }
  e.last = actor.pose();
  e.path.push_back({e.last[0], e.last[1]});
  return task_scores(task, e).at("success");
}

world::DatasetSettings settings_of(const std::string& folder, const char* script, int chunks) {
  world::DatasetSettings o;
  o.folder = folder;
  o.script = script;
  o.sentences = world::Sentences::Plain;
  o.episodes = 3;
  o.min_chunks = o.max_chunks = chunks;
  return o;
}

}  // namespace

CATCH_TEST_CASE("true pictures are followed by trying the moves of a maze", "[plan]") {
  const test::TempDir dir;
  auto o = settings_of(dir / "tasks", "retrace", 7);
  o.config = world::make_config({.profile = "tiny"});
  world::write_dataset(o);
  for (const Task& task : read_tasks(o.folder)) CATCH_CHECK(followed(task) == 1);
}

CATCH_TEST_CASE("a hand's episode is not made of moves", "[plan]") {
  const test::TempDir dir;
  const auto o = settings_of(dir / "tasks", "cubes", 30);
  world::write_dataset(o, world::make_table_config({.profile = "tiny"}));
  const Task task = read_tasks(o.folder)[0];
  Actor actor(task, {});
  actor.begin();
  const auto f = test::failure_of([&] {
    tried_actions(actor, at::zeros({4, 32, 32, 3}, at::kByte));
  });
  CATCH_CHECK(f.kind == ErrorKind::Usage);
  // What is done is known: shown to the end, as its past.
  const Task done = with_solution(task);
  CATCH_CHECK(done.chunks() == 1 + static_cast<int>(task.subgoals.size()));
  CATCH_CHECK(done.texts.back() == task.subgoals.back());
  Actor other(done, {});
  other.begin();
  CATCH_REQUIRE(!other.failure());
  const auto shown = static_cast<int>(done.acts.size());
  CATCH_CHECK(other.past().frames == shown);
  const auto n = static_cast<int64_t>(other.past().rgb.size() - actor.past().rgb.size());
  CATCH_CHECK(
      std::equal(other.past().rgb.end() - n, other.past().rgb.end(), actor.solved().rgb.begin()));
}
