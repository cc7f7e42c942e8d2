// svg-decode: latent streams in, video out; several streams stand side by side. Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/session/door.h"

namespace svg::session {

struct DecodeOptions {
  static constexpr const char* kSession = "svg_decode_session";
  std::string model;                  // model directory; its VAE decodes
  std::vector<std::string> inputs{};  // latent streams, "-" for standard input
  std::string output;   // as video::VideoWriter names formats; empty: none, with a sheet
  double fps = 0;       // 0: the stream's
  int upscale = 1;      // so many times as large in each direction
  bool smooth = false;  // bicubic, instead of every pixel as so many equal ones
  std::vector<std::string> labels{};  // words beside the pictures, one a stream; empty: none
  int gap = 4;                        // pixels between pictures side by side
  std::string sheet;  // PNG of pictures spread over the length, a row a stream; empty: none
  int sheet_columns = 8;
  std::vector<int64_t> sheet_frames{};        // these instead, counted from 0
  std::vector<std::string> sheet_captions{};  // words above the columns, one for each of those
  int crf = 14;
  std::string episode;   // only this one; empty: all, one after the other
  bool salvage = false;  // a stream that is cut off is no error
  int64_t batch = 4;     // frames through the VAE at once
  int64_t vae_tile = 0;  // vae_tiling.h; 0: frames whole
};

}  // namespace svg::session

// Reading, the VAE and the video encoder work at the same time. The video ends with the longest
// stream; the place of one that has ended is black. Throws Error{Config} for a stream of another
// VAE, latent size or scaling. Exit code 65 behind a stream that was cut off (its whole chunks are
// in the video) unless salvage is set.
extern "C" svg::session::Session<svg::session::DecodeOptions> svg_decode_session;
