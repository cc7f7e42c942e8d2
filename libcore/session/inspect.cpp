#include "libcore/session/inspect.h"

#include "formats/inspect.h"
#include "libcore/base/error.h"
#include "libcore/base/log.h"
#include "libcore/base/printable.h"

namespace svg::session {
namespace {

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
    if (!component.contains("weights")) continue;
    const ordered_json& weights = component["weights"];
    text += cat(" (", weights["numbers"], " numbers");
    if (weights.contains("fingerprint")) text += ", " + weights["fingerprint"].get<std::string>();
    text += ")";
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
  if (type == "loop-store") {
    return cat("store of the loop: ", facts["episodes"].size(), " episodes, ", facts["pairs"],
               " pairs, kind ", facts["kind"].get<std::string>(), ", rank ", facts["rank"]);
  }
  return cat("safetensors: ", facts["tensors"].size(), " tensors");
}

void check_videos(const InspectOptions& o, std::vector<std::string>& problems) {
  try {
    for (std::string& problem : o.problems_of_videos(o.path)) problems.push_back(problem);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Unavailable) throw;
    log_warn(cat(o.path, ": its videos are not looked into: ", e.what()));
  }
}

}  // namespace

Report inspect(const InspectOptions& o) {
  formats::Inspection found = formats::inspect(o.path, o.verify);
  if (o.verify && o.problems_of_videos && found.facts["type"] == "manifest")
    check_videos(o, found.problems);
  for (const std::string& problem : found.problems) log_error(problem);
  Report report;
  if (!found.problems.empty()) report.exit_code = static_cast<int>(ErrorKind::Data);
  if (o.provenance) {
    report.json = std::move(found.provenance);
    return report;
  }
  report.text = printable(cat(o.path, ": ", line_of(found.facts),
                              o.verify && found.problems.empty() ? ": sound" : "")) +
                "\n";
  report.json = {{"path", o.path}};
  for (auto& [key, value] : found.facts.get_ref<ordered_json::object_t&>())
    append_member(report.json, key, std::move(value));
  report.json["problems"] = found.problems;
  return report;
}

}  // namespace svg::session
