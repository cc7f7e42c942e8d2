#include "libcore/fast/step_budget.h"

#include "test/support/catch.h"
#include "test/support/errors.h"

namespace svg::fast {
namespace {

// An episode whose steps take `step` seconds and whose chunks take `sampling`; returns the steps of
// each chunk and the share that learning took of the sampling time.
struct Episode {
  std::vector<int64_t> steps;
  double learning = 0;
};
Episode learn(const std::string& limit, double sampling, double step, double around, int64_t chunks,
              int64_t most) {
  double time = 0;
  StepBudget budget(StepBudget::parse(limit), [&] { return time; });
  Episode episode;
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    time += sampling;
    const double begun = time;
    budget.begin_chunk(sampling);
    int64_t made = 0;
    if (budget.opens()) {
      time += around;  // the held-out loss
      for (; budget.allows(made) && made < most; ++made) time += step;
    }
    budget.end_chunk();
    episode.steps.push_back(made);
    episode.learning += time - begun;
  }
  return episode;
}

CATCH_TEST_CASE("a budget in seconds is what learning takes on average") {
  const auto episode = learn("0.5s", 1.0, 0.1, 0, 20, 100);
  CATCH_CHECK(episode.learning <= 20 * 0.5 + 0.1);
  CATCH_CHECK(episode.learning > 20 * 0.5 - 0.2);
}

CATCH_TEST_CASE("a share too small for a step a chunk gives one every few chunks") {
  const auto episode = learn("5%", 1.0, 0.12, 0, 60, 100);
  CATCH_CHECK(episode.learning / 60 <= 0.05 + 0.12 / 60);
  CATCH_CHECK(episode.learning / 60 > 0.04);
  for (const auto steps : episode.steps) CATCH_CHECK(steps <= 1);
}

CATCH_TEST_CASE("what goes on around the steps counts") {
  const auto episode = learn("50%", 1.0, 0.1, 0.2, 50, 100);
  CATCH_CHECK(episode.learning / 50 <= 0.5 + 0.2 / 50);
}

CATCH_TEST_CASE("a large budget does not make more steps than there are to make") {
  for (const auto steps : learn("100s", 1.0, 0.1, 0, 5, 7).steps) CATCH_CHECK(steps == 7);
}

CATCH_TEST_CASE("a run of one step a chunk knows what a step takes") {
  const auto episode = learn("0.15s", 1.0, 0.1, 0, 30, 1);
  for (const auto steps : episode.steps) CATCH_CHECK(steps == 1);
  const auto poor = learn("0.05s", 1.0, 0.1, 0, 30, 1);
  CATCH_CHECK(poor.learning <= 30 * 0.05 + 0.1);
}

CATCH_TEST_CASE("a budget that says nothing is refused") {
  for (const char* text : {"", "5", "%", "s", "-5%", "0s", "5 %", "nan%", "5%s"}) {
    CATCH_INFO(text);
    CATCH_CHECK(test::failure_of([&] { StepBudget::parse(text); }).kind == ErrorKind::Usage);
  }
}

}  // namespace
}  // namespace svg::fast
