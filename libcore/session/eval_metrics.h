// svg-eval metrics: videos beside the true ones, or by themselves (metrics.md section 2).
// Torch-free.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "libcore/session/door.h"

namespace svg::session {

struct MetricsOptions {
  static constexpr const char* kSession = "svg_metrics_session";
  std::string generated, reference;    // as eval/videos/video_set.h takes them; reference may be ""
  std::vector<std::string> metrics{};  // profiles; empty: those that fit any video
  std::string model;                   // model directory, whose VAE decodes latent streams
  std::string weights_dir;             // networks' weights; empty: drawn from the seed
  std::string flow;                    // folder of NAME.npy: flow that a network saw
  int64_t chunk = 0;                   // frames of a chunk; 0: as the source is cut, else 16
  int64_t batch = 4;                   // frames through the VAE at once
  int jobs = 1;                        // videos at once
  std::string output;                  // folder of the results; empty: none
  bool force = false;                  // replace what is there
  bool salvage = false;                // a damaged video or stream ends before the damage
  bool skip_bad = false;  // videos that cannot be measured are left out, named and counted
  bool json = false, csv = false;
};

}  // namespace svg::session

// Reports the totals: a table, JSON lines or CSV. Throws Error{Data} for a damaged video, one of
// too few or too small frames, Error{NoInput} where there is none, Error{Config} where two are not
// of one length or size, or have no counterpart, and what eval::load_networks does.
extern "C" svg::session::Session<svg::session::MetricsOptions> svg_metrics_session;
