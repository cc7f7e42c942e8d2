#include "libcore/eval/revisit/episode.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/eval/revisit/column_bank.h"
#include "test/support/catch.h"

using namespace svg;
using namespace svg::eval;

CATCH_TEST_CASE(
    "A revisit episode asks about faces that the given part showed and the context does not") {
  const auto config = world::make_config({.profile = "tiny"});
  const auto setup = revisit_setup("turn-around");
  const auto e = make_revisit_episode(config, setup, "test", 0, 3);
  const int first = static_cast<int>(setup.given) * config.frames;
  CATCH_REQUIRE(e.frames.size(0) == setup.chunks * config.frames);
  CATCH_REQUIRE(!e.world->memory.empty());
  const auto counts =
      world::count_faces(e.world->episode.scene, world::render_episode(e.world->episode).face);
  for (const auto& q : e.world->memory) {
    CATCH_CHECK(q.frame >= first);
    CATCH_CHECK(q.first < first);
    CATCH_CHECK(counts.of(q.first)[q.face] > 0);
    const int chunk_start = q.frame / config.frames * config.frames;
    for (int t = chunk_start - config.frames; t < chunk_start; ++t)
      CATCH_CHECK(counts.of(t)[q.face] <= 1);
  }
  CATCH_CHECK(e.world->episode.split == "test");
  const auto again = make_revisit_episode(config, setup, "test", 0, 3);
  CATCH_CHECK(at::equal(e.frames, again.frames));
  const auto remade = remake_revisit_episode(config, setup, e.world->episode.seeds, e.id);
  CATCH_CHECK(at::equal(e.frames, remade.frames));
  CATCH_CHECK(e.visits.size() == remade.visits.size());
  CATCH_CHECK(!at::equal(e.frames, make_revisit_episode(config, setup, "test", 0, 4).frames));
}

CATCH_TEST_CASE("The columns of a world's pictures are known, those of a smeared one are not") {
  const auto config = world::make_config({.profile = "tiny"});
  const auto bank = column_bank(config);
  const auto e = make_revisit_episode(config, revisit_setup("spin"), "test", 0, 1);
  CATCH_CHECK(share(known_columns(bank, e.frames)) > 0.95);
  const auto other = make_revisit_episode(config, revisit_setup("spin"), "test", 0, 2);
  const auto mixed = e.frames.to(at::kFloat).add(other.frames.to(at::kFloat)).div(2).to(at::kByte);
  CATCH_CHECK(share(known_columns(bank, mixed)) < 0.5);
  // Each column stands where its picture has it.
  const auto half = at::cat({e.frames.slice(2, 0, 8), mixed.slice(2, 8)}, 2);
  const auto known = known_columns(bank, half);
  CATCH_CHECK(known.sizes() == at::IntArrayRef({half.size(0), half.size(2)}));
  CATCH_CHECK(share(known.slice(1, 0, 8)) > 0.95);
  CATCH_CHECK(share(known.slice(1, 8)) < 0.5);
}

CATCH_TEST_CASE("The wrong action of a turn is the turn the other way") {
  const auto config = world::make_config({.profile = "tiny"});
  const auto setup = revisit_setup("spin");
  const auto e = make_revisit_episode(config, setup, "val", 0, 0);
  const auto wrong = wrong_action_frames(e, setup.given);
  CATCH_REQUIRE(wrong.defined());
  // A turn back by as many frames shows what was there before: the frame two before the last given
  // one, after one step back.
  const int64_t last = setup.given * config.frames - 1;
  CATCH_CHECK(at::equal(wrong[0], e.frames[last - 1]));
  CATCH_CHECK(at::equal(wrong[2], e.frames[last - 3]));
}

CATCH_TEST_CASE("Scripts that do not always come back are searched for walks that do") {
  for (const char* script : {"reverse", "mirror", "shifted"}) {
    const auto config = world::make_config({.profile = "tiny"});
    const auto setup = revisit_setup(script);
    for (int64_t i = 0; i < 3; ++i) {
      const auto e = make_revisit_episode(config, setup, "val", 0, i);
      CATCH_CHECK(!e.world->memory.empty());
      CATCH_CHECK(e.frames.size(0) == setup.chunks * config.frames);
      for (const auto& q : e.world->memory) CATCH_CHECK(q.first < setup.turn * config.frames);
    }
  }
  const auto rooms = revisit_setup("aba");
  CATCH_CHECK_THROWS_AS(
      make_revisit_episode(world::make_config({.profile = "tiny"}), rooms, "val", 0, 0), Error);
}

CATCH_TEST_CASE("What is a model's own begins after the first chunk") {
  CATCH_CHECK(revisit_setup("spin").given == revisit_setup("spin").turn);
  CATCH_CHECK(revisit_setup("spin", 0, true).given == 1);
  CATCH_CHECK(revisit_setup("mirror", 30).turn == 15);
  CATCH_CHECK_THROWS_AS(revisit_setup("mirror", 3), Error);
}

CATCH_TEST_CASE("A script without a setup is refused, and so are fewer chunks than are given") {
  CATCH_CHECK_THROWS_AS(revisit_setup("walk"), Error);
  CATCH_CHECK_THROWS_AS(revisit_setup("spin", 9), Error);
  CATCH_CHECK(revisit_setup("spin", 10).chunks == 10);
}
