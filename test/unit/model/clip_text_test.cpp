// CLIPTextModel against transformers' (test/golden/clip_text.py).
#include "libcore/model/clip_text.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "test/support/catch.h"
#include "test/support/golden.h"

using namespace svg;
using test::relative_error;

namespace {

struct Case {
  ClipText clip;
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  std::map<std::string, at::Tensor> expected;
};

Case load(const std::string& name) {
  const auto dir = test::golden_path("clip_text/" + name);
  const auto files = std::make_shared<formats::WeightFiles>(dir, "model");
  auto p = Parameters::from_files(files, at::kFloat, at::kCPU, dir);
  Case c;
  c.clip = make_clip_text(p, clip_text_config(test::read_json(dir + "/config.json"), dir));
  p.finish();
  c.parameters = p.list();
  c.expected = test::read_tensors(dir + "/expected.safetensors");
  return c;
}

}  // namespace

CATCH_TEST_CASE("CLIPTextModel gives the numbers and gradients of transformers") {
  const std::string name = GENERATE(as<std::string>{}, "quick_gelu", "old_names");
  CATCH_INFO(name);
  Case c = load(name);
  for (auto& [key, tensor] : c.parameters) tensor.requires_grad_();
  const at::Tensor hidden = forward(c.clip, c.expected.at("ids"));
  CATCH_CHECK(relative_error(hidden, c.expected.at("hidden")) < 1e-4);
  const at::Tensor loss = (hidden - c.expected.at("target")).square().mean();
  torch::autograd::backward({loss}, {});
  for (const auto& [key, tensor] : c.parameters) {
    CATCH_INFO(key);
    const at::Tensor& expected = c.expected.at("grad." + key);
    // A key's bias moves all scores alike: its gradient is rounding noise about zero, so it is held
    // against the weight's.
    const bool vanishes = key.ends_with(".k_proj.bias");
    const at::Tensor& scale =
        vanishes ? c.expected.at("grad." + key.substr(0, key.size() - 4) + "weight") : expected;
    const double difference = (tensor.grad() - expected).abs().max().item<double>();
    CATCH_CHECK(difference <= 1e-3 * scale.abs().max().item<double>());
  }
}

CATCH_TEST_CASE("A text encoder's tokens see only those before them") {
  const Case c = load("quick_gelu");
  const at::Tensor ids = c.expected.at("ids");
  at::Tensor changed = ids.clone();
  changed.select(1, -1).add_(1).remainder_(c.clip.config.vocab_size);
  const at::Tensor before = forward(c.clip, ids), after = forward(c.clip, changed);
  const int64_t last = ids.size(1) - 1;
  CATCH_CHECK(relative_error(after.slice(1, 0, last), before.slice(1, 0, last)) < 1e-6);
  CATCH_CHECK(relative_error(after.select(1, last), before.select(1, last)) > 1e-2);
}

CATCH_TEST_CASE("Ids of another tokenizer are refused") {
  const Case c = load("quick_gelu");
  CATCH_CHECK_THROWS_WITH(forward(c.clip, at::full({1, 3}, 40, at::kLong)),
                          Catch::Contains("vocabulary of 40"));
  CATCH_CHECK_THROWS_WITH(forward(c.clip, at::full({1, 3}, -1, at::kLong)), Catch::Contains("-1"));
  CATCH_CHECK_THROWS_WITH(forward(c.clip, at::zeros({1, 10}, at::kLong)),
                          Catch::Contains("10 tokens"));
}

CATCH_TEST_CASE("The config of a CLIPTextModel is written as transformers writes it") {
  const std::string name = GENERATE(as<std::string>{}, "quick_gelu", "old_names");
  const auto path = test::golden_path("clip_text/" + name + "/config.json");
  CATCH_CHECK(to_json(clip_text_config(test::read_json(path), path)).dump(2) + "\n" ==
              test::read_text(path));
}

CATCH_TEST_CASE("A CLIPTextModel config that we would not honour is refused") {
  const auto refuses = [](const json& doc, const char* mention) {
    CATCH_CHECK_THROWS_WITH(
        clip_text_config(doc, "text_encoder/config.json"),
        Catch::Contains("text_encoder/config.json") && Catch::Contains(mention));
  };
  refuses({{"model_type", "t5"}}, "t5");
  refuses({{"hidden_act", "relu"}}, "relu");
  refuses({{"hidden_size", 10}, {"num_attention_heads", 4}}, "num_attention_heads");
  refuses({{"vocab_size", "big"}}, "vocab_size");
  refuses({{"num_hidden_layers", -1}}, "positive");
}
