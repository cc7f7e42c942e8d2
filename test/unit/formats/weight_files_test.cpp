#include "formats/safetensors.h"
#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;

namespace {
const std::string kIndex =
    R"({"metadata":{"total_size":0},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}})";
}

CATCH_TEST_CASE("One file, its fp16 variant, and shards are found", "[formats]") {
  auto a = test::ramp("a", {2}), b = test::ramp("b", {2});
  test::TempDir one, half, shards;
  write_safetensors(one / "m.safetensors", {a.view(), b.view()}, {{"format", "pt"}});
  CATCH_CHECK(WeightFiles(one.path(), "m").tensors().size() == 2);
  CATCH_CHECK(WeightFiles(one.path(), "m").metadata().at("format") == "pt");
  write_safetensors(half / "m.fp16.safetensors", {a.view()}, {});
  CATCH_CHECK(WeightFiles(half.path(), "m").tensors().size() == 1);
  write_safetensors(shards / "m-1.safetensors", {a.view()}, {});
  write_safetensors(shards / "m-2.safetensors", {b.view()}, {});
  write_file_atomically(shards / "m.safetensors.index.json", kIndex);
  WeightFiles files(shards.path(), "m");
  CATCH_CHECK(test::text_of(files.tensors().at("b").bytes) == test::text_of(b.view().bytes));
}

CATCH_TEST_CASE("Shards that do not match their index are refused by name", "[formats]") {
  auto a = test::ramp("a", {2}), b = test::ramp("b", {2}), c = test::ramp("c", {2});
  test::TempDir dir;
  write_file_atomically(dir / "m.safetensors.index.json", kIndex);
  write_safetensors(dir / "m-1.safetensors", {a.view()}, {});
  auto failure = failure_of([&] { WeightFiles(dir.path(), "m"); });
  CATCH_CHECK(failure.kind == ErrorKind::NoInput);
  CATCH_CHECK(failure.says("m-2.safetensors"));
  write_safetensors(dir / "m-2.safetensors", {c.view()}, {});
  CATCH_CHECK(
      failure_of([&] { WeightFiles(dir.path(), "m"); }).says("tensor c is not in the index"));
  write_safetensors(dir / "m-2.safetensors", {}, {});
  CATCH_CHECK(failure_of([&] { WeightFiles(dir.path(), "m"); }).says("tensor b is missing"));
  write_safetensors(dir / "m-2.safetensors", {a.view(), b.view()}, {});
  CATCH_CHECK(failure_of([&] { WeightFiles(dir.path(), "m"); }).says("stands in another shard"));
  write_file_atomically(dir / "m.safetensors.index.json",
                        R"({"weight_map":{"a":"../m-1.safetensors"}})");
  CATCH_CHECK(failure_of([&] { WeightFiles(dir.path(), "m"); }).says("not the name of a file"));
}

CATCH_TEST_CASE(
    "A directory without safetensors says what is missing, and how to convert .bin files",
    "[formats]") {
  test::TempDir dir;
  auto failure = failure_of([&] { WeightFiles(dir.path(), "m"); });
  CATCH_CHECK(failure.kind == ErrorKind::NoInput);
  CATCH_CHECK(failure.says("m.safetensors"));
  write_file_atomically(dir / "pytorch_model.bin", "x");
  CATCH_CHECK(failure_of([&] { WeightFiles(dir.path(), "m"); }).says("safe_serialization=True"));
}
