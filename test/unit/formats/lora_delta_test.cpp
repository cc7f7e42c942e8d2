#include "formats/lora/lora_delta.h"

#include <limits>

#include "libcore/base/atomic_file.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

using namespace svg;
using namespace svg::formats;
using test::failure_of;

namespace {
const std::string kPath = "down_blocks.0.attentions.1.transformer_blocks.0.attn1";
}

CATCH_TEST_CASE("The key forms of PEFT, diffusers and kohya name the same modules", "[formats]") {
  struct Case {
    std::string name, module;
    LoraKey::Part part;
  };
  using Part = LoraKey::Part;
  const std::vector<Case> cases{
      {"base_model.model." + kPath + ".to_q.lora_A.weight", kPath + ".to_q", Part::A},
      {"base_model.model." + kPath + ".to_q.lora_B.default.weight", kPath + ".to_q", Part::B},
      {"unet." + kPath + ".to_out.0.lora_B.weight", kPath + ".to_out.0", Part::B},
      {"unet." + kPath + ".to_k.lora.down.weight", kPath + ".to_k", Part::A},
      {kPath + ".processor.to_v_lora.up.weight", kPath + ".to_v", Part::B},
      {"unet." + kPath + ".processor.to_out_lora.down.weight", kPath + ".to_out.0", Part::A},
      {"unet." + kPath + ".to_q.alpha", kPath + ".to_q", Part::Alpha},
      {"lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_q.lora_down.weight",
       kPath + ".to_q", Part::A},
      {"lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_out_0.alpha",
       kPath + ".to_out.0", Part::Alpha},
      {"lora_unet_up_blocks_2_resnets_0_time_emb_proj.lora_up.weight",
       "up_blocks.2.resnets.0.time_emb_proj", Part::B},
      {"lora_unet_mid_block_temp_attentions_0_transformer_blocks_0_ff_net_0_proj.lora_up.weight",
       "mid_block.temp_attentions.0.transformer_blocks.0.ff.net.0.proj", Part::B},
      {"lora_unet_down_blocks_1_downsamplers_0_conv.lora_down.weight",
       "down_blocks.1.downsamplers.0.conv", Part::A},
      {"lora_unet_output_blocks_3_1_transformer_blocks_0_attn2_to_out_0.lora_up.weight",
       "output_blocks.3.1.transformer_blocks.0.attn2.to_out.0", Part::B},
      {"diffusion_model.input_blocks.1.0.in_layers.2.lora_down.weight",
       "input_blocks.1.0.in_layers.2", Part::A},
      {"diffusion_model." + kPath + ".to_q.lora_A.weight", kPath + ".to_q", Part::A}};
  for (const Case& c : cases) {
    CATCH_CAPTURE(c.name);
    auto key = parse_lora_key(c.name);
    CATCH_REQUIRE(key);
    CATCH_CHECK(key->module == c.module);
    CATCH_CHECK(key->part == c.part);
  }
  for (const char* name :
       {"text_encoder.text_model.q_proj.lora_A.weight", "lora_te_text_model_q.lora_down.weight",
        "conv_in.weight", "lora_unet_down_blocks_0_sideways_1.lora_down.weight",
        "lora_unet_.lora_up.weight", "lora_te2_text_model_q.alpha",
        "text_encoders.clip_l.q.lora_A.weight"}) {
    CATCH_CAPTURE(name);
    CATCH_CHECK_FALSE(parse_lora_key(name));
  }
}

CATCH_TEST_CASE("A delta of ours comes back with what it says of itself", "[formats]") {
  test::TempDir dir;
  auto a = test::ramp("a", {2, 5}), b = test::ramp("b", {3, 2}, 1);
  LoraInfo info{.rank = 2,
                .alpha = 2,
                .base = "xxh128:00ff",
                .targets = {"to_q", "to_v"},
                .provenance = {{"tool", "t"}}};
  write_lora_delta(dir / "d", info,
                   {{"m.to_v", a.view(), b.view(), 2}, {"m.to_q", a.view(), b.view(), 2}});
  LoraDelta delta = LoraDelta::open(dir / "d");
  CATCH_CHECK(delta.ours());
  CATCH_CHECK(delta.info().base == info.base);
  CATCH_CHECK(delta.info().targets == info.targets);
  CATCH_CHECK(delta.info().provenance == info.provenance);
  CATCH_REQUIRE(delta.layers().size() == 2);
  CATCH_CHECK(delta.layers()[0].module == "m.to_q");
  CATCH_CHECK(delta.layers()[0].alpha == 2);
  CATCH_CHECK(test::text_of(delta.layers()[1].b.bytes) == test::text_of(b.view().bytes));
  CATCH_CHECK(SafetensorsFile(dir / "d").view().find("base_model.model.m.to_q.lora_A.weight") !=
              nullptr);
  write_lora_delta(dir / "e", info,
                   {{"m.to_q", a.view(), b.view(), 2}, {"m.to_v", a.view(), b.view(), 2}});
  CATCH_CHECK(read_file(dir / "d") == read_file(dir / "e"));
}

CATCH_TEST_CASE("A foreign delta has alpha from its tensors, or alpha = rank", "[formats]") {
  test::TempDir dir;
  std::string flat = "lora_unet_mid_block_attentions_0_proj_in";
  auto down = test::ramp(flat + ".lora_down.weight", {4, 6}),
       up = test::ramp(flat + ".lora_up.weight", {6, 4});
  auto alpha = test::ramp(flat + ".alpha", {}, 0.5);
  const uint16_t half = 0x3E00;  // 1.5 as binary16
  TensorView half_alpha{flat + ".alpha", DType::F16, {}, std::as_bytes(std::span(&half, 1))};
  auto alpha_of = [&](const std::vector<TensorView>& tensors) {
    write_safetensors(dir / "k", tensors, {});
    LoraDelta delta = LoraDelta::open(dir / "k");
    CATCH_CHECK_FALSE(delta.ours());
    CATCH_CHECK(delta.layers().at(0).module == "mid_block.attentions.0.proj_in");
    return delta.layers().at(0).alpha;
  };
  CATCH_CHECK(alpha_of({down.view(), up.view()}) == 4);
  CATCH_CHECK(alpha_of({down.view(), up.view(), alpha.view()}) == 0.5);
  CATCH_CHECK(alpha_of({down.view(), up.view(), half_alpha}) == 1.5);
  const double wide = 2.5;
  const int64_t whole = 8;
  const uint8_t byte = 16;
  CATCH_CHECK(alpha_of({down.view(),
                        up.view(),
                        {flat + ".alpha", DType::F64, {}, std::as_bytes(std::span(&wide, 1))}}) ==
              2.5);
  CATCH_CHECK(alpha_of({down.view(),
                        up.view(),
                        {flat + ".alpha", DType::I64, {1}, std::as_bytes(std::span(&whole, 1))}}) ==
              8);
  CATCH_CHECK(
      alpha_of({down.view(),
                up.view(),
                {flat + ".alpha", DType::U8, {1, 1}, std::as_bytes(std::span(&byte, 1))}}) == 16);
}

CATCH_TEST_CASE("Alpha in the metadata of a foreign delta counts where no tensor says it",
                "[formats]") {
  test::TempDir dir;
  auto a = test::ramp("m.lora_A.weight", {2, 5}), b = test::ramp("m.lora_B.weight", {3, 2}),
       alpha = test::ramp("m.alpha", {}, 5);
  auto alpha_of = [&](const Metadata& metadata, bool tensor = false) {
    std::vector<TensorView> tensors{a.view(), b.view()};
    if (tensor) tensors.push_back(alpha.view());
    write_safetensors(dir / "x", tensors, metadata);
    return LoraDelta::open(dir / "x").layers().at(0).alpha;
  };
  CATCH_CHECK(alpha_of({{"lora_alpha", "8"}, {"r", "2"}}) == 8);
  CATCH_CHECK(alpha_of({{"lora_alpha", "0.5"}}) == 0.5);
  CATCH_CHECK(alpha_of({{"ss_network_alpha", "1.0"}, {"ss_network_dim", "2"}}) == 1);
  CATCH_CHECK(alpha_of({{"ss_network_alpha", "None"}}) == 2);
  CATCH_CHECK(alpha_of({{"lora_alpha", "8"}}, true) == 5);
  CATCH_CHECK(failure_of([&] { alpha_of({{"lora_alpha", "8"}, {"r", "4"}}); }).says("says rank 4"));
  for (const char* text : {"eight", "1e999", "", "[8]"})
    CATCH_CHECK(failure_of([&] { alpha_of({{"lora_alpha", text}}); }).kind == ErrorKind::Data);
}

CATCH_TEST_CASE("Deltas that do not fit together are refused by name", "[formats]") {
  test::TempDir dir;
  auto refused = [&](const std::vector<TensorView>& tensors, const Metadata& metadata = {}) {
    write_safetensors(dir / "x", tensors, metadata);
    auto failure = failure_of([&] { LoraDelta::open(dir / "x"); });
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    return failure;
  };
  auto a = test::ramp("base_model.model.m.lora_A.weight", {2, 5}),
       b = test::ramp("base_model.model.m.lora_B.weight", {3, 2});
  auto wide = test::ramp("base_model.model.m.lora_B.weight", {3, 4}),
       weight = test::ramp("m.weight", {3});
  auto again = test::ramp("unet.m.lora_A.weight", {2, 5});
  CATCH_CHECK(refused({a.view()}).says("module m has no B"));
  CATCH_CHECK(refused({b.view()}).says("module m has no A"));
  CATCH_CHECK(refused({a.view(), wide.view()}).says("with one r"));
  CATCH_CHECK(refused({a.view(), b.view(), weight.view()}).says("m.weight: not a LoRA key"));
  CATCH_CHECK(refused({a.view(), again.view(), b.view()}).says("a second one for module m"));
  CATCH_CHECK(refused({a.view(), b.view()}, {{"svg.format", "svg-lora/2"}}).says("svg-lora/2"));
  CATCH_CHECK(refused({a.view(), b.view()}, {{"svg.rank", "2"}}).says("svg.format is missing"));
  a.values[7] = std::numeric_limits<float>::infinity();
  write_safetensors(dir / "x", {a.view(), b.view()}, {});
  CATCH_CHECK(failure_of([&] {
                LoraDelta::open(dir / "x").check_finite();
              }).says("m.lora_A.weight holds a NaN or an infinity at [1,2]"));
}
