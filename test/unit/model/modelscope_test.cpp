// ModelScopeT2V against diffusers and transformers: the names and shapes of all its parameters (test/golden/modelscope.py), and its numbers at the
// full structure with narrow layers (test/golden/modelscope_narrow.py).
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

json config(const std::string& component) { return test::read_json(test::golden_path("modelscope/" + component + "/config.json")); }

std::string differences(const Shapes& ours, const Shapes& theirs) {
  std::string list;
  for (const auto& [name, shape] : theirs) {
    const auto it = ours.find(name);
    if (it == ours.end()) list += "not ours: " + name + "\n";
    else if (it->second != shape) list += name + ": ours " + it->second + ", theirs " + shape + "\n";
  }
  for (const auto& [name, shape] : ours) {
    if (!theirs.count(name)) list += "not theirs: " + name + "\n";
  }
  return list;
}

}  // namespace

CATCH_TEST_CASE("Every parameter of ModelScopeT2V has diffusers' name and shape", "[model]") {
  auto unet = Parameters::without_numbers(at::kFloat);
  make_unet3d(unet, unet3d_config_from(config("unet"), "unet"));
  CATCH_CHECK(differences(shapes_of(unet), expected("unet")) == "");
  CATCH_CHECK(expected("unet").size() == unet.list().size());
  CATCH_CHECK(unet.count() == 1411233860);

  auto vae = Parameters::without_numbers(at::kFloat);
  make_autoencoder_kl(vae, autoencoder_kl_config(config("vae"), "vae"));
  CATCH_CHECK(differences(shapes_of(vae), expected("vae")) == "");

  auto text = Parameters::without_numbers(at::kFloat);
  make_clip_text(text, clip_text_config(config("text_encoder"), "text_encoder"));
  CATCH_CHECK(differences(shapes_of(text), expected("text_encoder")) == "");
}

namespace {

// The narrow model on disk, and what the references say of it.
struct Narrow {
  test::TempDir dir;
  std::string model = dir / "model";
  std::map<std::string, at::Tensor> expected = test::read_tensors(test::golden_path("modelscope/narrow/expected.safetensors"));
  Narrow() { test::write_narrow_modelscope(model); }
  const at::Tensor& operator[](const std::string& name) const { return expected.at(name); }
};

at::Tensor unet_output(const Pipeline& p, const Narrow& n, at::ScalarType dtype) {
  return forward(p.unet, n["unet.sample"].to(dtype), n["unet.timestep"], n["text.hidden"].to(dtype)).to(at::kFloat);
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
  CATCH_CHECK(relative_error(decode_tiled(vae, n["vae.latents"], kTile), n["vae.tiled_decoded"]) < 1e-4);
  const auto tiled = encode_tiled(vae, n["vae.decoded"].clamp(-1, 1), kTile);
  CATCH_CHECK(relative_error(tiled.mean, n["vae.tiled_mean"]) < 1e-4);
  CATCH_CHECK(relative_error(tiled.logvar, n["vae.tiled_logvar"]) < 1e-4);

  // TextToVideoSDPipeline from the same noise: modelscope_narrow.py, PROMPT, GUIDANCE, STEPS.
  const auto noise = n["pipeline.noise"].unsqueeze(0);
  const auto words = p.embed("walk forward, then turn left").unsqueeze(0);
  const auto made = generate_chunk(p.unet, p.schedule, {.sampler = "ddim", .steps = 4, .guidance_scale = 9}, noise.narrow(1, 0, 0), words,
                                   p.embed(""), noise);
  CATCH_CHECK(relative_error(made[0], n["pipeline.latents"]) < 1e-4);
}

CATCH_TEST_CASE("In bf16 the UNet is as close to its fp32 numbers as diffusers' is", "[model]") {
  const at::NoGradGuard no_grad;
  const Narrow n;
  const auto output = unet_output(load_pipeline(n.model, at::kBFloat16, at::kCPU), n, at::kBFloat16);
  const double theirs = relative_error(n["unet.output_bf16"], n["unet.output"]);
  CATCH_CHECK(relative_error(output, n["unet.output"]) < 1.5 * theirs);
}
