// The inverse dynamics model: which action led from one frame to the next, read from the frames
// around that step (worlds' convention: row t of `act` is the increment into frame t). Every field
// of an action is a class: of the values that the field took in training where those are few, else
// of bins that are narrow near 0.
// Sources: UniPi (arXiv 2302.00111), convolution, three residual blocks, means, two linear layers;
// VPT (arXiv 2206.11795), mu-law bins, and frames of both sides of the step.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/nn/residual.h"
#include "libcore/tensor/parameters.h"
#include "libcore/world/environment/environment.h"

namespace svg::plan {

inline constexpr int64_t kFramesBefore = 2;  // t-2 .. t
inline constexpr int64_t kFramesAfter = 3;   // t+1 .. t+3; the step is that from t to t+1
inline constexpr int64_t kWindow = kFramesBefore + 1 + kFramesAfter;
inline constexpr int64_t kClasses = 11;  // of a field, at most

struct IdmField {
  std::string name;
  std::vector<double> values;  // of its classes, ascending
  bool binned = false;         // they are middles of mu-law bins; else all that the field can be
};

// The classes of a field with these values in training.
IdmField field_of(const std::string& name, const std::vector<float>& values);
// The class nearest to a value.
int64_t class_of(const IdmField& field, double value);

struct IdmConfig {
  int64_t height = 0, width = 0;  // px
  int64_t channels = 32, hidden = 128;
  std::vector<IdmField> fields;
  bool pairs = false;  // trained on windows of two frames too (pair_windows)

  int64_t outputs() const;  // classes of all fields
};
ordered_json to_json(const IdmConfig& config);
// Throws Error{Data}.
IdmConfig idm_config_from(const ordered_json& doc, const std::string& where);

struct Idm {
  IdmConfig config;
  nn::Conv2d conv_in;  // of stride 2
  nn::ResnetBlock blocks[3];
  nn::Linear hidden, out;
};
Idm make_idm(Parameters& parameters, const IdmConfig& config);

// windows u8 [B, kWindow, H, W, 3] -> logits f32 [B, outputs], field after field
at::Tensor forward(const Idm& idm, const at::Tensor& windows);
// Classes i64 [B, V] of the largest logits.
at::Tensor classes_of(const Idm& idm, const at::Tensor& logits);

// The windows around the steps into frames `first` .. of `frames` u8 [n, H, W, 3], first >= 1;
// beyond the ends the first and the last frame stand: [n - first, kWindow, H, W, 3].
at::Tensor windows_of(const at::Tensor& frames, int64_t first);

// Windows that show where things are and where they should be next, and nothing of how they move:
// `here` and `next` u8 [B, H, W, 3], the one in the places of the frames up to the step, the other
// in those behind it.
at::Tensor pair_windows(const at::Tensor& here, const at::Tensor& next);

// The actions that led into the frames from `first` on, and how sure the model is of each: the
// mean over fields of the logarithm of the class's probability. A binned field has the mean of its
// bins by their probabilities: small errors add up less than those of the likeliest bin.
struct ReadActions {
  std::vector<world::FrameAction> actions;
  std::vector<double> confidence;
};
ReadActions read_actions(const Idm& idm, const at::Tensor& frames, int64_t first);
// The action that leads from what is seen `here` to what shall be seen `next`, u8 [H, W, 3]: of a
// model that was trained on pairs.
ReadActions read_next(const Idm& idm, const at::Tensor& here, const at::Tensor& next);

// A model directory of its own: config.json, model.safetensors, provenance.json.
void save_idm(const std::string& folder, const IdmConfig& config, const NamedTensors& weights);
// Throws Error{NoInput, Data}.
Idm load_idm(const std::string& folder, at::Device device);

}  // namespace svg::plan
