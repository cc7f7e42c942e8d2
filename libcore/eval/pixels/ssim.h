// Structural similarity of two frames (Wang et al. 2004; scikit-image's structural_similarity with
// channel_axis=-1), K1 = 0.01, K2 = 0.03, per channel, the border left out that windows do not fit.
#pragma once
#include "libcore/eval/pixels/frame_view.h"

namespace svg::eval {

enum class SsimWindow {
  Uniform,   // ssim_v1: 7 x 7, sample covariance: what scikit-image does by default
  Gaussian,  // ssim_gauss_v1: 11 x 11, deviation 1.5, population covariance
};

// The least side of a frame: 7 or 11.
int least_side(SsimWindow);

// Bytes are filtered in f64, floats in f32, as in the reference. Throws Error{Config} for frames of
// two sizes, and for sides below least_side().
double ssim(const ByteFrame& a, const ByteFrame& b, SsimWindow window = SsimWindow::Uniform);
double ssim(const FloatFrame& a, const FloatFrame& b, double data_range,
            SsimWindow window = SsimWindow::Uniform);

}  // namespace svg::eval
