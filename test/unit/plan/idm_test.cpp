#include "libcore/plan/idm_items.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "libcore/base/error.h"
#include "test/support/catch.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::plan;

CATCH_TEST_CASE("a field of few values is discrete, one of many is binned finely near 0",
                "[plan]") {
  const IdmField turn = field_of("turn", {-11.25F, 0, 11.25F, 0, 0, 11.25F});
  CATCH_CHECK(!turn.binned);
  CATCH_CHECK(turn.values == std::vector<double>{-11.25, 0, 11.25});
  CATCH_CHECK(class_of(turn, 11) == 2);
  // Rounding makes no class of its own.
  CATCH_CHECK(field_of("dz", {0.12F, 0, 0.1200001F, -0.12F}).values.size() == 3);
  std::vector<float> many;
  for (int i = -50; i <= 50; ++i) many.push_back(static_cast<float>(i) * 0.08F);
  const IdmField binned = field_of("turn", many);
  CATCH_REQUIRE(binned.binned);
  CATCH_REQUIRE(binned.values.size() == 11);
  CATCH_CHECK(binned.values[5] == 0);
  CATCH_CHECK(binned.values[10] == Approx(4));
  // Narrow in the middle, wide at the ends.
  CATCH_CHECK(binned.values[6] - binned.values[5] < (binned.values[10] - binned.values[9]) / 4);
  for (int64_t c = 0; c < 11; ++c)
    CATCH_CHECK(class_of(binned, binned.values[static_cast<size_t>(c)]) == c);
}

CATCH_TEST_CASE("an amount between two bins is taught as shares of both, and read as their mean",
                "[plan]") {
  const IdmField binned{"dx", {-4, -1, 0, 1, 4}, true}, grip{"close", {0, 1}, false};
  const auto acts = at::tensor({2.5F, 1.F, -9.F, 0.F, -0.25F, 0.9F}).view({3, 2});
  const auto targets = targets_of({binned, grip}, acts);
  const auto wanted = at::tensor({0.F, 0.F,  0.F,  .5F, .5F, 0.F, 1.F,  //
                                  1.F, 0.F,  0.F,  0.F, 0.F, 1.F, 0.F,  //
                                  0.F, .25F, .75F, 0.F, 0.F, 0.F, 1.F})
                          .view({3, 7});
  CATCH_CHECK(at::allclose(targets, wanted, 0, 1e-6));
  const Idm idm{.config = {.fields = {binned, grip}},
                .conv_in = {},
                .blocks = {},
                .points = {},
                .hidden = {},
                .out = {}};
  const auto read = actions_of(idm, targets.clamp_min(1e-30).log());
  CATCH_CHECK(
      at::allclose(read, at::tensor({2.5F, 1.F, -4.F, 0.F, -0.25F, 1.F}).view({3, 2}), 0, 1e-5));
}

CATCH_TEST_CASE("a window holds the frames around its step, the ends repeated", "[plan]") {
  const auto frames = at::arange(5, at::kByte).view({5, 1, 1, 1}).expand({5, 1, 1, 3});
  const auto windows = windows_of(frames, 1);  // steps into frames 1..4
  CATCH_REQUIRE(windows.sizes() == at::IntArrayRef({4, 6, 1, 1, 3}));
  const auto row = [&](int64_t i) {
    std::vector<int> out;
    for (int64_t t = 0; t < 6; ++t) out.push_back(windows[i][t][0][0][0].item<int>());
    return out;
  };
  CATCH_CHECK(row(0) == std::vector<int>{0, 0, 0, 1, 2, 3});
  CATCH_CHECK(row(2) == std::vector<int>{0, 1, 2, 3, 4, 4});
  CATCH_CHECK(windows_of(frames, 4).size(0) == 1);
}

CATCH_TEST_CASE("a pair fills a window, and is read by a model that says so when it is loaded",
                "[plan]") {
  const auto here = at::full({2, 1, 1, 3}, 7, at::kByte),
             next = at::full({2, 1, 1, 3}, 9, at::kByte);
  const auto windows = pair_windows(here, next);
  CATCH_REQUIRE(windows.sizes() == at::IntArrayRef({2, kWindow, 1, 1, 3}));
  CATCH_CHECK(windows.narrow(1, 0, kFramesBefore + 1).eq(7).all().item<bool>());
  CATCH_CHECK(windows.narrow(1, kFramesBefore + 1, kFramesAfter).eq(9).all().item<bool>());
  IdmConfig config{.height = 4, .width = 4, .fields = {{"dx", {-1, 1}, false}}};
  CATCH_CHECK(!idm_config_from(to_json(config), "x").pairs);
  config.pairs = true;
  CATCH_CHECK(idm_config_from(to_json(config), "x").pairs);
  auto older = to_json(config);
  older.erase("pairs");
  older.erase("points");
  CATCH_CHECK(!idm_config_from(older, "x").pairs);
}

CATCH_TEST_CASE(
    "between the frames of a pair increments add up, and a grip is as it is at the second",
    "[plan]") {
  const std::vector<IdmField> fields = {{"dx", {-3, -2, -1, 0, 1, 2, 3}, false},
                                        {"close", {0, 1}, false}};
  IdmEpisode a{.name = "a", .frames = {}, .coded = {}, .acts = {}}, b = a;
  a.frames = at::arange(0, 4, at::kByte).view({4, 1, 1, 1}).expand({4, 1, 1, 3}).contiguous();
  a.coded = a.frames + 100;
  a.acts = at::tensor({0.F, 0.F, 1.F, 0.F, 1.F, 1.F, -2.F, 0.F}).view({4, 2});
  b.frames = a.frames + 10;
  b.coded = b.frames + 100;
  b.acts = a.acts;
  const Steps recorded({&a, &b}, &IdmEpisode::frames);
  const Steps coded({&a, &b}, &IdmEpisode::coded);
  const Pairs pairs(recorded, coded, {&a, &b}, fields);
  CATCH_REQUIRE(pairs.count() == 8);
  const auto at_of = [](std::vector<int64_t> x) { return at::tensor(x); };
  //                              ahead, over the end, back, over the beginning, the same
  const auto items = pairs.taken(at_of({0, 6, 3, 5, 2}), at_of({2, 3, -2, -3, 0}));
  const auto shown = items.windows.select(1, 0).flatten(1).select(1, 0).to(at::kLong);
  const auto next = items.windows.select(1, kWindow - 1).flatten(1).select(1, 0).to(at::kLong);
  CATCH_CHECK(shown.equal(at_of({0, 12, 3, 11, 2})));
  CATCH_CHECK(next.equal(at_of({102, 113, 101, 110, 102})));
  const auto dx = items.acts.select(1, 0), close = items.acts.select(1, 1);
  CATCH_CHECK(dx.equal(at::tensor({2.F, -2.F, 1.F, -1.F, 0.F})));
  CATCH_CHECK(close.equal(at::tensor({1.F, 0.F, 0.F, 0.F, 1.F})));
  // Of frames from the whole episode the one to which the least leads, of places 0, 1, 2, 0.
  const auto far_items = pairs.taken_far(
      at_of({1, 7}), at::tensor({0.6F, 0.3F, 0.99F, 0.6F, 0.3F, 0.6F}).view({2, 3}));
  const auto last = far_items.windows.select(1, kWindow - 1).flatten(1).select(1, 0);
  CATCH_CHECK(last.to(at::kLong).equal(at_of({101, 111})));
  CATCH_CHECK(far_items.acts.select(1, 0).equal(at::tensor({0.F, 1.F})));
  // A view that turned further than one step can turn it is not asked for: then it is the next
  // frame.
  const std::vector<IdmField> narrow = {{"dx", {-1, 0, 1}, false}, {"close", {0, 1}, false}};
  const Pairs turning(Steps({&a}, &IdmEpisode::frames), Steps({&a}, &IdmEpisode::coded), {&a},
                      narrow);
  const auto far = turning.taken(at_of({0, 1}), at_of({2, 2}));
  CATCH_CHECK(far.windows.select(1, kWindow - 1)
                  .flatten(1)
                  .select(1, 0)
                  .to(at::kLong)
                  .equal(at_of({101, 103})));
  CATCH_CHECK(far.acts.select(1, 0).equal(at::tensor({1.F, -1.F})));
}

CATCH_TEST_CASE(
    "in a closed loop a grip is read from the plan's frames around, an increment is not",
    "[plan]") {
  const IdmConfig config{.height = 8,
                         .width = 8,
                         .channels = 8,
                         .hidden = 16,
                         .points = 2,
                         .fields = {{"dx", {-1, 0, 1}, false}, {"close", {0, 1}, false}},
                         .pairs = true};
  auto parameters = Parameters::fresh(3, at::kCPU);
  const Idm idm = make_idm(parameters, config);
  const auto here = at::randint(0, 256, {8, 8, 3}, at::kByte),
             plan = at::randint(0, 256, {4, 8, 8, 3}, at::kByte);
  const auto logits = forward(idm, pair_windows(here.expand_as(plan), plan));
  const auto grip = logits.narrow(1, 3, 2).softmax(1).select(1, 1);
  for (int64_t f = 0; f < 4; ++f) {
    double sum = 0, count = 0;
    for (int64_t g = std::max<int64_t>(f - 1, 0); g <= std::min<int64_t>(f + 1, 3); ++g) {
      const double share = g == f ? 2 : 1;
      sum += share * grip[g].item<double>(), count += share;
    }
    const ReadActions read = read_next(idm, here, plan, f);
    CATCH_REQUIRE(read.actions.size() == 1);
    CATCH_CHECK(read.actions[0][0] == logits[f].narrow(0, 0, 3).argmax().item<double>() - 1);
    CATCH_CHECK(read.actions[0][1] == (sum / count > 0.5 ? 1 : 0));
    const double sure = (logits[f].narrow(0, 0, 3).log_softmax(0).max().item<double>() +
                         std::log(std::max(sum / count, 1 - sum / count))) /
                        2;
    CATCH_CHECK(read.confidence[0] == Approx(sure).margin(1e-5));
  }
}

CATCH_TEST_CASE("a saved model reads the same actions, and a damaged one is refused", "[plan]") {
  const test::TempDir dir;
  const IdmConfig config{.height = 16,
                         .width = 32,
                         .channels = 8,
                         .hidden = 16,
                         .points = 4,
                         .fields = {{"turn", {-1, 0, 1}, false}, {"side", {0}, false}}};
  auto parameters = Parameters::fresh(1, at::kCPU);
  const Idm made = make_idm(parameters, config);
  save_idm(dir / "idm", config, parameters.list());
  const Idm read = load_idm(dir / "idm", at::kCPU);
  const auto frames = at::randint(0, 256, {9, 16, 32, 3}, at::kByte);
  const ReadActions a = read_actions(made, frames, 3), b = read_actions(read, frames, 3);
  CATCH_REQUIRE(a.actions.size() == 6);
  CATCH_CHECK(a.actions == b.actions);
  CATCH_CHECK(a.confidence == b.confidence);
  for (const auto& action : a.actions) CATCH_CHECK(action[1] == 0);
  CATCH_CHECK_THROWS_AS(read_actions(read, frames.narrow(1, 0, 8), 1), Error);
  for (const char* key : {"format", "fields", "channels"}) {
    auto doc = to_json(config);
    doc[key] = key == std::string("fields") ? ordered_json::array() : ordered_json(7);
    CATCH_CHECK_THROWS_AS(idm_config_from(doc, "x"), Error);
  }
}
