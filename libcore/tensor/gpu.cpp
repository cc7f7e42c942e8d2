#include "libcore/tensor/gpu.h"

#include <dlfcn.h>

#include "libcore/base/error.h"

namespace svg {

namespace {

const cuda::Plugin& plugin_for(at::Device device) {
  const auto* plugin = cuda_plugin();
  require(plugin, ErrorKind::Unavailable, "device ", device.str(), ": no CUDA plugin is loaded");
  return *plugin;
}

}  // namespace

const cuda::Plugin* cuda_plugin() {
  static const cuda::Plugin* const plugin = [] {
    const auto function =
        reinterpret_cast<cuda::PluginFunction>(dlsym(RTLD_DEFAULT, cuda::kPluginSymbol));
    return function ? function() : nullptr;
  }();
  return plugin;
}

std::optional<cuda::Number> number_of(at::ScalarType type) {
  if (type == at::kFloat) return cuda::Number::F32;
  if (type == at::kHalf) return cuda::Number::F16;
  if (type == at::kBFloat16) return cuda::Number::BF16;
  return std::nullopt;
}

const cuda::Plugin* kernels_for(const at::Tensor& x) {
  const auto* plugin = cuda_plugin();
  const bool takes = plugin != nullptr &&
                     plugin->device_type == static_cast<int>(x.device().type()) &&
                     number_of(x.scalar_type());
  return takes ? plugin : nullptr;
}

void synchronize(at::Device device) {
  if (device.is_cuda()) plugin_for(device).synchronize(device.index());
}

std::optional<int64_t> peak_device_memory(at::Device device) {
  if (!device.is_cuda()) return std::nullopt;
  return plugin_for(device).peak_bytes(device.index());
}

void reset_peak_device_memory(at::Device device) {
  if (device.is_cuda()) plugin_for(device).reset_peak(device.index());
}

}  // namespace svg
