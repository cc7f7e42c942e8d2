// Temp-LoRA as a thing of its own: which layers, how the UNet computes with it, what is saved.
#include "libcore/fast/temp_lora.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <set>

#include "libcore/fast/lora_targets.h"
#include "libcore/model/unet3d.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/golden.h"
#include "test/support/two_level_unet.h"

namespace svg::fast {
namespace {

using test::failure_of;
using test::relative_error;

// A fresh UNet, and inputs for E videos.
struct Fixture {
  Parameters parameters = Parameters::fresh(3, at::kCPU);
  UNet3D unet;
  at::Tensor sample, timestep, text;
  explicit Fixture(int64_t episodes = 1) {
    unet = make_unet3d(parameters, test::two_level_unet());
    parameters.finish();
    at::manual_seed(5);
    sample = at::randn({episodes, 3, 4, 4, 6});
    timestep = at::randint(0, 1000, {episodes}, at::kLong);
    text = at::randn({episodes, 3, 5});
  }
  at::Tensor output() const {
    at::NoGradGuard no_grad;
    return forward(unet, sample, timestep, text);
  }
};

void fill(TempLora& memory) {
  at::NoGradGuard no_grad;
  at::manual_seed(9);
  memory.parameters().values.normal_(0, 0.2);
}

std::set<std::string> layers_of(Parameters& unet, const std::string& targets) {
  TempLora memory(unet, targets, 1, 1, {"e"});
  return {memory.layer_names().begin(), memory.layer_names().end()};
}

}  // namespace

CATCH_TEST_CASE("Targets are found by name", "[learn]") {
  const std::string attention = "down_blocks.0.attentions.0.transformer_blocks.0.attn1";
  const std::string block = "mid_block.temp_attentions.0.transformer_blocks.0";
  CATCH_CHECK(is_target(attention + ".to_q", "attention"));
  CATCH_CHECK(is_target(attention + ".to_out.0", "attention"));
  CATCH_CHECK_FALSE(is_target(block + ".ff.net.2", "attention"));
  CATCH_CHECK(is_target(block + ".ff.net.2", "ff"));
  CATCH_CHECK(is_target(block + ".ff.net.0.proj", "attention,ff"));
  CATCH_CHECK_FALSE(is_target(block + ".ff.net.0.proj", "proj"));
  CATCH_CHECK(is_target("transformer_in.proj_in", "proj"));
  CATCH_CHECK(is_target(attention + ".to_q", "to_q"));
  CATCH_CHECK(is_target(attention + ".to_q", "attn1.to_q"));
  CATCH_CHECK_FALSE(is_target(attention + ".to_q", "o_q"));  // names end at dots
  CATCH_CHECK_FALSE(is_target(attention + ".to_q", ""));
  CATCH_CHECK_FALSE(is_target(attention + ".to_q", "to_k,"));

  Fixture f;
  auto& unet = f.parameters;
  const auto all = layers_of(unet, "attention,ff,proj");
  const auto a = layers_of(unet, "attention"), ff = layers_of(unet, "ff"),
             proj = layers_of(unet, "proj");
  CATCH_CHECK(a.size() + ff.size() + proj.size() == all.size());
  CATCH_CHECK(a.size() % 8 == 0);  // two attentions a block, four layers each
  CATCH_CHECK(ff.size() * 4 == a.size());
  for (const std::string targets : {"attention,nothing", "nothing", "to_qq", "", ","}) {
    CATCH_CAPTURE(targets);
    CATCH_CHECK(failure_of([&] { layers_of(unet, targets); }).kind == ErrorKind::Usage);
  }
  CATCH_CHECK(failure_of([&] { layers_of(unet, "attention,nothing"); }).says("\"nothing\""));
}

CATCH_TEST_CASE("With zero B the UNet is bit-equal to its base, merged and with the side path",
                "[learn]") {
  Fixture f(2);
  const auto base = f.output();
  const int64_t episodes = GENERATE(1, 2);
  std::vector<std::string> names(static_cast<size_t>(episodes), "e");
  TempLora memory(f.parameters, "attention,ff,proj", 2, 1.5, names);
  memory.reset(1);
  CATCH_CHECK(memory.norms().max().item<double>() == 0);
  memory.use_side_path();
  CATCH_CHECK(at::equal(f.output(), base));
  memory.merge();
  memory.use_merged();
  // Several episodes multiply in one batch, which rounds otherwise; each has the base's weights all
  // the same.
  for (const auto& site : f.parameters.sites()) {
    for (int64_t e = 0; site.slot->active() && e < episodes; ++e)
      CATCH_CHECK(at::equal(site.slot->merged[e], site.weight));
  }
  CATCH_CHECK(
      (episodes == 1 ? at::equal(f.output(), base) : relative_error(f.output(), base) < 1e-6));
  memory.use_base();
  CATCH_CHECK(at::equal(f.output(), base));
}

CATCH_TEST_CASE("Merged weights compute what the side path computes, and leave the base untouched",
                "[learn]") {
  const int64_t episodes = GENERATE(1, 3);
  Fixture f(episodes);
  const auto base = f.output();
  std::vector<std::string> names;
  for (int64_t e = 0; e < episodes; ++e) names.push_back(cat("e", e));
  {
    TempLora memory(f.parameters, "attention,ff,proj", 3, 0.7, names);
    fill(memory);
    memory.use_side_path();
    const auto side = f.output();
    memory.merge();
    memory.use_merged();
    CATCH_CHECK(relative_error(f.output(), side) < 1e-5);
    CATCH_CHECK(relative_error(side, base) > 1e-2);
    memory.use_base();
    CATCH_CHECK(at::equal(f.output(), base));
    memory.use_side_path();
  }
  CATCH_CHECK(at::equal(f.output(), base));  // gone with its owner
}

CATCH_TEST_CASE(
    "Merged in the base's place the bytes are those of buffers, and the base comes back bit for "
    "bit",
    "[learn]") {
  const auto dtype = GENERATE(at::kFloat, at::kBFloat16);
  Fixture in_buffers, in_place;
  std::vector<at::Tensor> base;
  for (auto* f : {&in_buffers, &in_place}) {
    f->sample = f->sample.to(dtype);
    f->text = f->text.to(dtype);
    for (const auto& [name, t] : f->parameters.list()) at::Tensor(t).set_data(t.to(dtype));
  }
  for (const auto& [name, t] : in_place.parameters.list()) base.push_back(t.clone());
  const auto base_is_back = [&] {
    for (size_t i = 0; i < base.size(); ++i)
      CATCH_REQUIRE(at::equal(in_place.parameters.list()[i].second, base[i]));
  };
  const std::string targets = "attention,ff,proj";
  {
    TempLora a(in_buffers.parameters, targets, 2, 1.5, {"x"}, OffloadWhileSampling::Never),
        b(in_place.parameters, targets, 2, 1.5, {"x"}, OffloadWhileSampling::Always);
    const auto both = [&](const auto& f) {
      f(a);
      f(b);
    };
    const auto same = [&] { return at::equal(in_buffers.output(), in_place.output()); };
    both(fill);
    const auto plain = in_place.output();
    for (int chunk = 0; chunk < 2; ++chunk) {
      both([](TempLora& m) { m.merge(); });
      CATCH_CHECK(at::equal(in_place.output(), plain));  // not before it is used
      base_is_back();
      both([](TempLora& m) { m.use_merged(); });
      CATCH_CHECK(same());
      CATCH_CHECK_FALSE(at::equal(in_place.output(), plain));
      // There is one copy: the layer's own memory.
      for (const auto& site : in_place.parameters.sites())
        CATCH_CHECK((!site.slot->active() || site.slot->merged.is_alias_of(site.weight)));
      both([](TempLora& m) { m.use_base(); });
      CATCH_CHECK(at::equal(in_place.output(), plain));
      base_is_back();
      both([](TempLora& m) { m.use_merged(); });  // of the same merge()
      CATCH_CHECK(same());
      both([](TempLora& m) { m.use_side_path(); });
      CATCH_CHECK(same());
      base_is_back();
      both([](TempLora& m) { m.parameters().values.mul_(1.25); });
      // Twice in a row: the second begins with the base again.
      for (int twice = 0; twice < 2; ++twice) both([](TempLora& m) { m.merge(), m.use_merged(); });
      CATCH_CHECK(same());
      both([](TempLora& m) { m.use_base(); });
    }
    both([](TempLora& m) { m.merge(), m.use_merged(); });
    CATCH_CHECK(same());
    TempLora another(in_place.parameters, targets, 2, 1, {"y"}, OffloadWhileSampling::Always);
    CATCH_CHECK(failure_of([&] { another.use_merged(); }).kind == ErrorKind::Internal);
  }
  base_is_back();
}

CATCH_TEST_CASE("A fresh adapter is Kaiming-uniform in A, and a function of seed and episode alone",
                "[learn]") {
  Fixture f;
  auto& unet = f.parameters;
  const auto delta_of = [&](std::vector<std::string> names, int64_t which, uint64_t seed) {
    TempLora memory(unet, "attention", 4, 1, std::move(names));
    memory.reset(seed);
    return memory.delta(which);
  };
  const auto one = delta_of({"x"}, 0, 1), among = delta_of({"w", "x"}, 1, 1);
  const auto other_seed = delta_of({"x"}, 0, 2), other_episode = delta_of({"w", "x"}, 0, 1);
  for (size_t i = 0; i < one.size(); i += 2) {
    CATCH_CAPTURE(one[i].first);
    const auto& a = one[i].second;
    CATCH_CHECK(one[i].first.ends_with(".lora_A.weight"));
    // PEFT: kaiming_uniform_(a = sqrt(5)), which is U(-1 / sqrt(in), 1 / sqrt(in)).
    const double bound = 1 / std::sqrt(static_cast<double>(a.size(1)));
    CATCH_CHECK(a.abs().max().item<double>() <= bound);
    CATCH_CHECK(a.abs().max().item<double>() > 0.5 * bound);
    CATCH_CHECK(at::equal(a, among[i].second));
    CATCH_CHECK_FALSE(at::equal(a, other_seed[i].second));
    CATCH_CHECK_FALSE(at::equal(a, other_episode[i].second));
    CATCH_CHECK(at::equal(one[i + 1].second, at::zeros_like(one[i + 1].second)));
  }
}

CATCH_TEST_CASE("The norm is that of scale * B A", "[learn]") {
  Fixture f;
  TempLora memory(f.parameters, "proj", 2, 0.5, {"x", "y"});
  fill(memory);
  for (int64_t e = 0; e < 2; ++e) {
    double sum = 0;
    const auto delta = memory.delta(e);
    for (size_t i = 0; i < delta.size(); i += 2) {
      sum += delta[i + 1]
                 .second.to(at::kDouble)
                 .mm(delta[i].second.to(at::kDouble))
                 .mul(0.5)
                 .square()
                 .sum()
                 .item<double>();
    }
    CATCH_CHECK(memory.norms()[e].item<double>() == Approx(std::sqrt(sum)).epsilon(1e-5));
  }
}

CATCH_TEST_CASE("A delta and its moments come back, and only where they fit", "[learn]") {
  Fixture f;
  auto& unet = f.parameters;
  TempLora from(unet, "attention", 2, 1, {"x", "y"});
  fill(from);
  from.optimizer().exp_avg.normal_();
  from.optimizer().exp_avg_sq.uniform_();
  const auto map_of = [](const NamedTensors& list) {
    return std::map<std::string, at::Tensor>(list.begin(), list.end());
  };
  const auto delta = map_of(from.delta(1)), moments = map_of(from.moments(1));
  CATCH_CHECK(moments.size() == 2 * delta.size());

  TempLora to(unet, "attention", 2, 1, {"z"});
  to.load(0, delta);
  to.load_moments(0, moments, 12);
  CATCH_CHECK(to.steps_made() == 12);
  for (const auto& [name, t] : to.delta(0)) CATCH_CHECK(at::equal(t, delta.at(name)));
  for (const auto& [name, t] : to.moments(0)) CATCH_CHECK(at::equal(t, moments.at(name)));

  TempLora rank(unet, "attention", 3, 1, {"z"}), fewer(unet, "to_q", 2, 1, {"z"}),
      more(unet, "attention,ff", 2, 1, {"z"});
  for (auto* other : {&rank, &fewer, &more})
    CATCH_CHECK(failure_of([&] { other->load(0, delta); }).kind == ErrorKind::Config);
}

CATCH_TEST_CASE("An adapter beside a bf16 model stays fp32", "[learn]") {
  Fixture f;
  const auto exact = f.output();
  for (const auto& [name, t] : f.parameters.list()) {
    at::Tensor handle = t;
    handle.set_data(t.to(at::kBFloat16));
  }
  f.sample = f.sample.to(at::kBFloat16);
  f.text = f.text.to(at::kBFloat16);
  TempLora memory(f.parameters, "attention,ff,proj", 2, 1, {"x"});
  fill(memory);
  CATCH_CHECK(memory.parameters().values.scalar_type() == at::kFloat);
  memory.use_side_path();
  const auto side = f.output();
  CATCH_CHECK(side.scalar_type() == at::kBFloat16);
  memory.merge();
  memory.use_merged();
  CATCH_CHECK(relative_error(f.output().to(at::kFloat), side.to(at::kFloat)) < 0.1);
  CATCH_CHECK(relative_error(side.to(at::kFloat), exact) > 1e-2);
}

}  // namespace svg::fast
