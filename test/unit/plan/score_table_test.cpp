#include "libcore/plan/score_results.h"

#include <vector>

#include "test/support/catch.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::plan;

CATCH_TEST_CASE("a table is of the tasks that did not fail, and goes on where it was stopped",
                "[plan]") {
  const test::TempDir scratch;
  const std::string folder = scratch.path() + "/scores";
  const ScoreCell with{"temp-lora", "generated", 0.1}, blind{"random", "-", 0.1};
  const std::vector<std::string> tasks{"a", "b", "c"};
  {
    ScoreResults results(folder, "settings", false);
    results.add(with, "a", {{"dist", 1.0}}, std::nullopt);
    results.add(with, "b", {}, Failure{ErrorKind::Unavailable, "dead"});
  }
  CATCH_CHECK_THROWS_WITH(ScoreResults(folder, "settings", false), Catch::Contains("--resume"));
  CATCH_CHECK_THROWS_WITH(ScoreResults(folder, "others", true), Catch::Contains("other settings"));
  ScoreResults results(folder, "settings", true);
  CATCH_CHECK(results.has(with, "b"));
  CATCH_CHECK_FALSE(results.has(with, "c"));
  results.add(with, "c", {{"dist", 3.0}}, std::nullopt);
  for (const std::string& task : tasks) results.add(blind, task, {{"dist", 4.0}}, std::nullopt);
  const auto table = score_table(results, {with, blind}, tasks);
  CATCH_CHECK(table["cells"][0]["failed"] == 1);
  CATCH_CHECK(table["cells"][0]["failures"] == ordered_json{{"69", 1}});
  CATCH_CHECK(table["cells"][0]["dist"]["mean"] == 2.0);
  CATCH_CHECK(table["cells"][0]["dist"]["n"] == 2);
  CATCH_CHECK(table["differences"][0]["minus"] == "random");
  CATCH_CHECK(table["differences"][0]["dist"]["mean"] == -2.0);
  CATCH_CHECK(exit_code_of(table) == 0);
}

CATCH_TEST_CASE("a cell of nothing but failures is 69 where one environment was dead, else 65",
                "[plan]") {
  const auto code_of = [](std::vector<ErrorKind> kinds) {
    const test::TempDir scratch;
    ScoreResults results(scratch.path() + "/scores", "", false);
    const ScoreCell cell{"random", "-", 0};
    std::vector<std::string> tasks;
    for (size_t i = 0; i < kinds.size(); ++i) {
      tasks.push_back(cat(i));
      results.add(cell, tasks.back(), {}, Failure{kinds[i], "fault"});
    }
    return exit_code_of(score_table(results, {cell}, tasks));
  };
  CATCH_CHECK(code_of({ErrorKind::Data, ErrorKind::Unavailable}) == 69);
  CATCH_CHECK(code_of({ErrorKind::Data, ErrorKind::Data}) == 65);
}

CATCH_TEST_CASE("FVD is that of the tasks whose true and imagined videos are both known",
                "[plan]") {
  const test::TempDir scratch;
  ScoreResults results(scratch.path() + "/scores", "", false);
  const ScoreCell cell{"none", "generated", 0};
  // Clips that do not spread: what is left is the distance of the means, 400 times 3 squared.
  for (const char* task : {"a", "b", "c"}) {
    results.add(cell, task, {}, std::nullopt, std::vector<float>(400, 1.0f));
    if (*task != 'c') results.add(kTruth, task, {}, std::nullopt, std::vector<float>(400, 4.0f));
  }
  const auto table = score_table(results, {cell}, {"a", "b", "c"}, "fvd_custom");
  CATCH_CHECK(table["cells"][0]["fvd_custom"]["n"] == 2);
  CATCH_CHECK(table["cells"][0]["fvd_custom"]["value"].get<double>() == Approx(3600));
  CATCH_CHECK(score_text(table).find("fvd_custom") != std::string::npos);
  CATCH_CHECK_FALSE(score_table(results, {cell}, {"a", "b", "c"}).contains("fvd"));
}
