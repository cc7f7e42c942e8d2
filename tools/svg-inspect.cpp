// svg-inspect: says what files and folders are: latent streams, safetensors, LoRA deltas, memories,
// model directories and manifests. One line each, or with --json all their facts. Exit 65 if one is
// malformed or, with --verify, not sound.
#include <iostream>
#include <string>
#include <vector>

#include "formats/inspect.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "tools/common/tool_main.h"

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
  app.add_flag("--verify", o.verify, "Also check every hash, weight, value and data file");
  app.add_flag("--provenance", o.provenance, "Print what made each file, as JSON, instead");
}

std::string line_of_stream(const ordered_json& facts) {
  int64_t chunks = 0, frames = 0, draws = 0;
  std::string size;
  for (const ordered_json& stream : facts["streams"]) {
    const ordered_json& head = stream["stream"];
    size = cat(", ", head["channels"], "x", head["height"], "x", head["width"], " latents, ",
               head["fps"], " fps");
    for (const ordered_json& record : stream["records"]) {
      bool chunk = record["kind"] == "chunk";
      chunks += chunk;
      draws += !chunk;
      if (chunk) frames += record["frames"].get<int64_t>();
    }
  }
  std::string more = draws ? cat(", ", draws, " draws") : "";
  return cat("latent stream: ", chunks, " chunks, ", frames, " frames", more, size,
             facts["cut_off"].get<bool>() ? ", cut off" : "");
}

std::string line_of_model(const ordered_json& facts) {
  std::string text = cat("model directory: ", facts["class"].get<std::string>());
  for (const auto& [name, component] : facts["components"].items()) {
    text += cat(", ", name);
    if (component.contains("weights"))
      text += cat(" (", component["weights"]["numbers"], " numbers)");
  }
  return text;
}

std::string line_of(const ordered_json& facts) {
  std::string type = facts["type"];
  if (type == "latent-stream") return line_of_stream(facts);
  if (type == "model-directory") return line_of_model(facts);
  if (type == "lora-delta")
    return cat("LoRA delta: rank ", facts["rank"], ", alpha ", facts["alpha"], ", ",
               facts["layers"].size(), " layers");
  if (type == "memory") {
    return cat("memory: ", facts["log"].size(), " revisions, head ", facts["head"], ", rank ",
               facts["rank"], ", keep ", facts["keep"].get<std::string>());
  }
  if (type == "manifest") {
    return cat("manifest: ", facts["episodes"], " episodes, ", facts["frames"], " frames, ",
               facts["chunks"], " chunks, ", facts["tasks"], " tasks");
  }
  return cat("safetensors: ", facts["tensors"].size(), " tensors");
}

int run(const Options& o, Context&) {
  int worst = 0;
  for (const std::string& path : o.paths) {
    try {
      formats::Inspection found = formats::inspect(path, o.verify);
      if (o.provenance) {
        std::cout << found.provenance.dump() << "\n";
      } else if (o.json) {
        ordered_json facts{{"path", path}};
        facts.update(found.facts);
        facts["problems"] = found.problems;
        std::cout << facts.dump() << "\n";
      } else {
        std::cout << path << ": " << line_of(found.facts)
                  << (o.verify && found.problems.empty() ? ": sound" : "") << "\n";
      }
      for (const std::string& problem : found.problems) log_error(problem);
      if (!found.problems.empty()) worst = static_cast<int>(ErrorKind::Data);
    } catch (const Error& e) {  // the other files are still looked at
      log_error(e.what());
      worst = e.exit_code();
    }
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
