// psnr_v1: peak signal-to-noise ratio of a frame (scikit-image's peak_signal_noise_ratio).
#pragma once
#include "libcore/eval/pixels/frame_view.h"

namespace svg::eval {

// Decibels of equal frames, where scikit-image gives infinity: a mean over frames stays a number.
constexpr double kPsnrOfEqualFrames = 100;

// 10 log10(range^2 / mean squared error over all pixels and channels). Throws Error{Config} for
// frames of two sizes.
double psnr(const ByteFrame& a, const ByteFrame& b);
double psnr(const FloatFrame& a, const FloatFrame& b, double data_range);

}  // namespace svg::eval
