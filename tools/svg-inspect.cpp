// svg-inspect: says what files and folders are: latent streams, safetensors, LoRA deltas, memories,
// model directories and manifests. One line each, or with --json all their facts. Exit 65 if one is
// malformed or, with --verify, not sound.
#include <iostream>
#include <string>
#include <vector>

#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/session/inspect.h"
#include "libcore/video/manifest_videos.h"
#include "tools/common/tool_main.h"
#include "tools/common/video_library.h"

namespace {
using namespace svg;

struct Options {
  std::vector<std::string> paths;
  bool json = false, verify = false, provenance = false;
};

void add_options(CLI::App& app, Options& o) {
  app.add_option("files", o.paths, "Files and folders; - is a latent stream on standard input")
      ->required();
  app.add_flag("--json", o.json, "One JSON object per file, with all facts");
  app.add_flag(
      "--verify", o.verify,
      "Also check every hash, weight, value and data file, and count the frames of videos");
  app.add_flag("--provenance", o.provenance, "Print what made each file, as JSON, instead");
}

// What only a decoder knows, from the library that is loaded for it.
std::vector<std::string> problems_of_videos(const std::string& folder) {
  std::vector<std::string> problems;
  reinterpret_cast<video::CheckVideos*>(tools::video_symbol(video::kCheckVideos))(folder, problems);
  return problems;
}

int run(const Options& o, Context&) {
  int worst = 0;
  for (const std::string& path : o.paths) {
    session::Report report;
    try {
      report = session::inspect({path, o.verify, o.provenance, problems_of_videos});
    } catch (const Error& e) {  // the other files are still looked at
      log_error(e.what());
      worst = e.exit_code();
      continue;
    }
    std::cout << (o.json || o.provenance ? report.json.dump() + "\n" : report.text);
    if (report.exit_code) worst = report.exit_code;
  }
  return worst;
}

const tools::ToolInfo kTool{
    .name = "svg-inspect",
    .summary =
        "Identify files: latent streams, safetensors, LoRA deltas, memories, model directories, "
        "manifests.",
    .footer =
        "Examples:\n  svg-inspect walk.latents walk.memory\n  svg-inspect --verify --json model/\n"
        "Exit status: 0 all sound, 65 one is malformed, cut off or (--verify) not sound, 66 one is "
        "missing."};

}  // namespace

int main(int argc, char** argv) {
  return svg::tools::tool_main<Options>(argc, argv, kTool, add_options, run);
}
