#include "formats/model/model_directory.h"

#include <filesystem>

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;
namespace fs = std::filesystem;

namespace {

void make_model(const std::string& path) {
  make_directories(path + "/unet");
  make_directories(path + "/scheduler");
  write_file_atomically(
      path + "/model_index.json",
      R"({"_class_name":"TextToVideoSDPipeline","unet":["diffusers","UNet3DConditionModel"],
    "vae":["diffusers","AutoencoderKL"],"scheduler":["diffusers","DDIMScheduler"],"safety_checker":[null,null]})");
  write_file_atomically(path + "/unet/config.json", R"({"layers_per_block":1})");
  write_file_atomically(path + "/scheduler/scheduler_config.json", R"({"beta_end":0.012})");
  auto a = test::ramp("a", {3}), b = test::ramp("b", {2, 2});
  write_safetensors(path + "/unet/diffusion_pytorch_model.safetensors", {a.view(), b.view()}, {});
}

}  // namespace

CATCH_TEST_CASE("A model directory says what it holds", "[formats]") {
  test::TempDir dir;
  make_model(dir / "m");
  ModelDirectory model(dir / "m");
  CATCH_CHECK(model.components().size() == 3);
  CATCH_CHECK(model.component("unet").class_name == "UNet3DConditionModel");
  CATCH_CHECK_FALSE(model.has("safety_checker"));
  CATCH_CHECK(model.config("unet")["layers_per_block"] == 1);
  CATCH_CHECK(model.config("scheduler")["beta_end"] == 0.012);
  CATCH_CHECK(model.weights("unet")->tensors().size() == 2);
  CATCH_CHECK(model.defaults().empty());
  write_file_atomically(dir / "m/svg.json", R"({"past":4})");
  CATCH_CHECK(ModelDirectory(dir / "m").defaults()["past"] == 4);
}

CATCH_TEST_CASE("Missing components and dead links are named", "[formats]") {
  test::TempDir dir;
  make_model(dir / "m");
  ModelDirectory model(dir / "m");
  auto failure = failure_of([&] { model.config("vae"); });
  CATCH_CHECK(failure.kind == ErrorKind::NoInput);
  CATCH_CHECK(failure.says("m/vae: missing"));
  fs::create_symlink("../base/vae", dir / "m/vae");
  CATCH_CHECK(failure_of([&] { model.weights("vae"); }).says("a link to ../base/vae"));
  make_directories(dir / "base/vae");
  write_file_atomically(dir / "base/vae/config.json", "{}");
  CATCH_CHECK_NOTHROW(model.config("vae"));
  CATCH_CHECK(failure_of([&] { model.weights("vae"); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { model.config("tokenizer"); }).kind == ErrorKind::Data);
  CATCH_CHECK(failure_of([&] { model.config("tokenizer"); }).says("names no component tokenizer"));
  CATCH_CHECK(failure_of([&] { ModelDirectory(dir / "none"); }).kind == ErrorKind::NoInput);
  CATCH_CHECK(failure_of([&] { ModelDirectory(dir / "m/unet"); }).says("not a model directory"));
  write_file_atomically(dir / "m/model_index.json", R"({"unet":["diffusers"]})");
  CATCH_CHECK(failure_of([&] { ModelDirectory(dir / "m"); }).kind == ErrorKind::Data);
}

CATCH_TEST_CASE("The weights of a directory are opened and read for their fingerprint once",
                "[formats]") {
  test::TempDir dir;
  make_model(dir / "m");
  ModelDirectory model(dir / "m");
  const auto opened = model.weights("unet");
  const std::string print = fingerprint(*opened);
  const std::string file = dir / "m/unet/diffusion_pytorch_model.safetensors";
  fs::remove(file);  // what is open stays readable; a second opening would fail
  CATCH_CHECK(model.weights("unet") == opened);
  CATCH_CHECK(ModelDirectory(model).weights("unet") == opened);
  CATCH_CHECK(model.fingerprint("unet") == print);
  CATCH_CHECK(model.fingerprint("unet").data() == model.fingerprint("unet").data());
  CATCH_CHECK(failure_of([&] { ModelDirectory(dir / "m").fingerprint("unet"); }).kind ==
              ErrorKind::NoInput);
  // What could not be opened is tried again.
  CATCH_CHECK(failure_of([&] { model.weights("vae"); }).kind == ErrorKind::NoInput);
  make_directories(dir / "m/vae");
  auto a = test::ramp("a", {3});
  write_safetensors(dir / "m/vae/diffusion_pytorch_model.safetensors", {a.view()}, {});
  CATCH_CHECK(model.weights("vae")->tensors().size() == 1);
}

CATCH_TEST_CASE("A fingerprint does not depend on shards, but on every name, shape and number",
                "[formats]") {
  auto a = test::ramp("a", {3}), b = test::ramp("b", {2, 2}), flat = test::ramp("b", {4}),
       c = test::ramp("c", {2, 2});
  auto print_of = [](const std::vector<TensorView>& first, const std::vector<TensorView>& second) {
    test::TempDir dir;
    if (second.empty()) {
      write_safetensors(dir / "m.safetensors", first, {});
    } else {
      write_safetensors(dir / "1.safetensors", first, {});
      write_safetensors(dir / "2.safetensors", second, {});
      json map;
      for (const auto& t : first) map[t.name] = "1.safetensors";
      for (const auto& t : second) map[t.name] = "2.safetensors";
      write_file_atomically(dir / "m.safetensors.index.json", json{{"weight_map", map}}.dump());
    }
    return fingerprint(WeightFiles(dir.path(), "m"));
  };
  std::string whole = print_of({a.view(), b.view()}, {});
  CATCH_CHECK(whole.starts_with("xxh128:"));
  CATCH_CHECK(print_of({b.view(), a.view()}, {}) == whole);
  CATCH_CHECK(print_of({b.view()}, {a.view()}) == whole);
  CATCH_CHECK(print_of({a.view(), flat.view()}, {}) != whole);
  CATCH_CHECK(print_of({a.view(), c.view()}, {}) != whole);
  b.values[3] += 1;
  CATCH_CHECK(print_of({a.view(), b.view()}, {}) != whole);
}
