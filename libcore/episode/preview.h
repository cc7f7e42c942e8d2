// What a run has made so far, looked at while it goes on: a contact sheet that grows with each
// chunk, or the newest chunk on the terminal.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libcore/base/context.h"
#include "libcore/model/latent_codec.h"
#include "libcore/video/image.h"

namespace svg::episode {

// Throws Error{Usage} unless `target` is NAME.png or "terminal", Error{Unavailable} where pictures
// cannot be drawn on the terminal: neither is it kitty's, nor is chafa in PATH.
void check_preview(const std::string& target);

class Preview {
 public:
  // Loads the VAE of `model`. Throws as load_latent_codec().
  Preview(std::string target, const std::string& model, const Context&);
  // The next chunk, latents [F, C, h, w]. A row of the sheet is a chunk, up to 8 frames of it; of
  // many chunks every second, fourth, ... is kept, and the newest. A preview that cannot be written
  // is warned of, and no other is tried: it is not what the run is for.
  void add(const at::Tensor& latents);

 private:
  void show(const std::vector<video::Image>& frames);

  std::string target_;
  LatentCodec codec_;
  std::vector<std::vector<video::Image>> rows_;
  int64_t chunks_ = 0, stride_ = 1;
  bool newest_is_extra_ = false;  // the last row goes when the next chunk comes
  bool failed_ = false;
};

}  // namespace svg::episode
