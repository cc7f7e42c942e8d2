// How large a frame may be: looked at before anything of that size is allocated.
#pragma once
#include <cstdint>
#include <string>

namespace svg::video {

// Far beyond what an autoencoder takes, and small enough (384 MiB of RGB) that a header of a few
// bytes cannot exhaust the memory.
constexpr int64_t kMaxFrameSide = 32768;
constexpr int64_t kMaxFramePixels = int64_t{1} << 27;

// Throws Error{Data}, beginning with `where`, for a size that is empty or beyond the limits.
void check_frame_size(int64_t width, int64_t height, const std::string& where);

}  // namespace svg::video
