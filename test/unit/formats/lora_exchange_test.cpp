#include "formats/lora/lora_exchange.h"

#include <filesystem>

#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_memory.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;
namespace fs = std::filesystem;

namespace {

const char* const kLayer = "mid_block.attentions.0.to_q";

// A model whose UNet has one linear layer [out, in] = [3, 4], and a convolution.
std::string small_model(const std::string& dir) {
  make_directories(dir + "/unet");
  test::put_bytes(dir + "/model_index.json",
                  R"({"_class_name":"P","unet":["diffusers","UNet3DConditionModel"]})");
  auto w = test::ramp(cat(kLayer, ".weight"), {3, 4}),
       conv = test::ramp("conv_in.weight", {3, 4, 1, 1});
  write_safetensors(dir + "/unet/diffusion_pytorch_model.safetensors", {w.view(), conv.view()}, {});
  return dir;
}

// A delta of ours with rank 2 and alpha 3.
void write_delta(const std::string& path, const std::string& module = kLayer, int64_t in = 4) {
  auto a = test::ramp("a", {2, in}, 1), b = test::ramp("b", {3, 2}, 2);
  write_lora_delta(
      path, {.rank = 2, .alpha = 3, .base = "xxh128:0", .targets = {"attention"}, .provenance = {}},
      {{module, a.view(), b.view(), 3}});
}

std::string numbers(const std::vector<LoraLayer>& layers) {
  std::string text;
  for (const LoraLayer& layer : layers)
    text += cat(layer.module, "|", layer.alpha, "|", test::text_of(layer.a.bytes),
                test::text_of(layer.b.bytes));
  return text;
}

void replace_in(const std::string& path, const std::string& from, const std::string& to) {
  std::string text = read_file(path);
  CATCH_REQUIRE(text.find(from) != std::string::npos);
  test::put_bytes(path, text.replace(text.find(from), from.size(), to));
}

}  // namespace

CATCH_TEST_CASE("What is exported comes back by import, scale included", "[formats]") {
  test::TempDir dir;
  write_delta(dir / "ours.safetensors");
  LoraDelta delta = LoraDelta::open(dir / "ours.safetensors");
  export_peft(delta, dir / "peft");
  export_diffusers(delta, dir / "diffusers");
  ModelDirectory model(small_model(dir / "model"));
  for (const char* folder : {"peft", "diffusers", "ours.safetensors"}) {
    CATCH_CAPTURE(folder);
    std::string to = dir / (std::string(folder) + ".memory");
    import_memory(open_lora(dir / folder), model, {"attention"}, {}, to);
    Memory memory = Memory::open(to);
    CATCH_CHECK(memory.verify().empty());
    CATCH_CHECK(memory.head() == 1);
    CATCH_CHECK(memory.info().lora.base == model.fingerprint("unet"));
    CATCH_CHECK(numbers(memory.delta(1).layers()) == numbers(delta.layers()));
  }
  CATCH_CHECK(failure_of([&] { export_peft(delta, dir / "peft"); }).kind ==
              ErrorKind::CannotCreate);
}

CATCH_TEST_CASE("What a memory cannot hold is refused by name", "[formats]") {
  test::TempDir dir;
  write_delta(dir / "ours.safetensors");
  LoraDelta delta = LoraDelta::open(dir / "ours.safetensors");
  auto refused = [&](const std::string& from, const std::string& to, const std::string& part) {
    fs::remove_all(dir / "peft");
    export_peft(delta, dir / "peft");
    replace_in(dir / "peft/adapter_config.json", from, to);
    auto failure = failure_of([&] { open_lora(dir / "peft"); });
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says(part));
  };
  refused("\"use_dora\": false", "\"use_dora\": true", "use_dora");
  refused("\"r\": 2", "\"r\": 4", "says rank 4");
  refused("\"bias\": \"none\"", "\"bias\": \"all\"", "biases");
  refused("\"use_dora\": false", "\"rank_pattern\": {\"to_q\": 8}", "rank_pattern");
  refused("\"r\": 2", "\"r\": 2,,", "adapter_config.json");
  // rsLoRA divides by the root of the rank.
  fs::remove_all(dir / "peft");
  export_peft(delta, dir / "peft");
  replace_in(dir / "peft/adapter_config.json", "\"use_rslora\": false", "\"use_rslora\": true");
  CATCH_CHECK(open_lora(dir / "peft").layers.front().alpha == Approx(3 * std::sqrt(2.0)));
  CATCH_CHECK(open_lora(dir / "peft/adapter_model.safetensors").layers.front().alpha ==
              Approx(3 * std::sqrt(2.0)));

  make_directories(dir / "empty");
  CATCH_CHECK(failure_of([&] { open_lora(dir / "empty"); }).kind == ErrorKind::NoInput);
  auto a = test::ramp("x.lora_A.weight", {2, 4}), b = test::ramp("x.lora_B.weight", {3, 2}),
       a1 = test::ramp("y.lora_A.weight", {1, 4}), b1 = test::ramp("y.lora_B.weight", {3, 1});
  write_safetensors(dir / "ranks.safetensors", {a.view(), b.view(), a1.view(), b1.view()}, {});
  ModelDirectory model(small_model(dir / "model"));
  CATCH_CHECK(failure_of([&] {
                import_memory(open_lora(dir / "ranks.safetensors"), model, {}, {}, dir / "m");
              }).says("y has rank 1"));
  b.values[0] = std::numeric_limits<float>::infinity();
  write_safetensors(dir / "inf.safetensors", {a.view(), b.view()}, {});
  CATCH_CHECK(failure_of([&] { open_lora(dir / "inf.safetensors"); }).kind == ErrorKind::Data);
}

// A foreign file of one linear layer, 3 x 4, rank 2, under `module`; the axes of a convolution of
// 1x1 where `convolution`.
void write_foreign(const std::string& path, const std::string& module, bool convolution) {
  std::vector<int64_t> in{2, 4}, out{3, 2};
  if (convolution) {
    for (auto* shape : {&in, &out}) shape->insert(shape->end(), {1, 1});
  }
  auto a = test::ramp(module + ".lora_down.weight", in, 1),
       b = test::ramp(module + ".lora_up.weight", out, 2),
       text = test::ramp("lora_te_text_model_q.lora_down.weight", {2, 4});
  write_safetensors(path, {a.view(), b.view(), text.view()}, {});
}

CATCH_TEST_CASE("A layer under LDM's name, stored as a convolution, is the same layer",
                "[formats]") {
  test::TempDir dir;
  ModelDirectory model(small_model(dir / "model"));
  test::put_bytes(dir / "model/unet/config.json", R"({"layers_per_block":1})");
  auto imported = [&](const std::string& module, bool convolution) {
    const std::string name = module + (convolution ? "c" : "l");
    write_foreign(dir / (name + ".safetensors"), module, convolution);
    import_memory(open_lora(dir / (name + ".safetensors")), model, {"attention"}, {},
                  dir / (name + ".memory"));
    return numbers(Memory::open(dir / (name + ".memory")).delta(1).layers());
  };
  const std::string plain = imported(std::string("unet.") + kLayer, false);
  CATCH_CHECK(imported("lora_unet_mid_block_attentions_0_to_q", true) == plain);
  CATCH_CHECK(imported("lora_unet_middle_block_1_to_q", false) == plain);
  CATCH_CHECK(imported("diffusion_model.middle_block.1.to_q", true) == plain);
  CATCH_CHECK(open_lora(dir / "lora_unet_middle_block_1_to_ql.safetensors").delta.left_out() == 1);

  auto a = test::ramp("unet.middle_block.1.to_q.lora_A.weight", {2, 4}),
       b = test::ramp("unet.middle_block.1.to_q.lora_B.weight", {3, 2}),
       a1 = test::ramp(cat("unet.", kLayer, ".lora_A.weight"), {2, 4}),
       b1 = test::ramp(cat("unet.", kLayer, ".lora_B.weight"), {3, 2});
  write_safetensors(dir / "both.safetensors", {a.view(), b.view(), a1.view(), b1.view()}, {});
  ForeignLora both = open_lora(dir / "both.safetensors");
  CATCH_CHECK(failure_of([&] { take_names_of(model, both); }).says("under two names"));
  write_safetensors(dir / "text.safetensors",
                    {test::ramp("lora_te_q.lora_down.weight", {2, 4}).view()}, {});
  CATCH_CHECK(failure_of([&] { open_lora(dir / "text.safetensors"); }).says("text encoder"));
}

CATCH_TEST_CASE("A delta of another model is not imported", "[formats]") {
  test::TempDir dir;
  ModelDirectory model(small_model(dir / "model"));
  auto refused = [&](const std::string& module, int64_t in, const std::string& part) {
    write_delta(dir / "d.safetensors", module, in);
    auto failure = failure_of([&] {
      import_memory(open_lora(dir / "d.safetensors"), model, {"attention"}, {}, dir / "m");
    });
    CATCH_CHECK(failure.kind == ErrorKind::Config);
    CATCH_CHECK(failure.says(part));
    CATCH_CHECK_FALSE(fs::exists(dir / "m"));
  };
  refused("down_blocks.0.to_q", 4, "does not have");
  refused(kLayer, 5, "other widths");
  refused("conv_in", 4, "other widths");
}

CATCH_TEST_CASE("A PEFT file under another name keeps the alpha of the configuration beside it",
                "[formats]") {
  test::TempDir dir;
  write_delta(dir / "ours.safetensors");
  export_peft(LoraDelta::open(dir / "ours.safetensors"), dir / "peft");
  make_directories(dir / "renamed");
  fs::copy(dir / "peft/adapter_config.json", dir / "renamed/adapter_config.json");
  fs::copy(dir / "peft/adapter_model.safetensors", dir / "renamed/style.safetensors");
  ForeignLora lora = open_lora(dir / "renamed/style.safetensors");
  CATCH_CHECK(lora.layers.front().alpha == 3);
  CATCH_CHECK(lora.configuration == dir / "renamed/adapter_config.json");
  // A file that says its alpha itself does not ask the configuration.
  auto a = test::ramp("x.lora_A.weight", {2, 4}), b = test::ramp("x.lora_B.weight", {3, 2}),
       alpha = test::ramp("x.alpha", {}, 5);
  write_safetensors(dir / "renamed/other.safetensors", {a.view(), b.view(), alpha.view()}, {});
  CATCH_CHECK(open_lora(dir / "renamed/other.safetensors").layers.front().alpha == 5);
  // One of another rank is not of this file: which alpha is meant cannot be known.
  auto a1 = test::ramp("x.lora_A.weight", {1, 4}), b1 = test::ramp("x.lora_B.weight", {3, 1});
  write_safetensors(dir / "renamed/rank1.safetensors", {a1.view(), b1.view()}, {});
  CATCH_CHECK(
      failure_of([&] { open_lora(dir / "renamed/rank1.safetensors"); }).says("says rank 2"));
}
