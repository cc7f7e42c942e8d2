// The gradient of a lesson by where it started is the slope that is measured: through every write,
// and by the rates.
#include "libcore/loop/lesson.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/tiny_episodes.h"

namespace svg::loop {
namespace {

using test::pipeline;

constexpr int64_t kChunks = 5, kEpisodes = 2;

// Five chunks of two episodes; two are learned, two of the others asked for.
struct Walks {
  fast::FastSettings fast;
  fast::EpisodeHistory history;
  std::vector<std::string> names = {"x", "y"};
  std::map<std::string, at::Tensor> start;
  std::map<std::string, double> rates;
  Ask ask = Ask::Later;
  std::vector<int64_t> asked = {3, 4};

  Walks() {
    fast.rank = 2;
    fast.steps = 2;
    fast.lr = 2e-2;
    fast.rule = fast::Rule::Normalised;
    fast.objective = fast::Objective::InputOutput;
    fast.source = fast::Source::NewestFirst;
    fast.timesteps = {500, 1000};
    fast.weighting = fast::Weighting::V;
    history.latents = test::first_frames(0, kEpisodes, 4 * kChunks);
    history.learnable = 1;
    for (int64_t c = 0; c < kChunks; ++c) {
      fast::EpisodeHistory::Chunk chunk{4 * c, 4, {}, {}};
      for (int64_t e = 0; e < kEpisodes; ++e) {
        const auto& action = test::kActions[static_cast<size_t>((c + e) % 3)];
        chunk.text.push_back(pipeline().embed(action.text));
        chunk.inverse.push_back(pipeline().embed(action.inverse));
      }
      history.chunks.push_back(std::move(chunk));
    }
    const auto like = memory();
    for (const auto& [name, t] : like->delta(0)) {
      start[name] = draw_normal({1, name, 0, "start", 0}, t.sizes()) * 0.3;
      rates[name] = 1;
    }
  }
  std::unique_ptr<fast::TempLora> memory() const {
    auto made =
        std::make_unique<fast::TempLora>(pipeline().unet_parameters, "attention", fast.rank,
                                         fast.scale(), names, fast::OffloadWhileSampling::Never);
    if (!start.empty()) made->begin_from(start, rates);
    return made;
  }
  template <class F>
  auto lesson(F&& f) const {
    const fast::FastContext context{
        pipeline().unet, pipeline().schedule, pipeline().embed(""), 5, names, 4};
    const Lesson lesson{context, fast, history, 2, ask, asked, 1e9};
    const auto m = memory();
    return f(lesson, *m);
  }
  LessonResult give(int64_t through) const {
    return lesson([&](const Lesson& l, fast::TempLora& m) { return give_lesson(l, m, through); });
  }
  double loss() const {
    const auto losses = give(0).losses;
    return (losses[0] + losses[1]) / 2;
  }
  // The slope of the loss along `direction` of the start.
  double slope(const std::map<std::string, at::Tensor>& direction) const {
    constexpr double kStep = 1e-3;
    auto there = *this, back = *this;
    for (const auto& [name, d] : direction) {
      there.start.at(name) = start.at(name) + d * kStep;
      back.start.at(name) = start.at(name) - d * kStep;
    }
    return (there.loss() - back.loss()) / (2 * kStep);
  }
};

// What of the gradients points along `direction`.
double along(const Walks& walks, const at::Tensor& grads,
             const std::map<std::string, at::Tensor>& direction) {
  const auto memory = walks.memory();
  double sum = 0;
  for (const auto& [name, g] : optim::cut(memory->parameters(), grads))
    sum += (g.sum(0) * direction.at(name)).sum().item<double>();
  return sum;
}

}  // namespace

CATCH_TEST_CASE("The gradient through all writes is the slope along it", "[start phase]") {
  Walks walks;
  walks.ask = GENERATE(Ask::Later, Ask::Back);
  if (walks.ask == Ask::Back) walks.asked = {1, 2};
  const auto whole = walks.give(100), first_order = walks.give(0);
  // Along the gradient itself, scaled to the size of a step.
  const auto memory = walks.memory();
  std::map<std::string, at::Tensor> direction;
  double norm = 0;
  for (const auto& [name, g] : optim::cut(memory->parameters(), whole.grads)) {
    direction[name] = g.sum(0);
    norm += direction[name].square().sum().item<double>();
  }
  for (auto& [name, d] : direction) d = d / std::sqrt(norm);
  const double measured = walks.slope(direction);
  CATCH_CAPTURE(measured, along(walks, whole.grads, direction),
                along(walks, first_order.grads, direction), whole.curvature);
  CATCH_CHECK(along(walks, whole.grads, direction) == Approx(measured).epsilon(0.05));
  CATCH_CHECK(whole.curvature > 0);
  CATCH_CHECK(first_order.curvature == 0);
  CATCH_CHECK(whole.losses == first_order.losses);
}

CATCH_TEST_CASE("The gradient by a rate is the slope along it", "[start phase]") {
  const Walks walks;
  const auto whole = walks.give(100);
  const auto memory = walks.memory();
  const auto& named = memory->parameters().named;
  // Of the tensor whose rate matters most.
  const auto i = whole.log_rate_grads.abs().argmax().item<int64_t>();
  const auto& name = named[static_cast<size_t>(i)].first;
  constexpr double kStep = 0.05;
  auto faster = walks, slower = walks;
  faster.rates.at(name) = std::exp(kStep);
  slower.rates.at(name) = std::exp(-kStep);
  const double measured = (faster.loss() - slower.loss()) / (2 * kStep);
  CATCH_CHECK(whole.log_rate_grads[i].item<double>() == Approx(measured).epsilon(0.1));
}

CATCH_TEST_CASE("What is asked of memories: with theirs, another's, the start and none",
                "[start phase]") {
  const Walks walks;
  const auto losses =
      walks.lesson([](const Lesson& l, fast::TempLora& m) { return measure_lesson(l, m); });
  CATCH_CHECK(losses.own == Approx(walks.loss()).epsilon(1e-5));
  CATCH_CHECK(losses.start != losses.none);
  CATCH_CHECK(losses.swapped != losses.own);
}

CATCH_TEST_CASE("The gradient goes through writes of one rule", "[start phase]") {
  Walks walks;
  walks.fast.rule = fast::Rule::Adam;
  CATCH_CHECK_NOTHROW(walks.give(0));
  const auto refused = test::failure_of([&] { walks.give(1); });
  CATCH_CHECK(refused.kind == ErrorKind::Usage);
  CATCH_CHECK(refused.says("--fast-rule normalised"));
}

}  // namespace svg::loop
