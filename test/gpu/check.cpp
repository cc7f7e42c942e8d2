#include "test/gpu/check.h"

#include <ATen/core/grad_mode.h>
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/tensor/convolution_layout.h"
#include "libcore/tensor/draws.h"
#include "libcore/tensor/gpu.h"
#include "libcore/tensor/runtime.h"
#include "libcore/tensor/stopwatch.h"

namespace svg::gpu {

at::Device open_device(const std::string& name, int threads) {
  const std::string device = name == "cuda" ? "cuda:0" : name;
  if (device != "cpu") {
    const auto plugin =
        std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() /
        "lib/libsvg_cuda.so";
    std::string why;
    if (dlopen(plugin.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
      why = dlerror();
    } else if (cuda_plugin() == nullptr) {
      why = plugin.string() + " is of another build";
    } else if (cuda_plugin()->device_count(why) > 0) {
      why.clear();
    }
    if (!why.empty()) {
      std::fprintf(stderr, "no usable GPU: %s\n", why.c_str());
      std::fflush(stderr);
      std::quick_exit(69);
    }
  }
  Context context;
  context.device = device;
  context.threads = threads;
  return apply_runtime(context);
}

void report(const std::string& check, ordered_json values) {
  ordered_json row = {{"check", check}};
  row.update(values);
  std::cout << row.dump() << std::endl;
}

double relative_error(const at::Tensor& x, const at::Tensor& reference) {
  const auto a = x.detach().cpu().to(at::kDouble), b = reference.detach().cpu().to(at::kDouble);
  return ((a - b).norm() / b.norm()).item<double>();
}

bool report_error(const std::string& check, const std::string& what, double error, double limit,
                  ordered_json more) {
  const bool good = error <= limit;
  ordered_json row = {
      {"what", what},
      {"relative_error", std::isfinite(error) ? ordered_json(error) : ordered_json()},
      {"limit", limit},
      {"ok", good}};
  row.update(more);
  report(check, row);
  return good;
}

double seconds_of(at::Device device, const std::function<void()>& work) {
  const Stopwatch watch(device);
  work();
  return watch.seconds();
}

double median_seconds(at::Device device, int repeats, const std::function<void()>& work) {
  work();
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) seconds.push_back(seconds_of(device, work));
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

bool fits(const std::string& check, const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const c10::OutOfMemoryError& error) {
    report(check, {{"ok", true},
                   {"out_of_memory", true},
                   {"note", std::string(error.what_without_backtrace()).substr(0, 200)}});
  } catch (
      const c10::Error& error) {  // of the host's pinned memory, say: the other rows shall come
    report(check,
           {{"ok", false}, {"error", std::string(error.what_without_backtrace()).substr(0, 200)}});
  }
  return false;
}

json read_json(const std::string& path) {
  return parse_json(read_file(path), path);
}

void move_to(const NamedTensors& parameters, at::Device device, at::ScalarType dtype) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : parameters) {
    at::Tensor handle = tensor;
    const at::Tensor moved = tensor.to(device, dtype);
    handle.set_data(wants_channels_last(moved) ? with_channels_last(moved) : moved.contiguous());
  }
}

at::Tensor drawn(const std::string& name, at::IntArrayRef shape) {
  return draw_normal({0, "gpu", 0, name, 0}, shape);
}

}  // namespace svg::gpu
