#include "libcore/plan/idm_items.h"

#include <ATen/ATen.h>

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
  const Steps recorded({&a, &b}, &IdmEpisode::frames, fields);
  const Steps coded({&a, &b}, &IdmEpisode::coded, fields);
  const Pairs pairs(recorded, coded, {&a, &b}, fields);
  CATCH_REQUIRE(pairs.count() == 8);
  const auto at_of = [](std::vector<int64_t> x) { return at::tensor(x); };
  //                              ahead, over the end, back, over the beginning, the same
  const auto items = pairs.taken(at_of({0, 6, 3, 5, 2}), at_of({2, 3, -2, -3, 0}));
  const auto shown = items.windows.select(1, 0).flatten(1).select(1, 0).to(at::kLong);
  const auto next = items.windows.select(1, kWindow - 1).flatten(1).select(1, 0).to(at::kLong);
  CATCH_CHECK(shown.equal(at_of({0, 12, 3, 11, 2})));
  CATCH_CHECK(next.equal(at_of({102, 113, 101, 110, 102})));
  const auto dx = items.classes.select(1, 0) - 3, close = items.classes.select(1, 1);
  CATCH_CHECK(dx.equal(at_of({2, -2, 1, -1, 0})));
  CATCH_CHECK(close.equal(at_of({1, 0, 0, 0, 1})));
  // A view that turned further than one step can turn it is not asked for: then it is the next
  // frame.
  const std::vector<IdmField> narrow = {{"dx", {-1, 0, 1}, false}, {"close", {0, 1}, false}};
  const Pairs turning(Steps({&a}, &IdmEpisode::frames, narrow),
                      Steps({&a}, &IdmEpisode::coded, narrow), {&a}, narrow);
  const auto far = turning.taken(at_of({0, 1}), at_of({2, 2}));
  CATCH_CHECK(far.windows.select(1, kWindow - 1)
                  .flatten(1)
                  .select(1, 0)
                  .to(at::kLong)
                  .equal(at_of({101, 103})));
  CATCH_CHECK((far.classes.select(1, 0) - 1).equal(at_of({1, -1})));
}

CATCH_TEST_CASE("a saved model reads the same actions, and a damaged one is refused", "[plan]") {
  const test::TempDir dir;
  const IdmConfig config{.height = 16,
                         .width = 32,
                         .channels = 8,
                         .hidden = 16,
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
