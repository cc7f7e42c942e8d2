#include "libcore/plan/task_scores.h"

#include "libcore/plan/plain_policies.h"
#include "libcore/plan/pose_visits.h"
#include "libcore/world/dataset.h"
#include "test/support/catch.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::plan;

CATCH_TEST_CASE("the nearest distance forgets the order, the aligned one does not", "[plan]") {
  const std::vector<Point> asked{{0, 0}, {1, 0}, {2, 0}};
  const std::vector<Point> same = asked, turned{{2, 0}, {1, 0}, {0, 0}},
                           aside{{0, 1}, {1, 1}, {2, 1}};
  CATCH_CHECK(nearest_distance(asked, same) == 0);
  CATCH_CHECK(nearest_distance(asked, turned) == 0);
  CATCH_CHECK(aligned_distance(asked, same) == 0);
  CATCH_CHECK(aligned_distance(asked, turned) > 0.5);
  CATCH_CHECK(nearest_distance(asked, aside) == 1);
  CATCH_CHECK(aligned_distance(asked, aside) == 1);
  // A path that lingers is no further away.
  CATCH_CHECK(aligned_distance(asked, {{0, 0}, {0, 0}, {1, 0}, {2, 0}, {2, 0}}) == 0);
}

CATCH_TEST_CASE("cubes are scored phase by phase, at the steps that end them", "[plan]") {
  Task task;
  task.id = "t";
  task.kind = "cubes";
  task.targets = {{"red cube", 0, {0.5, 0.5}}, {"red cube", 1, {0.1, 0.1}}};
  task.phase_ends = {1, 3};
  task.half_cube = 0.1;
  const auto at = [](double x, double y) {
    return ordered_json{{"objects", {{{"name", "red cube"}, {"x", x}, {"y", y}}}}};
  };
  Execution e{.way = {}, .path = {}, .start = {}, .last = {}, .pose_fields = {}, .states = {}};
  e.states = {at(0.5, 0.5), at(0.3, 0.3), at(0.1, 0.4)};
  const auto scores = task_scores(task, e);
  CATCH_CHECK(scores.at("dist_1") == 0);
  CATCH_CHECK(scores.at("dist_2") == Approx(0.3));
  CATCH_CHECK(scores.at("dist") == Approx(0.15));
  CATCH_CHECK(scores.at("success") == 0);
  CATCH_CHECK(scores.at("placed_1") == 1);
  CATCH_CHECK(scores.at("placed_2") == 0);
  e.states[2] = at(0.1, 0.15);
  CATCH_CHECK(task_scores(task, e).at("success") == 1);
  CATCH_CHECK(task_scores(task, e).at("placed_2") == 1);
  e.states[0] = at(0.1, 0.1);  // never moved: nothing to bring back
  CATCH_CHECK(task_scores(task, e).at("placed_1") == 0);
  CATCH_CHECK(task_scores(task, e).at("dist_2") == Approx(0.05));
  CATCH_CHECK(!task_scores(task, e).contains("placed_2"));
  e.states.pop_back();  // it ended early: there is nothing to score
  CATCH_CHECK(task_scores(task, e).empty());
}

CATCH_TEST_CASE("the state's oracle and an exact replay come back, others do not", "[plan]") {
  const test::TempDir dir;
  world::DatasetSettings o;
  o.config = world::make_config({.profile = "tiny"});
  o.folder = dir / "tasks";
  o.script = "retrace";
  o.episodes = 3;
  o.min_chunks = o.max_chunks = 7;
  world::write_dataset(o);
  const auto tasks = read_tasks(dir / "tasks");
  CATCH_REQUIRE(tasks.size() == 3);
  const auto success = [&](PlainPolicy policy, double noise) {
    double sum = 0;
    for (const Task& task : tasks) {
      ActorSettings settings;
      settings.act_noise = noise;
      Actor actor(task, settings);
      actor.begin();
      CATCH_REQUIRE(!actor.failure());
      CATCH_REQUIRE(actor.past().frames == 28);
      Execution e{.way = {},
                  .path = {},
                  .start = {},
                  .last = {},
                  .pose_fields = actor.facts().pose_fields,
                  .states = {}};
      e.start.assign(actor.past().poses.begin(), actor.past().poses.begin() + 5);
      for (size_t k = 0; k < task.subgoals.size(); ++k) {
        const Acted acted = actor.act(next_actions(policy, actor, 4, 1));
        for (size_t i = 0; i < acted.poses.size(); i += 5)
          e.path.push_back({acted.poses[i], acted.poses[i + 1]});
      }
      e.last = actor.pose();
      sum += task_scores(task, e).at("success_view");
    }
    return sum / 3;
  };
  CATCH_CHECK(success(PlainPolicy::InverseReplay, 0) == 1);
  CATCH_CHECK(success(PlainPolicy::Oracle, 0) == 1);
  CATCH_CHECK(success(PlainPolicy::Oracle, 0.3) == 1);  // it sees where the noise has led
  CATCH_CHECK(success(PlainPolicy::TextOnly, 0) == 0);
  CATCH_CHECK(success(PlainPolicy::InverseReplay, 3) < 1);
}

CATCH_TEST_CASE("a recording comes back where poses say so, whichever way it looks", "[plan]") {
  // Two steps ahead, a turn, and back: frame 4 stands where 2 stood but looks elsewhere, and 5 is
  // where 1 was, and looks there; 6 stays.
  const std::vector<double> poses{0, 0, 0, 1,  0,   359, 2, 0, 0, 3, 0,
                                  0, 2, 0, 90, 1.2, 0,   0, 1, 0, 0};
  const auto visits = visits_of_poses(poses, {"x", "y", "yaw"}, 3);
  CATCH_REQUIRE(visits.size() == 2);
  CATCH_CHECK(visits[0].empty());
  CATCH_REQUIRE(visits[1].size() == 1);
  CATCH_CHECK(visits[1][0]["frame"] == 5);
  CATCH_CHECK(visits[1][0]["first"] == 1);
  CATCH_CHECK(visits[1][0]["ord"] == 2);
  CATCH_CHECK(visits[1][0]["gap"] == 4);
  CATCH_CHECK(visits_of_poses({0, 0, 0}, {"z"}, 1)[0].empty());
}
