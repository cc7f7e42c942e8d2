// Fast learning on a tiny model: windows, what it learns, given draws.
#include "libcore/fast/fast_learning.h"

#include <ATen/ATen.h>

#include <set>

#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/tiny_episodes.h"

namespace svg::fast {
namespace {

using namespace test;

// A history of chunks whose frame f holds the number f everywhere.
struct Frames {
  EpisodeHistory history;
  at::Tensor empty = at::zeros({1, 2});
  std::vector<std::string> episodes = {"x", "y"};
  explicit Frames(const std::vector<int64_t>& chunks) {
    int64_t first = 0;
    for (const auto frames : chunks) {
      const auto n = static_cast<double>(history.chunks.size());
      EpisodeHistory::Chunk chunk{first,
                                  frames,
                                  {at::full({1, 2}, 10 + n), at::full({1, 2}, 20 + n)},
                                  {at::full({1, 2}, -10 - n), at::full({1, 2}, -20 - n)}};
      history.chunks.push_back(chunk);
      first += frames;
    }
    history.latents = at::arange(first, at::kFloat)
                          .view({1, first, 1, 1, 1})
                          .expand({2, first, 1, 1, 1})
                          .contiguous();
  }
  FastContext context(int64_t past) const {
    return {pipeline().unet, pipeline().schedule, empty, 1, episodes, past};
  }
};

std::vector<int64_t> numbers(const FastWindow& w) {
  const auto row = w.latents[0].flatten().to(at::kLong).contiguous();
  CATCH_CHECK(at::equal(w.latents[0], w.latents[1]));
  return {row.const_data_ptr<int64_t>(), row.const_data_ptr<int64_t>() + row.numel()};
}

using List = std::vector<int64_t>;

}  // namespace

CATCH_TEST_CASE("A window is the past before a chunk, and the chunk", "[learn]") {
  const Frames f({4, 3, 3});
  auto w = window_of(f.context(5), f.history, 2, true);
  CATCH_CHECK(numbers(w) == List{2, 3, 4, 5, 6, 7, 8, 9});
  CATCH_CHECK(w.past == 5);
  CATCH_CHECK(w.text.select(1, 0).select(1, 0).equal(at::tensor({12.0f, 22.0f})));
  w = window_of(f.context(9), f.history, 1, false);  // less before it than a past
  CATCH_CHECK(numbers(w) == List{0, 1, 2, 3, 4, 5, 6});
  CATCH_CHECK(w.past == 4);
  CATCH_CHECK(w.text.equal(at::zeros({2, 1, 2})));
  w = window_of(f.context(2), f.history, 0, true);
  CATCH_CHECK(numbers(w) == List{0, 1, 2, 3});
  CATCH_CHECK(w.past == 0);
}

CATCH_TEST_CASE(
    "A reversed window goes back from a chunk's last frame to the frame before its first",
    "[learn]") {
  const Frames f({4, 3, 3, 2});
  // Chunk 1 is frames 4 5 6: the way back is 5 4 3, after what followed, turned round, down to 6.
  auto w = reversed_window_of(f.context(3), f.history, 1, true);
  CATCH_CHECK(numbers(w) == List{8, 7, 6, 5, 4, 3});
  CATCH_CHECK(w.past == 3);
  CATCH_CHECK(w.text.select(1, 0).select(1, 0).equal(at::tensor({-11.0f, -21.0f})));
  w = reversed_window_of(f.context(4), f.history, 2, false);  // less after it than a past
  CATCH_CHECK(numbers(w) == List{11, 10, 9, 8, 7, 6});
  CATCH_CHECK(w.past == 3);
  CATCH_CHECK(w.text.equal(at::zeros({2, 1, 2})));
  w = reversed_window_of(f.context(4), f.history, 3, true);  // the last chunk: nothing follows it
  CATCH_CHECK(numbers(w) == List{11, 10, 9});
  CATCH_CHECK(w.past == 1);
  w = reversed_window_of(f.context(2), f.history, 0, true);  // the first: nothing before it
  CATCH_CHECK(numbers(w) == List{4, 3, 2, 1, 0});
  CATCH_CHECK(w.past == 2);
}

CATCH_TEST_CASE("Windows begin amid two chunks of one action, and nowhere else", "[learn]") {
  Frames f({4, 4, 4, 4});
  FastSettings s;
  s.objective = Objective::InputOutput;
  s.source = Source::NewestFirst;
  s.offset = Offset::Every;
  f.history.learnable = 1;
  std::set<int64_t> begun;
  const auto look = [&](double reverse) {
    begun.clear();
    s.reverse = reverse;
    for (int64_t step = 0; step < 120; step += 3)  // the last chunk
      begun.insert(numbers(learning_step(f.context(3), s, f.history, step).window).front());
  };
  look(0);
  CATCH_CHECK(begun == std::set<int64_t>{9});  // another action before it
  for (auto* texts : {&f.history.chunks[3].text, &f.history.chunks[3].inverse})
    *texts =
        texts == &f.history.chunks[3].text ? f.history.chunks[2].text : f.history.chunks[2].inverse;
  look(0);
  CATCH_CHECK(begun == std::set<int64_t>{6, 7, 8, 9});  // past of 3
  look(1);
  // Gone back from frames 12 .. 15, with what followed before it.
  CATCH_CHECK(begun == std::set<int64_t>{14, 15});
  f.history.chunks[3].text[1] = at::full({1, 2}, 5);  // one of the episodes did something else
  look(0);
  CATCH_CHECK(begun == std::set<int64_t>{9});
}

CATCH_TEST_CASE("The model that sees some of the frames to come is the target", "[learn]") {
  auto s = settings();
  s.fast.objective = Objective::InputOutput;
  s.fast.target = Target::Context;
  s.fast.targets = "attention,ff,proj";
  s.fast.rank = 8;
  s.fast.steps = 12;
  s.fast.lr = 2e-2;
  s.fast.check = 0;
  const FastContext context{
      pipeline().unet, pipeline().schedule, pipeline().embed(""), 5, {"x"}, 4};
  FastWindow window{first_frames(0, 1, 8), 4, pipeline().embed("turn left").unsqueeze(0)};
  const FastDraws draws{first_frames(3, 1), at::full({1}, 900, at::kLong)};
  const auto wanted = prediction_in_context(context, window, draws);
  // Frames 5 and 7 of 4 .. 7 stand where 0 and 1 stood: its last for sure.
  auto shown = window;
  shown.latents = at::cat({window.latents.narrow(1, 5, 1), window.latents.narrow(1, 7, 1),
                           window.latents.narrow(1, 2, 6)},
                          1);
  CATCH_CHECK(window_losses(context, s.fast, shown, draws, wanted).item<double>() < 1e-12);
  CATCH_CHECK(window_losses(context, s.fast, window, draws, wanted).item<double>() > 1e-8);

  episode::EpisodeRun run(pipeline(), s, {"x"});
  run.append(first_frames(0, 1), {kActions[0]}, false);
  run.append(first_frames(1, 1), {kActions[0]}, true);
  const double first = run.learn().loss[0];
  run.learn();
  CATCH_CHECK(run.learn().loss[0] < first);  // of other draws, mean of a dozen
}

CATCH_TEST_CASE("The loss of a chunk that is learned again and again goes down", "[learn]") {
  auto s = settings();
  s.fast.objective = GENERATE(Objective::Consecutive, Objective::InputOutput);
  s.fast.targets = "attention,ff,proj";
  s.fast.rank = 8;
  s.fast.steps = 12;
  s.fast.lr = 2e-2;
  episode::EpisodeRun run(pipeline(), s, {"x"});
  run.append(first_frames(0, 1), {kActions[0]}, false);
  run.append(first_frames(1, 1), {kActions[0]}, true);
  double first = 0, last = 0;
  for (int i = 0; i < 2; ++i) {
    const auto report = run.learn();
    if (i == 0) first = report.loss_before[0];
    CATCH_CHECK(
        (i == 0 || report.loss_before[0] == Approx(last)));  // measured on the same held-out draws
    last = report.loss_after[0];
  }
  CATCH_CHECK(last < 0.95 * first);
}

namespace {

// Two chunks, the second of which is to be learned; it is, once, with `s`.
struct OneChunk {
  episode::EpisodeRun run;
  FastReport report;
  OneChunk(episode::RunSettings s, const StepGate& gate = {}) : run(pipeline(), s, {"x"}) {
    run.append(first_frames(0, 1), {kActions[0]}, false);
    run.append(first_frames(1, 1), {kActions[0]}, true);
    report = run.learn(std::nullopt, gate);
  }
  at::Tensor weights() { return run.memory()->parameters().values.detach().clone(); }
};

}  // namespace

CATCH_TEST_CASE(
    "Learning stops once the held-out loss is low enough, and makes the steps of a run of as many",
    "[learn]") {
  auto s = settings();
  s.fast.steps = 24;
  s.fast.lr = 2e-2;
  OneChunk whole(s);
  CATCH_CHECK(whole.report.steps == 24);
  s.fast.until = 0.5 * (whole.report.loss_before[0] + whole.report.loss_after[0]);
  OneChunk stopped(s);
  CATCH_CHECK(stopped.report.steps > 0);
  CATCH_CHECK(stopped.report.steps < 24);
  CATCH_CHECK(stopped.report.loss_after[0] <= s.fast.until);
  s.fast.until = 0;
  OneChunk shorter(s, {{}, [&](int64_t made) { return made < stopped.report.steps; }});
  CATCH_CHECK(shorter.report.steps == stopped.report.steps);
  CATCH_CHECK(at::equal(shorter.weights(), stopped.weights()));

  s.fast.until = 2 * whole.report.loss_before[0];
  s.fast.decay = 0.5;
  OneChunk none(s), again(s, {{}, [](int64_t) { return false; }});
  CATCH_CHECK(none.report.steps == 0);
  CATCH_CHECK(none.report.loss_after == again.report.loss_after);
}

CATCH_TEST_CASE("A gate that stays shut leaves the memory as it was, and nothing is measured",
                "[learn]") {
  auto s = settings();
  s.fast.decay = 0.5;
  OneChunk shut(s, {[] { return false; }, {}});
  CATCH_CHECK(shut.report.steps == 0);
  CATCH_CHECK(shut.report.loss_before.empty());
  episode::EpisodeRun fresh(pipeline(), s, {"x"});
  CATCH_CHECK(at::equal(shut.weights(), fresh.memory()->parameters().values));
}

CATCH_TEST_CASE(
    "The held-out loss is measured where it costs less than the learning, or is asked for",
    "[learn]") {
  FastSettings s;
  CATCH_CHECK(s.held_out_draws() == 0);  // the paper's form: one step
  s.steps = 4;
  CATCH_CHECK(s.held_out_draws() == 4);
  s.check = 0;
  CATCH_CHECK(s.held_out_draws() == 0);
  s = {};
  s.until = 0.5;
  CATCH_CHECK(s.held_out_draws() == 4);
  s.check = 2;
  CATCH_CHECK(s.held_out_draws() == 2);
}

CATCH_TEST_CASE("Without a check the same is learned", "[learn]") {
  auto s = settings();
  OneChunk checked(s);
  s.fast.check = 0;
  OneChunk blind(s);
  CATCH_CHECK(blind.report.loss_after.empty());
  CATCH_CHECK(blind.report.loss == checked.report.loss);
  CATCH_CHECK(at::equal(blind.weights(), checked.weights()));
}

CATCH_TEST_CASE("Decay takes its share of the update before a chunk is learned", "[learn]") {
  auto s = settings();
  s.fast.lr = 2e-2;
  OneChunk once(s);
  const auto before = once.run.memory()->norms();
  s.fast.decay = 0.25;
  s.fast.steps = 0;
  OneChunk again(s);
  auto& memory = *again.run.memory();
  memory.parameters().values.data().copy_(once.weights());
  again.run.learn();
  CATCH_CHECK(at::allclose(memory.norms(), 0.75 * before, 1e-5));
}

CATCH_TEST_CASE("A cosine schedule makes the first step at the full rate, and less of the others",
                "[learn]") {
  auto s = settings();
  s.fast.steps = 1;
  OneChunk one(s);
  s.fast.steps = 8;
  OneChunk constant(s);
  s.fast.lr_schedule = optim::LrShape::Cosine;
  OneChunk cosine(s);
  OneChunk first(s, {{}, [](int64_t made) { return made < 1; }});
  CATCH_CHECK(at::equal(first.weights(), one.weights()));
  const auto moved = [&](OneChunk& x) {
    return (x.weights() - one.weights()).norm().item<double>();
  };
  CATCH_CHECK(moved(cosine) < 0.9 * moved(constant));
  CATCH_CHECK(moved(cosine) > 0);
}

CATCH_TEST_CASE("Given draws must fit the chunk", "[learn]") {
  auto s = settings();
  episode::EpisodeRun run(pipeline(), s, {"x"});
  run.append(first_frames(0, 1), {kActions[0]}, false);
  run.append(first_frames(1, 1), {kActions[0]}, true);
  const auto kind = [&](at::IntArrayRef noise, int64_t draws, int64_t timestep) {
    return failure_of([&] {
             run.learn(GivenDraws{at::zeros(noise), at::full({draws}, timestep, at::kLong)});
           })
        .kind;
  };
  CATCH_CHECK(kind({2, 8, 4, 4, 8}, 2, 999) == std::nullopt);
  CATCH_CHECK(kind({1, 8, 4, 4, 8}, 1, 0) == ErrorKind::Config);
  CATCH_CHECK(kind({2, 4, 4, 4, 8}, 2, 0) == ErrorKind::Config);
  CATCH_CHECK(kind({2, 8, 4, 4, 4}, 2, 0) == ErrorKind::Config);
  CATCH_CHECK(kind({2, 8, 4, 4, 8}, 2, 1000) == ErrorKind::Config);
  CATCH_CHECK(kind({2, 8, 4, 4, 8}, 2, -1) == ErrorKind::Config);
}

CATCH_TEST_CASE("A chunk that is known is not learned again", "[learn]") {
  auto with = [&](double gate) {
    auto s = settings();
    s.fast.gate = gate;
    episode::EpisodeRun run(pipeline(), s, {"a", "b"});
    run.append(first_frames(0, 2), {kActions[0], kActions[0]}, false);
    run.append(first_frames(2, 2), {kActions[1], kActions[1]}, true);
    const auto report = run.learn();
    return std::make_pair(report, run.memory()->norms());
  };
  const auto [all, norms] = with(0);
  CATCH_REQUIRE(all.loss_before.size() == 2);
  // Between the two losses: one of them is known.
  const double low = std::min(all.loss_before[0], all.loss_before[1]);
  const double high = std::max(all.loss_before[0], all.loss_before[1]);
  const auto known = all.loss_before[0] < all.loss_before[1] ? 0 : 1;
  const auto [one, one_norms] = with((low + high) / 2);
  CATCH_CHECK(one_norms[known].item<double>() == 0);
  CATCH_CHECK(one_norms[1 - known].item<double>() == norms[1 - known].item<double>());
  CATCH_CHECK(one.loss_after[static_cast<size_t>(known)] == low);
  const auto [none, no_norms] = with(high + 1);
  CATCH_CHECK(none.steps == 0);
  CATCH_CHECK(no_norms.sum().item<double>() == 0);
}

CATCH_TEST_CASE("Windows one after the other, from the last chunk on", "[learn]") {
  // With one step the newest window alone is learned: what is before it may be anything.
  auto learned = [&](const at::Tensor& old, int64_t steps) {
    auto s = settings();
    s.fast.source = Source::NewestFirst;
    s.fast.steps = steps;
    s.past = 4;
    episode::EpisodeRun run(pipeline(), s, {"a"});
    run.append(first_frames(0, 1), {kActions[0]}, true);
    run.append(old, {kActions[1]}, true);
    run.append(first_frames(1, 1), {kActions[0]}, true);
    run.append(first_frames(2, 1), {kActions[1]}, true);
    run.learn();
    return run.memory()->parameters().values.clone();
  };
  const auto x = first_frames(3, 1), y = first_frames(4, 1);
  CATCH_CHECK(learned(x, 1).equal(learned(y, 1)));
  CATCH_CHECK(!learned(x, 3).equal(learned(y, 3)));
}

}  // namespace svg::fast
