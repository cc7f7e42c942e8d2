// svg-decode: latent streams in, video out; several streams side by side, and a contact sheet.
#include <unistd.h>

#include <algorithm>

#include "libcore/base/error.h"
#include "libcore/session/decode.h"
#include "libcore/video/video_names.h"
#include "tools/common/tool_main.h"
#include "tools/common/torch_library.h"

namespace {
using namespace svg;

constexpr tools::ToolInfo kTool{
    .name = "svg-decode",
    .summary = "Decodes latent streams into a video; several streams stand side by side.",
    .footer =
        "The format follows from the name of the output: .mp4 or .mov (H.264) and .webm (VP9),\n"
        "whose odd sizes grow by one, .mkv (FFV1, lossless), .gif, .y4m, dir/%05d.png (numbered\n"
        "from 0), or - for y4m on standard output. The video ends with the longest stream; the\n"
        "place of one that has ended is black.\n\n"
        "  svg-decode --model M true.latents with.latents without.latents --upscale 4 \\\n"
        "    -o walk.mp4 --sheet walk.png\n\n"
        "Exit: 1 nothing to decode, 65 bad stream or one that is cut off (its whole chunks are\n"
        "in the video), 78 a stream of another VAE.\n"
        "See also: svg-encode, svg-generate, svg-inspect.",
    .device = true,
    .seed = false,
    .progress = true};

struct Options : session::DecodeOptions {
  void validate() const {
    require(!output.empty() || !sheet.empty(), ErrorKind::Usage,
            "nothing to write: give -o FILE or --sheet FILE");
    require(output.empty() || video::container_of(output), ErrorKind::Usage, "-o ", output,
            ": expected ", video::kVideoNames);
    require(sheet.empty() || video::has_ending(sheet, ".png"), ErrorKind::Usage, "--sheet ", sheet,
            ": expected a name that ends in .png");
    const size_t streams = std::max<size_t>(1, inputs.size());
    require(labels.empty() || labels.size() == streams, ErrorKind::Usage,
            "--labels: ", labels.size(), " for ", streams, " streams");
    require(sheet_frames.empty() || !sheet.empty(), ErrorKind::Usage,
            "--sheet-frames: there is no --sheet");
    require(sheet_captions.empty() || sheet_captions.size() == sheet_frames.size(),
            ErrorKind::Usage, "--sheet-captions: ", sheet_captions.size(), " for ",
            sheet_frames.size(), " --sheet-frames");
    for (const auto& input : inputs)
      require(input != "-" || !isatty(STDIN_FILENO), ErrorKind::Usage,
              "standard input is a terminal: give a STREAM, or pipe one in");
  }
};

void add_options(CLI::App& app, Options& o) {
  app.add_option("STREAM", o.inputs, "Latent streams")->option_text("... [-]");
  app.add_option("--model", o.model, "Model directory, whose VAE decodes")
      ->required()
      ->option_text("DIR REQUIRED");
  app.add_option("-o,--output", o.output, "Video to write")->option_text("FILE");
  app.add_option("--sheet", o.sheet,
                 "Contact sheet to write: a row a stream, pictures spread over the length")
      ->option_text("FILE.png");
  app.add_option("--sheet-columns", o.sheet_columns, "Pictures a row of the sheet")
      ->check(CLI::Range(1, 64))
      ->option_text("N [8]");
  app.add_option("--sheet-frames", o.sheet_frames,
                 "These frames on the sheet, counted from 0, comma-separated")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->option_text("N,N,...");
  app.add_option("--sheet-captions", o.sheet_captions, "Words above each of those")
      ->delimiter(',')
      ->option_text("TEXT,...");
  app.add_option("--labels", o.labels,
                 "Words beside each stream's pictures; a bar below them is orange where they were "
                 "generated")
      ->delimiter(',')
      ->option_text("TEXT,...");
  app.add_option("--upscale", o.upscale, "Every pixel as N x N of them")
      ->check(CLI::Range(1, 32))
      ->option_text("N [1]");
  app.add_flag("--smooth", o.smooth, "Upscale smoothly (bicubic), not pixel by pixel");
  app.add_option("--gap", o.gap, "Pixels between pictures side by side")
      ->check(CLI::Range(0, 256))
      ->option_text("N [4]");
  app.add_option("--fps", o.fps, "Frames a second; 0: as the first stream says")
      ->check(CLI::Range(0.0, 1000.0))
      ->option_text("X [0]");
  app.add_option("--crf", o.crf, "Quality of .mp4, .mov and .webm: 1 nearly lossless, 51 worst")
      ->check(CLI::Range(1, 51))
      ->option_text("N [14]");
  app.add_option("--episode", o.episode, "Only this episode of the streams")->option_text("ID");
  app.add_flag("--salvage", o.salvage, "A stream that is cut off is no error");
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
  session::DecodeOptions options = o;
  if (options.inputs.empty()) options.inputs = {"-"};
  tools::refuse_terminal(options.output);
  return tools::run_session(options, context).exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
