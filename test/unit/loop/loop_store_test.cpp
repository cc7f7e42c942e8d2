// The store of the loop on disk: who may begin one, what is refused.
#include "formats/store/loop_store.h"

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/temp_dir.h"

namespace svg::formats {
namespace {

StoreInfo info() {
  return {.base = "xxh128:aa",
          .vae = "xxh128:bb",
          .kind = StoreKind::Replay,
          .rank = 2,
          .alpha = 2,
          .past = 4,
          .fast = {{"steps", 4}, {"lr", 0.1}},
          .seed = 3,
          .episodes = 3,
          .provenance = {{"tool", "t"}}};
}

}  // namespace

CATCH_TEST_CASE("Parts of a store agree on its settings", "[store]") {
  const test::TempDir folder;
  const auto path = folder.path() + "/store";
  LoopStore::begin(path, info());
  LoopStore::begin(path, info());
  auto other = info();
  other.fast["lr"] = 0.2;
  const auto failure = test::failure_of([&] { LoopStore::begin(path, other); });
  CATCH_CHECK(failure.kind == ErrorKind::Config);
  CATCH_CHECK(failure.message.find("fast.lr = 0.1, now 0.2") != std::string::npos);
}

CATCH_TEST_CASE("A folder of something else is left alone", "[store]") {
  const test::TempDir folder;
  write_file_atomically(folder.path() + "/letter.txt", "dear");
  const auto failure = test::failure_of([&] { LoopStore::begin(folder.path(), info()); });
  CATCH_CHECK(failure.kind == ErrorKind::CannotCreate);
  CATCH_CHECK(failure.message.find("letter.txt") != std::string::npos);
}

CATCH_TEST_CASE("A store is read when all of its parts are there", "[store]") {
  const test::TempDir folder;
  const auto path = folder.path() + "/store";
  const auto store = LoopStore::begin(path, info());
  const auto problem = [&] { return test::failure_of([&] { LoopStore::open(path); }); };
  CATCH_CHECK(problem().message.find("no part of the store is finished") != std::string::npos);
  const std::string hash(64, '0');
  store.finish({0, 2}, {{0, "a", 3, hash, ""}, {2, "c", 2, hash, ""}});
  CATCH_CHECK(problem().message.find("shard 2/2 is not finished") != std::string::npos);
  store.finish({1, 2}, {{2, "c", 2, hash, ""}});
  CATCH_CHECK(problem().message.find("number 1 not once") != std::string::npos);
  store.finish({1, 2}, {{1, "b", 4, hash, ""}});
  const auto whole = LoopStore::open(path);
  CATCH_CHECK(whole.pairs() == 6);
  CATCH_CHECK(whole.episodes()[1].episode == "b");
  CATCH_CHECK(whole.info().fast == info().fast);
  store.finish({0, 1}, {});
  CATCH_CHECK(problem().kind == ErrorKind::Config);
}

}  // namespace svg::formats
