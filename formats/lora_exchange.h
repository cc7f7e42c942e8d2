// Deltas from and to other programs: PEFT and diffusers. Page: formats/lora-delta.md. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "formats/memory.h"
#include "formats/model_directory.h"

namespace svg::formats {

// A folder as PeftModel.from_pretrained(unet, DIR) loads it: adapter_config.json, adapter_model.safetensors.
void export_peft(const LoraDelta& delta, const std::string& dir);
// A folder as pipeline.load_lora_weights(DIR) loads it: pytorch_lora_weights.safetensors, keys under "unet.",
// rank and alpha in the metadata key lora_adapter_metadata.
void export_diffusers(const LoraDelta& delta, const std::string& dir);

// A delta of another program with one rank and one alpha.
struct ForeignLora {
  LoraDelta delta;
  std::vector<LoraLayer> layers;  // of delta, with alpha as the configuration says
  double alpha = 0;
};
// `path`: one of the folders above, or a safetensors file. Throws Error{NoInput}, Error{Data} for what a
// memory cannot hold: ranks or alphas that differ, DoRA, biases, NaN.
ForeignLora open_foreign_lora(const std::string& path);

// A new memory in `dir` whose revision 1 is the delta, in F32. `targets` are those of the runs that are to go
// on from it. Throws Error{Config} where a layer does not fit the UNet of `model`.
void import_memory(const ForeignLora& lora, const ModelDirectory& model,
                   const std::vector<std::string>& targets, const KeepPolicy& keep, const std::string& dir);

}  // namespace svg::formats
