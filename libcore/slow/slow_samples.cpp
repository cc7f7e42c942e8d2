#include "libcore/slow/slow_samples.h"

#include <ATen/ATen.h>

#include "libcore/diffusion/chunk_generator.h"
#include "libcore/model/pipeline.h"
#include "libcore/slow/contact_sheet.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/pixels.h"

namespace svg::slow {

void write_slow_samples(const std::string& png, const ModelDirectory& model, const UNet3D& unet,
                        const NoiseSchedule& schedule, const TextEncoder& text,
                        const at::Tensor& past, const at::Tensor& future,
                        const std::vector<std::string>& texts, const Context& context) {
  constexpr int64_t kItems = 6, kSteps = 20;
  const int64_t n = std::min<int64_t>(kItems, past.size(0));
  const auto vae = load_vae(model, at::kFloat, past.device());
  const auto words = encode_text(text, {texts.begin(), texts.begin() + n});
  const auto empty = encode_text(text, {""})[0];
  const auto noise =
      draw_normal({context.seed, "sheet", 0, "sample", 0}, future.narrow(0, 0, n).sizes())
          .to(past.device());
  const auto generated =
      generate_chunk(unet, schedule, {.steps = kSteps}, past.narrow(0, 0, n), words, empty, noise);
  const auto show = [&](const at::Tensor& frames) {  // [N, F, C, h, w] -> u8 [N, F, H, W, 3]
    const auto bytes =
        bytes_from_pixels(decode(vae, unscale_latents(vae.config, frames.flatten(0, 1))));
    return bytes.unflatten(0, {frames.size(0), frames.size(1)});
  };
  const auto truth = show(at::cat({past.narrow(0, 0, n), future.narrow(0, 0, n)}, 1));
  const auto made = show(at::cat({past.narrow(0, 0, n), generated}, 1));
  write_contact_sheet(png, at::stack({truth, made}, 1).flatten(0, 1));
}

}  // namespace svg::slow
