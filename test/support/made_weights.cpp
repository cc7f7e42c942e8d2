#include "test/support/made_weights.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <filesystem>

#include "libcore/model/autoencoder_kl.h"
#include "libcore/model/clip_text.h"
#include "libcore/model/unet3d.h"
#include "test/support/golden.h"

namespace svg::test {

namespace fs = std::filesystem;

at::Tensor made_weight(const std::string& name, at::IntArrayRef shape) {
  uint32_t seed = 2166136261u;  // FNV-1a
  for (const char c : name) seed = (seed ^ static_cast<uint8_t>(c)) * 16777619u;
  at::Tensor t = at::empty(shape, at::kFloat);
  double bound = 0.1, centre = 0;
  if (shape.size() > 1) {
    bound = std::sqrt(3.0 / static_cast<double>(t.numel() / shape[0]));
  } else if (name.ends_with(".weight")) {
    centre = 1;
  }
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return t.uniform_(-bound, bound, generator) + centre;
}

void write_narrow_modelscope(const std::string& folder) {
  const fs::path golden = golden_path("modelscope/narrow");
  fs::create_directories(folder);
  for (const char* part : {"model_index.json", "unet", "vae", "text_encoder", "scheduler"})
    fs::copy(golden / part, fs::path(folder) / part,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::copy(golden_path("clip_tokenizer/saved"), fs::path(folder) / "tokenizer",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const auto write = [&](const std::string& component, const std::string& file, auto make) {
    auto names = Parameters::on_meta(at::kFloat);
    make(names, read_json((golden / component / "config.json").string()));
    std::vector<std::pair<std::string, at::Tensor>> weights;
    for (const auto& [name, t] : names.list())
      weights.emplace_back(name, made_weight(name, t.sizes()));
    save_tensors(folder + "/" + component + "/" + file + ".safetensors", weights, at::kFloat,
                 {{"format", "pt"}});
  };
  write("unet", "diffusion_pytorch_model",
        [](Parameters& p, const json& doc) { make_unet3d(p, unet3d_config_from(doc, "unet")); });
  write("vae", "diffusion_pytorch_model", [](Parameters& p, const json& doc) {
    make_autoencoder_kl(p, autoencoder_kl_config(doc, "vae"));
  });
  write("text_encoder", "model", [](Parameters& p, const json& doc) {
    make_clip_text(p, clip_text_config(doc, "text_encoder"));
  });
}

}  // namespace svg::test
