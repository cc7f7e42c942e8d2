#include "libcore/diffusion/masked_denoiser.h"

#include <ATen/ATen.h>

namespace svg {

at::Tensor predict_future(const UNet3D& unet, const at::Tensor& past, const at::Tensor& future,
                          const at::Tensor& timestep, const at::Tensor& text) {
  const auto dtype = unet.conv_in.weight.scalar_type();
  const auto noisy = future.to(dtype), words = text.to(dtype);
  if (!past.defined() || past.size(1) == 0)
    return forward(unet, noisy, timestep, words).to(at::kFloat);
  const auto out = forward(unet, at::cat({past.to(dtype), noisy}, 1), timestep, words);
  return out.narrow(1, past.size(1), future.size(1)).to(at::kFloat);
}

}  // namespace svg
