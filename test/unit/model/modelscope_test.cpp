// ModelScopeT2V against diffusers and transformers: the names and shapes of all its parameters
// (test/golden/modelscope.py), and its numbers at the full structure with narrow layers
// (test/golden/modelscope_narrow.py).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/diffusion/chunk_generator.h"
#include "libcore/model/pipeline.h"
#include "libcore/model/vae_tiling.h"
#include "test/support/catch.h"
#include "test/support/golden.h"
#include "test/support/made_weights.h"
#include "test/support/temp_dir.h"

using namespace svg;
using test::relative_error;

namespace {

using Shapes = std::map<std::string, std::string>;  // name -> "[out,in]"

Shapes expected(const std::string& component) {
  std::ifstream in(test::golden_path("modelscope/" + component + "/parameters.txt"));
  Shapes shapes;
  for (std::string name, shape; in >> name >> shape;) shapes[name] = shape;
  return shapes;
}

Shapes shapes_of(const Parameters& parameters) {
  Shapes shapes;
  for (const auto& [name, t] : parameters.list()) {
    std::ostringstream text;
    for (int64_t i = 0; i < t.dim(); ++i) text << (i == 0 ? "[" : ",") << t.size(i);
    shapes[name] = text.str() + "]";
  }
  return shapes;
}

json config(const std::string& component) {
  return test::read_json(test::golden_path("modelscope/" + component + "/config.json"));
}

std::string differences(const Shapes& ours, const Shapes& theirs) {
  std::string list;
  for (const auto& [name, shape] : theirs) {
    const auto it = ours.find(name);
    if (it == ours.end()) list += "not ours: " + name + "\n";
    else if (it->second != shape)
      list += name + ": ours " + it->second + ", theirs " + shape + "\n";
  }
  for (const auto& [name, shape] : ours) {
    if (!theirs.count(name)) list += "not theirs: " + name + "\n";
  }
  return list;
}

}  // namespace

CATCH_TEST_CASE("Every parameter of ModelScopeT2V has diffusers' name and shape", "[model]") {
  auto unet = Parameters::on_meta(at::kFloat);
  make_unet3d(unet, unet3d_config_from(config("unet"), "unet"));
  CATCH_CHECK(differences(shapes_of(unet), expected("unet")) == "");
  CATCH_CHECK(expected("unet").size() == unet.list().size());
  CATCH_CHECK(unet.count() == 1411233860);

  auto vae = Parameters::on_meta(at::kFloat);
  make_autoencoder_kl(vae, autoencoder_kl_config(config("vae"), "vae"));
  CATCH_CHECK(differences(shapes_of(vae), expected("vae")) == "");

  auto text = Parameters::on_meta(at::kFloat);
  make_clip_text(text, clip_text_config(config("text_encoder"), "text_encoder"));
  CATCH_CHECK(differences(shapes_of(text), expected("text_encoder")) == "");
}

namespace {

// The narrow model on disk, and what the references say of it.
struct Narrow {
  test::TempDir dir;
  std::string model = dir / "model";
  std::map<std::string, at::Tensor> expected =
      test::read_tensors(test::golden_path("modelscope/narrow/expected.safetensors"));
  Narrow() { test::write_narrow_modelscope(model); }
  const at::Tensor& operator[](const std::string& name) const { return expected.at(name); }
};

at::Tensor unet_output(const Pipeline& p, const Narrow& n, at::ScalarType dtype) {
  return forward(p.unet, n["unet.sample"].to(dtype), n["unet.timestep"], n["text.hidden"].to(dtype))
      .to(at::kFloat);
}

}  // namespace

CATCH_TEST_CASE("The structure of ModelScopeT2V gives the numbers of diffusers", "[model]") {
  const at::NoGradGuard no_grad;
  const Narrow n;
  const auto p = load_pipeline(n.model, at::kFloat, at::kCPU);

  CATCH_CHECK(relative_error(forward(p.text.clip, n["text.ids"]), n["text.hidden"]) < 1e-4);
  CATCH_CHECK(relative_error(unet_output(p, n, at::kFloat), n["unet.output"]) < 1e-4);

  const auto vae = load_vae(p.files, at::kFloat, at::kCPU);
  const auto q = encode(vae, n["vae.pixels"]);
  CATCH_CHECK(relative_error(q.mean, n["vae.mean"]) < 1e-4);
  CATCH_CHECK(relative_error(q.logvar, n["vae.logvar"]) < 1e-4);
  CATCH_CHECK(relative_error(decode(vae, n["vae.latents"]), n["vae.decoded"]) < 1e-4);
  constexpr int64_t kTile = 32;  // modelscope_narrow.py, TILE
  CATCH_CHECK(relative_error(decode_tiled(vae, n["vae.latents"], kTile), n["vae.tiled_decoded"]) <
              1e-4);
  const auto tiled = encode_tiled(vae, n["vae.decoded"].clamp(-1, 1), kTile);
  CATCH_CHECK(relative_error(tiled.mean, n["vae.tiled_mean"]) < 1e-4);
  CATCH_CHECK(relative_error(tiled.logvar, n["vae.tiled_logvar"]) < 1e-4);

  // TextToVideoSDPipeline from the same noise: modelscope_narrow.py, PROMPT, GUIDANCE, STEPS.
  const auto noise = n["pipeline.noise"].unsqueeze(0);
  const auto words = p.embed("walk forward, then turn left").unsqueeze(0);
  const auto made = generate_chunk(p.unet, p.schedule,
                                   {.sampler = SamplerKind::Ddim, .steps = 4, .guidance_scale = 9},
                                   noise.narrow(1, 0, 0), words, p.embed(""), noise);
  CATCH_CHECK(relative_error(made[0], n["pipeline.latents"]) < 1e-4);
}

CATCH_TEST_CASE("In bf16 the UNet is as close to its fp32 numbers as diffusers' is, in fp16 closer",
                "[model]") {
  const at::NoGradGuard no_grad;
  const Narrow n;
  const double theirs = relative_error(n["unet.output_bf16"], n["unet.output"]);
  const auto error = [&](at::ScalarType dtype) {
    return relative_error(unet_output(load_pipeline(n.model, dtype, at::kCPU), n, dtype),
                          n["unet.output"]);
  };
  const double bf16 = error(at::kBFloat16);
  CATCH_CHECK(bf16 < 1.5 * theirs);
  CATCH_CHECK(error(at::kHalf) < bf16 / 4);  // three bits more
}

namespace {

bool ends_with_any(const std::string& text, const std::vector<std::string>& endings) {
  for (const auto& e : endings) {
    if (text.ends_with("." + e)) return true;
  }
  return false;
}

// Writes a LoRA of made weights over the layers whose names end so. `form` gives the names of A and
// B of a layer.
template <class Form>
void write_lora(const std::string& path, const std::string& adapter, int64_t rank,
                const Pipeline& p, const std::vector<std::string>& layers,
                std::optional<double> alpha, Form form) {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (const auto& [name, w] : p.unet_parameters.list()) {
    if (!name.ends_with(".weight") || !ends_with_any(name.substr(0, name.size() - 7), layers))
      continue;
    const auto layer = name.substr(0, name.size() - 7);
    auto in = w.sizes().vec(), out = std::vector<int64_t>(in.size(), 1);
    in[0] = rank;
    out[0] = w.size(0);
    out[1] = rank;
    const auto [a, b, alpha_name] = form(layer);
    tensors.emplace_back(a, test::made_weight(adapter + "." + layer + ".lora_A.weight", in));
    tensors.emplace_back(b, test::made_weight(adapter + "." + layer + ".lora_B.weight", out));
    if (alpha) tensors.emplace_back(alpha_name, at::full({}, *alpha));
  }
  save_tensors(path, tensors, at::kFloat, {});
}

struct LoraNames {
  std::string a, b, alpha;
};

std::string with_underscores(std::string text) {
  std::replace(text.begin(), text.end(), '.', '_');
  return text;
}

LoraNames kohya(const std::string& layer) {
  const auto flat = "lora_unet_" + with_underscores(layer);
  return {flat + ".lora_down.weight", flat + ".lora_up.weight", flat + ".alpha"};
}

LoraNames old_diffusers(const std::string& layer) {
  return {"unet." + layer + ".lora.down.weight", "unet." + layer + ".lora.up.weight",
          "unet." + layer + ".alpha"};
}

LoraNames peft(const std::string& layer) {
  return {"base_model.model." + layer + ".lora_A.weight",
          "base_model.model." + layer + ".lora_B.weight", ""};
}

}  // namespace

CATCH_TEST_CASE("Several LoRAs of other programs change the UNet as PEFT does", "[model]") {
  const at::NoGradGuard no_grad;
  const Narrow n;
  const auto plain = load_pipeline(n.model, at::kFloat, at::kCPU);
  // modelscope_narrow.py, LORAS
  const std::vector<std::string> one = {"to_q", "to_out.0"},
                                 two = {"to_q", "conv_shortcut", "downsamplers.0.conv"};
  write_lora(n.dir / "kohya.safetensors", "one", 3, plain, one, 4.5, kohya);
  write_lora(n.dir / "diffusers.safetensors", "one", 3, plain, one, 4.5, old_diffusers);
  std::filesystem::create_directories(n.dir / "peft");
  write_lora(n.dir / "peft/adapter_model.safetensors", "two", 2, plain, two, {}, peft);
  std::ofstream(n.dir / "peft/adapter_config.json")
      << R"({"r": 2, "lora_alpha": 3.0, "use_rslora": true})";

  for (const char* first : {"kohya.safetensors", "diffusers.safetensors"}) {
    CATCH_INFO(first);
    const auto p =
        load_pipeline(n.model, at::kFloat, at::kCPU, {n.dir / first, n.dir / "peft:0.5"});
    CATCH_CHECK(relative_error(unet_output(p, n, at::kFloat), n["unet.lora_output"]) < 1e-4);
    CATCH_CHECK(p.unet_fingerprint.starts_with(plain.unet_fingerprint + "+lora:"));
  }
  CATCH_CHECK(relative_error(n["unet.output"], n["unet.lora_output"]) > 0.01);
}
