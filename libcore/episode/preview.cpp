#include "libcore/episode/preview.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/progress.h"
#include "libcore/base/scratch_folder.h"
#include "libcore/video/compose.h"
#include "libcore/video/picker.h"
#include "libcore/video/video_writer.h"

namespace svg::episode {
namespace {

using video::Image;

constexpr size_t kMostRows = 48;
constexpr int kColumns = 8, kFrameWidth = 96;  // px; smaller frames are enlarged
constexpr const char* kTerminal = "terminal";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_kitty() {
  return !variable("KITTY_WINDOW_ID").empty() || variable("TERM") == "xterm-kitty";
}

bool has_chafa() {
  std::istringstream folders(variable("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/chafa").c_str(), X_OK) == 0) return true;
  return false;
}

std::string base64(const std::string& bytes) {
  constexpr const char* kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t k = 0; k < 3; ++k)
      three = three << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? kDigits[three >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

// kitty's graphics protocol: a PNG in pieces of 4096 characters, shown where the cursor stands.
std::string kitty_commands(const std::string& png) {
  const std::string text = base64(png);
  std::string out;
  for (size_t at = 0; at < text.size(); at += 4096) {
    const bool more = at + 4096 < text.size();
    out += cat("\x1b_G", at == 0 ? "a=T,f=100," : "", "m=", more ? 1 : 0, ";",
               text.substr(at, 4096), "\x1b\\");
  }
  return out + "\n";
}

// On standard error, beside the meter: standard output may be the latent stream.
void draw(const Image& image) {
  const ScratchFolder folder;
  const std::string file = folder / "preview.png";
  video::write_png(file, image);
  clear_progress_meter();
  if (is_kitty()) {
    std::fputs(kitty_commands(read_file(file)).c_str(), stderr);
  } else {
    const int status = std::system(("chafa '" + file + "' 1>&2").c_str());
    require(status == 0, ErrorKind::Unavailable, "chafa ended with status ", status);
  }
}

}  // namespace

void check_preview(const std::string& target) {
  if (target == kTerminal) {
    require(is_kitty() || has_chafa(), ErrorKind::Unavailable,
            "--preview terminal: this terminal shows no pictures by itself, and chafa is not in "
            "PATH: install chafa, or give NAME.png");
    return;
  }
  require(target.size() > 4 && target.ends_with(".png"), ErrorKind::Usage, "--preview ", target,
          ": expected NAME.png or terminal");
}

Preview::Preview(std::string target, const std::string& model, const Context& context)
    : target_(std::move(target)), codec_(load_latent_codec(model, context, 4)) {}

void Preview::add(const at::Tensor& latents) {
  if (failed_) return;
  video::Picker<Image> picker(kColumns);
  for (const Image& frame : decode_images(codec_, latents)) picker.add(frame);
  std::vector<Image> frames = picker.picked();
  for (Image& frame : frames)
    frame = video::upscale(frame, std::max(1, kFrameWidth / std::max(1, frame.width)));
  try {
    show(frames);
  } catch (const Error& e) {
    log_warn(cat("--preview: ", e.what(), ": no more previews"));
    failed_ = true;
  }
}

void Preview::show(const std::vector<Image>& frames) {
  if (target_ == kTerminal) {
    draw(video::beside(frames));
    return;
  }
  if (newest_is_extra_) rows_.pop_back();
  rows_.push_back(frames);
  newest_is_extra_ = chunks_++ % stride_ != 0;
  if (rows_.size() > kMostRows && !newest_is_extra_) {
    for (size_t i = 0; 2 * i < rows_.size(); ++i) std::swap(rows_[i], rows_[2 * i]);
    rows_.resize((rows_.size() + 1) / 2);
    stride_ *= 2;
  }
  video::write_png(target_, video::contact_sheet(rows_));
}

}  // namespace svg::episode
