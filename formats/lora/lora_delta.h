// LoRA deltas: low-rank changes of a base model's weights, W' = W + alpha/rank * B A. Page:
// formats/lora-delta.md. Written with PEFT's key names; the key forms of diffusers and kohya are
// read too. Torch-free.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "libcore/base/json.h"

namespace svg::formats {

// Far above what is used (the widest layers of a UNet have 1280 inputs): a bound for what products
// of ranks allocate.
constexpr int64_t kMaxLoraRank = 4096;
// What PEFT puts before the path of a module.
constexpr const char* kPeftPrefix = "base_model.model.";

// One adapted layer. `module` is its path in the base model,
// as the file names it: "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q".
struct LoraLayer {
  std::string module;
  TensorView a;               // [r, in], or [r, in, k, k] of a convolution
  TensorView b;               // [out, r], or [out, r, 1, 1]
  double alpha = 0;           // the layer's scale is alpha / r
  bool alpha_stated = false;  // by the file itself; else alpha is r
  int64_t rank() const { return a.shape.at(0); }
};

// What a delta of ours says of itself in __metadata__; a foreign file leaves most of it empty.
struct LoraInfo {
  int64_t rank = 0;
  double alpha = 0;
  std::string base;  // fingerprint of the base component's weights (model_directory.h)
  std::vector<std::string> targets;  // as given to --lora-targets
  ordered_json provenance;           // null where unknown
  // Of a delta that learning starts from: of A and of B of each module, multiples of the learning
  // rate; empty: 1.
  std::map<std::string, std::array<double, 2>> rates{};
};

class LoraDelta {
 public:
  // Throws Error{NoInput, Io, Data}. A tensor whose name has none of the known forms is an error
  // that names it, as are pairs that are incomplete or do not fit together. Those of text encoders
  // are left out: we adapt UNets.
  static LoraDelta open(const std::string& path);
  static LoraDelta of(SafetensorsFile file);

  // By module, in alphabetical order. The views live as long as this object.
  const std::vector<LoraLayer>& layers() const { return layers_; }
  const LoraInfo& info() const { return info_; }
  bool ours() const { return ours_; }  // written by this project: LoraInfo is complete
  const std::string& path() const { return file_.path(); }
  const Metadata& metadata() const { return file_.view().metadata; }
  // How many tensors of text encoders there are besides; 0 in a delta of ours.
  size_t left_out() const { return left_out_; }
  void check_finite() const;  // throws Error{Data} naming tensor and position

 private:
  explicit LoraDelta(SafetensorsFile file) : file_(std::move(file)) {}
  SafetensorsFile file_;
  LoraInfo info_;
  bool ours_ = false;
  size_t left_out_ = 0;
  std::vector<LoraLayer> layers_;
};

// Atomically. Layers are written in alphabetical order; names of a and b are made from `module`.
// Every layer must have info.rank and info.alpha. Equal content gives equal bytes.
void write_lora_delta(const Folder& folder, const std::string& name, const LoraInfo& info,
                      const std::vector<LoraLayer>& layers);
void write_lora_delta(const std::string& path, const LoraInfo& info,
                      const std::vector<LoraLayer>& layers);

// Which half of which module a tensor name stands for; nullopt if the name has no known form.
struct LoraKey {
  enum class Part { A, B, Alpha } part;
  std::string module;
};
std::optional<LoraKey> parse_lora_key(const std::string& name);
// Whether the name is one of an adapted text encoder.
bool is_text_encoder_key(const std::string& name);

}  // namespace svg::formats
