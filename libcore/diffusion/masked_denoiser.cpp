#include "libcore/diffusion/masked_denoiser.h"

#include <ATen/ATen.h>

namespace svg {

at::Tensor predict_future(const UNet3D& unet, const at::Tensor& past, const at::Tensor& future,
                          const at::Tensor& timestep, const at::Tensor& text) {
  if (!past.defined() || past.size(1) == 0) return forward(unet, future, timestep, text);
  const auto out = forward(unet, at::cat({past, future}, 1), timestep, text);
  return out.narrow(1, past.size(1), future.size(1));
}

}  // namespace svg
