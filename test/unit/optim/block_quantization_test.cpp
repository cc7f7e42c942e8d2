// Numbers in 8 bits, and AdamW on them, against bitsandbytes (test/golden/block_quantization.py).
#include "libcore/optim/block_quantization.h"

#include <ATen/ATen.h>

#include <cmath>
#include <map>
#include <string>

#include "formats/safetensors.h"
#include "libcore/optim/adamw_8bit.h"
#include "test/support/catch.h"
#include "test/support/golden.h"

namespace svg::optim {
namespace {

// bitsandbytes' kernel for the CPU looks codes up by the upper bits of a scaled number, in 2^16
// cells between -1 and 1.
const double kCell = std::ldexp(1.0, -15);

std::string golden(const std::string& name) {
  return test::golden_path("block_quantization/" + name + ".safetensors");
}

json metadata_of(const std::string& path, const std::string& key) {
  return json::parse(formats::SafetensorsFile(path).view().metadata.at(key));
}

// [P] -> each number divided by its block's largest magnitude.
at::Tensor scaled(const at::Tensor& numbers, const at::Tensor& absmax) {
  return numbers /
         absmax.clamp_min(1e-38).repeat_interleave(kQuantizedBlock).narrow(0, 0, numbers.numel());
}

at::Tensor value_of(const BlockQuantized& q, const at::Tensor& codes) {
  return q.map.index_select(0, codes.to(at::kInt));
}

bool every(const at::Tensor& t) {
  return t.all().item<bool>();
}

}  // namespace

CATCH_TEST_CASE("The maps are those of bitsandbytes, but for the rounding of its single precision",
                "[learn]") {
  const auto maps = test::read_tensors(golden("maps"));
  for (const auto& [name, kind] :
       {std::pair{"signed", BlockMap::Signed}, std::pair{"unsigned", BlockMap::Unsigned}}) {
    CATCH_CAPTURE(name);
    const auto theirs = maps.at(name), ours = block_map_values(kind);
    CATCH_REQUIRE(ours.sizes() == theirs.sizes());
    CATCH_CHECK(at::equal(ours == 0, theirs == 0));
    CATCH_CHECK(every((ours - theirs).abs() <= theirs.abs() * std::ldexp(1.0, -22)));
  }
}

CATCH_TEST_CASE("Numbers get the codes of bitsandbytes, but for what is meant to differ",
                "[learn]") {
  const auto tensors = test::read_tensors(golden("blocks"));
  int64_t kept_from_zero = 0, of_zero_blocks = 0;
  const auto maps = metadata_of(golden("blocks"), "maps");
  for (const auto& [name, kind] : maps.items()) {
    CATCH_CAPTURE(name);
    const auto numbers = tensors.at(name + ".numbers");
    auto q =
        make_block_quantized(numbers, kind == "signed" ? BlockMap::Signed : BlockMap::Unsigned);
    const auto zero_code = q.codes[0].item<int64_t>();
    quantize(q, 0, numbers);
    CATCH_CHECK(at::equal(q.absmax, tensors.at(name + ".absmax")));

    auto expected = tensors.at(name + ".codes").clone();
    // In a block of zeros bitsandbytes divides by zero and takes any code, which means zero all the
    // same; ours is that of zero.
    const auto nothing =
        (q.absmax == 0).repeat_interleave(kQuantizedBlock).narrow(0, 0, numbers.numel());
    of_zero_blocks += (nothing & (expected != zero_code)).sum().item<int64_t>();
    expected.masked_fill_(nothing, zero_code);
    // A second moment that is there does not become zero in ours.
    const auto kept =
        kind == "unsigned" ? (numbers > 0) & (expected == 0) : at::zeros_like(nothing);
    kept_from_zero += kept.sum().item<int64_t>();
    expected.masked_fill_(kept, 1);
    CATCH_CHECK(at::equal(q.codes, expected));

    // Its kernel for the CPU is off by up to a cell of its table.
    const auto compared = ~(nothing | kept);
    const auto s = scaled(numbers, q.absmax);
    const auto our_error = (value_of(q, q.codes) - s).abs().masked_select(compared);
    const auto kernel_error =
        (value_of(q, tensors.at(name + ".kernel_codes")) - s).abs().masked_select(compared);
    CATCH_CHECK(every(our_error <= kernel_error + 1e-7));
    CATCH_CHECK(every(kernel_error <= our_error + kCell));
  }
  CATCH_CHECK(kept_from_zero > 0);
  CATCH_CHECK(of_zero_blocks > 0);
}

CATCH_TEST_CASE("AdamW on 8-bit moments makes the updates of bitsandbytes", "[learn]") {
  const auto tensors = test::read_tensors(golden("adamw"));
  const auto settings = metadata_of(golden("adamw"), "settings");
  const AdamWOptions options{settings.at("beta1"), settings.at("beta2"), settings.at("eps"),
                             settings.at("weight_decay")};
  for (int step = 1; tensors.contains("grads." + std::to_string(step)); ++step) {
    CATCH_CAPTURE(step);
    const auto now = "." + std::to_string(step), before = "." + std::to_string(step - 1);
    auto values = tensors.at("values" + before).clone();
    auto state = make_adamw_8bit(values);
    state.step = step - 1;
    if (step > 1) {
      for (auto* moment : {&state.exp_avg, &state.exp_avg_sq}) {
        const std::string name = moment == &state.exp_avg ? "exp_avg" : "exp_avg_sq";
        moment->codes.copy_(tensors.at(name + ".codes" + before));
        moment->absmax.copy_(tensors.at(name + ".absmax" + before));
      }
    }
    adamw_update(state, options, settings.at("lr"), values, tensors.at("grads" + now));
    CATCH_CHECK(state.step == step);
    CATCH_CHECK(test::relative_error(values, tensors.at("values" + now)) < 1e-6);
    for (const auto* moment : {&state.exp_avg, &state.exp_avg_sq}) {
      const std::string name = moment == &state.exp_avg ? "exp_avg" : "exp_avg_sq";
      CATCH_CAPTURE(name);
      CATCH_CHECK(test::relative_error(moment->absmax, tensors.at(name + ".absmax" + now)) < 1e-6);
      // Neighbours in the map, where its table decides between them; near zero several codes share
      // a cell of it.
      const auto theirs = tensors.at(name + ".codes" + now);
      const auto apart = (moment->codes.to(at::kInt) - theirs.to(at::kInt)).abs();
      CATCH_CHECK(
          every((apart <= 1) |
                ((value_of(*moment, moment->codes) - value_of(*moment, theirs)).abs() <= kCell)));
      CATCH_CHECK((apart > 0).to(at::kFloat).mean().item<double>() < 0.1);
    }
  }
}

}  // namespace svg::optim
