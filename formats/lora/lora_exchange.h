// Deltas from and to other programs: PEFT and diffusers. Page: formats/lora-delta.md. Torch-free.
#pragma once
#include <string>
#include <vector>

#include "formats/memory/memory.h"
#include "formats/model/model_directory.h"

namespace svg::formats {

// A folder as PeftModel.from_pretrained(unet, DIR) loads it: adapter_config.json,
// adapter_model.safetensors.
void export_peft(const LoraDelta& delta, const std::string& dir);
// A folder as pipeline.load_lora_weights(DIR) loads it: pytorch_lora_weights.safetensors, keys
// under "unet.", rank and alpha in the metadata key lora_adapter_metadata.
void export_diffusers(const LoraDelta& delta, const std::string& dir);

// A delta of any program.
struct ForeignLora {
  LoraDelta delta;
  std::vector<LoraLayer>
      layers;  // of delta, with alpha as the configuration beside it says; never empty
  std::string configuration{};  // adapter_config.json, where alpha was taken from it
};
// `path`: one of the folders above, or a safetensors file in any form that LoraDelta reads; warns
// of the tensors of text encoders that it leaves out. Throws Error{NoInput}, Error{Data} for what
// we do not apply: DoRA, biases, ranks or alphas by pattern, NaN.
ForeignLora open_lora(const std::string& path);
// Names the layers as this model's UNet does, where the file has LDM's names. Throws Error{Data}
// where it holds a layer under both.
void take_names_of(const ModelDirectory& model, ForeignLora&);

// A new memory in `dir` whose revision 1 is the delta, in F32. `targets` are those of the runs that
// are to go on from it. Throws Error{Data} where ranks or alphas differ from layer to layer,
// Error{Config} where a layer does not fit the UNet of `model`.
void import_memory(ForeignLora lora, const ModelDirectory& model,
                   const std::vector<std::string>& targets, const KeepPolicy& keep,
                   const std::string& dir);

}  // namespace svg::formats
