#include "libcore/plan/step_file.h"

#include <ATen/ATen.h>

#include "formats/safetensors.h"
#include "libcore/base/error.h"
#include "libcore/tensor/parameters.h"

namespace svg::plan {
namespace {

constexpr const char* kKey = "svg.step";

ordered_json json_of(const StoredStep& stored) {
  const PlannedStep& s = stored.step;
  ordered_json doc{{"chunk", formats::to_json(s.chunk.header)},
                   {"read", s.read},
                   {"confidence", s.confidence},
                   {"branch", s.branch},
                   {"scores", s.scores},
                   {"frames", s.acted.frames},
                   {"executed", s.acted.acts},
                   {"hits", s.acted.hits},
                   {"poses", s.acted.poses}};
  if (stored.failure)
    doc["failure"] = {{"kind", static_cast<int>(stored.failure->kind)},
                      {"what", stored.failure->what}};
  return doc;
}

StoredStep stored_from(const ordered_json& doc, const std::string& where) {
  StoredStep stored;
  PlannedStep& s = stored.step;
  s.chunk.header = formats::chunk_header_from(json_get<ordered_json>(doc, "chunk", where), where);
  s.read = json_get<std::vector<world::FrameAction>>(doc, "read", where);
  s.confidence = json_get<std::vector<double>>(doc, "confidence", where);
  s.branch = json_get<int64_t>(doc, "branch", where);
  s.scores = json_get<std::vector<double>>(doc, "scores", where);
  s.acted.frames = json_get<int>(doc, "frames", where);
  s.acted.acts = json_get<std::vector<world::FrameAction>>(doc, "executed", where);
  s.acted.hits = json_get<std::vector<uint8_t>>(doc, "hits", where);
  s.acted.poses = json_get<std::vector<double>>(doc, "poses", where);
  if (doc.contains("failure")) {
    const auto failure = json_get<ordered_json>(doc, "failure", where);
    stored.failure = Failure{static_cast<ErrorKind>(json_get<int>(failure, "kind", where)),
                             json_get<std::string>(failure, "what", where)};
  }
  return stored;
}

}  // namespace

void write_step(const std::string& path, const std::vector<StoredStep>& steps) {
  std::vector<at::Tensor> held;
  std::vector<formats::TensorView> views;
  ordered_json doc = ordered_json::array();
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    held.push_back(tensor.contiguous());
    views.push_back(view_of(name, held.back()));
  };
  for (size_t e = 0; e < steps.size(); ++e) {
    const PlannedStep& s = steps[e].step;
    doc.push_back(json_of(steps[e]));
    add(cat(e, ".latents"), s.chunk.latents);
    add(cat(e, ".imagined"), s.imagined);
    if (s.acted.frames > 0) add(cat(e, ".rgb"), at::tensor(s.acted.rgb, at::kByte));
  }
  formats::write_safetensors(path, views, {{kKey, dump_json(doc, path)}});
}

std::vector<StoredStep> read_step(const std::string& path) {
  const formats::SafetensorsFile file(path);
  const auto found = file.view().metadata.find(kKey);
  require(found != file.view().metadata.end(), ErrorKind::Data, path, ": is no step of a plan");
  const ordered_json doc = parse_ordered_json(found->second, path);
  std::vector<StoredStep> steps;
  for (size_t e = 0; e < doc.size(); ++e) {
    StoredStep stored = stored_from(doc[e], path);
    const auto tensor = [&](const std::string& name) {
      const auto* view = file.view().find(name);
      require(view != nullptr, ErrorKind::Data, path, ": tensor ", name, " is missing");
      return tensor_of(*view);
    };
    stored.step.chunk.latents = tensor(cat(e, ".latents"));
    stored.step.imagined = tensor(cat(e, ".imagined"));
    if (stored.step.acted.frames > 0) {
      const auto rgb = tensor(cat(e, ".rgb"));
      stored.step.acted.rgb.assign(rgb.const_data_ptr<uint8_t>(),
                                   rgb.const_data_ptr<uint8_t>() + rgb.numel());
    }
    steps.push_back(std::move(stored));
  }
  return steps;
}

}  // namespace svg::plan
