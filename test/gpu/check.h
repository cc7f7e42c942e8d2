// What the two programs of this folder share: the device, times, differences, and their results as
// JSON lines.
#pragma once
#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/model/unet3d.h"
#include "libcore/tensor/parameters.h"

namespace svg::gpu {

// "cpu" or "cuda[:N]", with the plugin of this build loaded. Where the GPU cannot be used: one line
// on standard error, status 69.
at::Device open_device(const std::string& name, int threads);

// A row of the report, printed at once; the folder's scripts collect them.
void report(const std::string& check, ordered_json values);

// |x - reference| / |reference|, Euclidean norms over all numbers, in fp64 on the CPU.
double relative_error(const at::Tensor& x, const at::Tensor& reference);
// Prints `error` beside its limit; false where it is above, or no number.
bool report_error(const std::string& check, const std::string& what, double error, double limit,
                  ordered_json more = ordered_json::object());

// Seconds of one call, the device waited for. `median_seconds`: after a warm-up.
double seconds_of(at::Device device, const std::function<void()>& work);
double median_seconds(at::Device device, int repeats, const std::function<void()>& work);

// Calls `work`; false where the device has not enough memory for it, or it fails otherwise, which
// is then said in the row `check`.
bool fits(const std::string& check, const std::function<void()>& work);

json read_json(const std::string& path);

// Moves the model's own tensors, in the layout that loading gives them there.
void move_to(const NamedTensors& parameters, at::Device device, at::ScalarType dtype);

// The same numbers everywhere: drawn on the CPU by name.
at::Tensor drawn(const std::string& name, at::IntArrayRef shape);

}  // namespace svg::gpu
