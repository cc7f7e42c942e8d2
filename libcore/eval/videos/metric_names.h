// The metrics of svg-eval metrics, by their profiles, and what each needs. Torch-free, header only:
// executables check flags with it.
#pragma once
#include <array>
#include <cstdint>

#include "libcore/base/enum_names.h"

namespace svg::eval {

enum class Metric {
  Psnr,
  Ssim,
  SsimGauss,
  ScutsContent,
  ScutsAdaptive,
  Seam,
  Drift,
  Flicker,
  Gsc,
};
constexpr auto names_of(Metric) {
  return std::to_array<EnumName<Metric>>({{Metric::Psnr, "psnr_v1"},
                                          {Metric::Ssim, "ssim_v1"},
                                          {Metric::SsimGauss, "ssim_gauss_v1"},
                                          {Metric::ScutsContent, "scuts_content_v1"},
                                          {Metric::ScutsAdaptive, "scuts_adaptive_v1"},
                                          {Metric::Seam, "seam_v1"},
                                          {Metric::Drift, "drift_v1"},
                                          {Metric::Flicker, "flicker_v1"},
                                          {Metric::Gsc, "gsc_v1"}});
}

// Whether there is no value without the true video.
constexpr bool needs_reference(Metric metric) {
  return metric == Metric::Psnr || metric == Metric::Ssim || metric == Metric::SsimGauss;
}

// The least number of frames with a value.
constexpr int64_t least_frames(Metric metric) {
  return needs_reference(metric) ? 1 : 2;
}

// Those measured where none is named. Flicker and GSC stand for something only on clips of their
// own kind: static ones, and those that go back the way they came.
constexpr bool is_default(Metric metric, bool has_reference) {
  if (metric == Metric::SsimGauss || metric == Metric::Flicker || metric == Metric::Gsc)
    return false;
  return has_reference || !needs_reference(metric);
}

}  // namespace svg::eval
