// The names and shapes of ModelScopeT2V, all of them, against those of diffusers and transformers (test/golden/modelscope.py).
#include <fstream>
#include <map>
#include <sstream>

#include <ATen/core/Tensor.h>

#include "libcore/model/autoencoder_kl.h"
#include "libcore/model/clip_text.h"
#include "libcore/model/unet3d.h"
#include "test/support/catch.h"
#include "test/support/golden.h"

using namespace svg;

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
