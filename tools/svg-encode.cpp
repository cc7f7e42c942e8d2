// svg-encode: videos, pictures or the episodes of a manifest in, a latent stream out.
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "libcore/base/error.h"
#include "libcore/session/encode.h"
#include "tools/common/setting_flags.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {
using namespace svg;

constexpr tools::ToolInfo kTool{
    .name = "svg-encode",
    .summary = "Encodes videos, pictures or episodes into a latent stream.",
    .footer =
        "INPUT is a video or picture that FFmpeg reads, a folder of pictures (2.png before\n"
        "10.png), a pattern such as dir/%05d.png, - for standard input (y4m and most others),\n"
        "or a folder with episodes.jsonl and chunks.jsonl, whose actions go along. Videos of\n"
        "one name become episodes named with their folders.\n\n"
        "Frames come as a player shows them: upright, with square pixels, deinterlaced, HDR\n"
        "mapped to SDR; transparency is dropped; a line says so. Frames of another size than\n"
        "--size are scaled to cover it (by area, or bicubic where they grow) and cropped in\n"
        "the centre.\n\n"
        "  svg-encode --model M first.png |\n"
        "    svg-generate --model M --actions plan.txt > walk.latents\n\n"
        "Exit: 65 bad video or manifest, 66 input missing, 69 a kind of picture that FFmpeg\n"
        "does not read (HEIC, animated WebP), 78 a size that the VAE cannot take.\n"
        "See also: svg-decode, svg-inspect.",
    .device = true,
    .seed = true,
    .progress = true};

struct Options : session::EncodeOptions {
  std::string size;

  void validate() const {
    int w = 0, h = 0;
    char rest = 0;
    const bool good = size.empty() || (std::sscanf(size.c_str(), "%dx%d%c", &w, &h, &rest) == 2 &&
                                       w > 0 && h > 0 && w <= 8192 && h <= 8192);
    require(good, ErrorKind::Usage, "--size ", size, ": expected WIDTHxHEIGHT, each up to 8192");
    for (const double number : {fps, assume_fps, start, duration})
      require(std::isfinite(number), ErrorKind::Usage,
              "--fps, --assume-fps, --start and --duration take finite numbers");
    for (const auto& input : inputs)
      require(input != "-" || !isatty(STDIN_FILENO), ErrorKind::Usage,
              "standard input is a terminal: give an INPUT, or pipe y4m in");
  }
};

void add_options(CLI::App& app, Options& o) {
  app.add_option("INPUT", o.inputs, "What to encode, each an episode of its own or a manifest")
      ->option_text("... [-]");
  app.add_option("--model", o.model, "Model directory, whose VAE encodes")
      ->required()
      ->option_text("DIR REQUIRED");
  app.add_option("-o,--output", o.output, "Stream to write, - for standard output")
      ->option_text("FILE [-]");
  tools::add_setting(app, Setting("posterior", o.posterior,
                                  "The mean of the VAE's posterior, or a sample of it (--seed)"));
  app.add_option(
         "--frames", o.frames,
         "Frames a chunk; 0: as the model has it (svg.json), else 16; a manifest has its own")
      ->check(CLI::Range(0, 65536))
      ->option_text("N [0]");
  app.add_option("--size", o.size,
                 "Frame size in pixels; default: the model's (svg.json), else as stored")
      ->option_text("WxH");
  app.add_option("--fps", o.fps,
                 "Resample videos to X frames a second, and state it; 0: every frame, at the "
                 "source's average rate, else the model's, else 8")
      ->check(CLI::Range(0.0, 1000.0))
      ->option_text("X [0]");
  app.add_option("--assume-fps", o.assume_fps,
                 "Frames a second of the input, whatever it says; no frame is repeated or left "
                 "out; 0: as it says")
      ->check(CLI::Range(0.0, 1000.0))
      ->option_text("X [0]");
  app.add_option("--start", o.start, "Seconds of a video to leave out at the beginning")
      ->check(CLI::NonNegativeNumber)
      ->option_text("SEC [0]");
  app.add_option("--duration", o.duration, "Seconds of a video to take; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->option_text("SEC [0]");
  app.add_option("--every", o.every, "Take each N-th frame of a video; the rate falls as much")
      ->check(CLI::Range(1, 1 << 30))
      ->option_text("N [1]");
  app.add_flag("--no-autorotate", o.no_autorotate,
               "Do not turn pictures upright as their EXIF orientation or display matrix asks");
  app.add_flag("--as-stored", o.as_stored,
               "Frames as stored: not turned, pixels not made square, not deinterlaced, HDR not "
               "mapped to SDR");
  app.add_flag("--salvage", o.salvage,
               "Keep the whole frames before the damage of a damaged or cut-off video");
  app.add_flag(
      "--skip-bad", o.skip_bad,
      "Leave out inputs, and pictures of a folder or pattern, that cannot be read; each is "
      "named");
  app.add_option("--episode", o.episode,
                 "Of a manifest only this episode; else the name of the episode")
      ->option_text("ID");
  app.add_option("--chunks", o.chunks, "At most so many chunks of an episode; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->option_text("N [0]");
  tools::add_setting(
      app, Setting("latents_dtype", o.latents_dtype, "Precision of the latents in the stream"));
  app.add_option("--batch", o.batch, "Frames through the VAE at once")
      ->check(CLI::Range(1, 4096))
      ->option_text("N [4]");
  app.add_option(
         "--vae-tile", o.vae_tile,
         "Side in pixels of overlapping tiles, for frames too large for memory; 0: frames whole")
      ->check(CLI::NonNegativeNumber)
      ->option_text("N [0]");
}

int run(const Options& o, Context& context) {
  session::EncodeOptions options = o;
  if (options.inputs.empty()) options.inputs = {"-"};
  if (!o.size.empty()) std::sscanf(o.size.c_str(), "%dx%d", &options.width, &options.height);
  tools::refuse_terminal(options.output);
  return tools::run_session(options, context).exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
