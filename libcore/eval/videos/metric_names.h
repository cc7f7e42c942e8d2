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
  Nmr,
  MaweGt,
  MaweFlow,
  DynGt,
  Dyn,
  Recall,
  Lpips,
  Src,
  SrcEfflite0,
  Fvd,
  FdEfflite0,
  SrcC,
  SubjResnet,
  NmrLpips,
  NmrSrc,
  NmrSrcEfflite0,
};
// From lpips on they are no profiles yet: these depend on the weights (features/networks.h).
constexpr auto names_of(Metric) {
  return std::to_array<EnumName<Metric>>({{Metric::Psnr, "psnr_v1"},
                                          {Metric::Ssim, "ssim_v1"},
                                          {Metric::SsimGauss, "ssim_gauss_v1"},
                                          {Metric::ScutsContent, "scuts_content_v1"},
                                          {Metric::ScutsAdaptive, "scuts_adaptive_v1"},
                                          {Metric::Seam, "seam_v1"},
                                          {Metric::Drift, "drift_v1"},
                                          {Metric::Flicker, "flicker_v1"},
                                          {Metric::Gsc, "gsc_v1"},
                                          {Metric::Nmr, "nmr_v1"},
                                          {Metric::MaweGt, "mawe_gt_v1"},
                                          {Metric::MaweFlow, "mawe_flow_v1"},
                                          {Metric::DynGt, "dyn_gt_v1"},
                                          {Metric::Dyn, "dyn_v1"},
                                          {Metric::Recall, "recall_v1"},
                                          {Metric::Lpips, "lpips"},
                                          {Metric::Src, "src"},
                                          {Metric::SrcEfflite0, "src_efflite0"},
                                          {Metric::Fvd, "fvd"},
                                          {Metric::FdEfflite0, "fd_efflite0"},
                                          {Metric::SrcC, "src_c"},
                                          {Metric::SubjResnet, "subj_resnet"},
                                          {Metric::NmrLpips, "nmr_lpips"},
                                          {Metric::NmrSrc, "nmr_src"},
                                          {Metric::NmrSrcEfflite0, "nmr_src_efflite0"}});
}

// Whether there is no value without the true video.
constexpr bool needs_reference(Metric metric) {
  switch (metric) {
    case Metric::Psnr:
    case Metric::Ssim:
    case Metric::SsimGauss:
    case Metric::Lpips:
    case Metric::Fvd:
    case Metric::FdEfflite0:
    case Metric::SrcC:  // centred on the true frames
      return true;
    default:
      return false;
  }
}

// Whether a network looks at the frames.
constexpr bool needs_network(Metric metric) {
  return metric >= Metric::Lpips;
}

// Whether the network's weights have to be those of a file; others may be drawn.
constexpr bool needs_weights(Metric metric) {
  return metric == Metric::SrcEfflite0 || metric == Metric::FdEfflite0 ||
         metric == Metric::NmrSrcEfflite0;
}

// Whether it needs the exact flow that a manifest names.
constexpr bool needs_exact_flow(Metric metric) {
  return metric == Metric::MaweGt || metric == Metric::DynGt;
}

// Whether it asks the embedded maze that made the true frames.
constexpr bool needs_maze(Metric metric) {
  return metric == Metric::Recall;
}

// Whether it needs flow that a network saw in the frames.
constexpr bool needs_seen_flow(Metric metric) {
  return metric == Metric::MaweFlow || metric == Metric::Dyn;
}

// Whether it holds a return to a place against something of the same video (R2M-Bench).
constexpr bool is_nmr(Metric metric) {
  return metric == Metric::Nmr || metric >= Metric::NmrLpips;
}

// Whether it looks at the frames that show a place again, which a manifest names.
constexpr bool needs_visits(Metric metric) {
  return metric == Metric::Src || metric == Metric::SrcC || metric == Metric::SrcEfflite0 ||
         is_nmr(metric);
}

// The least number of frames with a value.
constexpr int64_t least_frames(Metric metric) {
  return needs_reference(metric) ? 1 : 2;
}

// Those measured where none is named. Flicker and GSC stand for something only on clips of their
// own kind: static ones, and those that go back the way they came. Networks, and what needs visits
// or flow, are asked for by name.
constexpr bool is_default(Metric metric, bool has_reference) {
  if (metric == Metric::SsimGauss || metric == Metric::Flicker || metric == Metric::Gsc ||
      needs_network(metric) || needs_visits(metric) || needs_exact_flow(metric) ||
      needs_seen_flow(metric) || needs_maze(metric))
    return false;
  return has_reference || !needs_reference(metric);
}

}  // namespace svg::eval
