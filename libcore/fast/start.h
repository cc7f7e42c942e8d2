// Where fast learning starts, Theta_0, and how fast each layer learns from there: read from a LoRA
// delta (--fast-init, a model's fast/init.safetensors), and written into one.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "libcore/fast/fast_settings.h"
#include "libcore/fast/temp_lora.h"
#include "libcore/tensor/parameters.h"

namespace svg::fast {

// Names as of TempLora::delta(): A [R, in] and B [out, R] of each layer, fp32, at the memory's own
// scale. Rates: multiples of the learning rate; a tensor without has 1.
struct Start {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, double> rates;
};

// `layers`: those that are adapted; `base`: the fingerprint of the UNet. Throws Error{NoInput,
// Data} for the file, Error{Config} where it starts memories of another model, other layers,
// another rank or other widths.
Start read_start(const std::string& path, const FastSettings&,
                 const std::vector<std::string>& layers, const std::string& base);

// TempLora::begin_from() with the file that the settings name, if they do (find_start()).
void begin_from_file(const FastSettings&, const std::string& base, TempLora& memory);

// One without anything in it: a random A of each layer, drawn by `seed`, and B zero.
Start fresh_start(const std::vector<LoraSite>& sites, const FastSettings&, uint64_t seed);

// The start in `file`, of other weights, becomes that of the model directory `to`. An empty name:
// nothing happens.
void carry_start(const std::string& file, const std::string& to);

// Atomically, as a delta of the memory's rank and scale. `base`: of the UNet that it is for.
void write_start(const std::string& path, const Start&, const FastSettings&,
                 const std::string& base, const ordered_json& provenance);

}  // namespace svg::fast
