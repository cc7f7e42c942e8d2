// The inverse dynamics model: which action led from one frame to the next, read from the frames
// around that step (worlds' convention: row t of `act` is the increment into frame t). Every field
// of an action is a class: of the values that the field took in training where those are few, else
// of bins that are narrow near 0; an amount between the middles of two is taught as a share of
// each, so that their mean can be any amount.
// Sources: UniPi (arXiv 2302.00111), convolution, three residual blocks, means, two linear layers;
// VPT (arXiv 2206.11795), mu-law bins, and frames of both sides of the step; Levine et al. (arXiv
// 1504.00702), points: where in the picture each of some features is, by a softmax over places;
// DreamerV3 (arXiv 2301.04104), shares of two bins.
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
// Its amounts lead from a frame to the next; else it says how something is, as a grip that is
// closed: few values, none below 0.
bool is_increment(const IdmField& field);
// The class nearest to a value.
int64_t class_of(const IdmField& field, double value);
// Rows of actions f32 [n, V] as classes i64 [n, V], and as what is taught: the probabilities of all
// classes, field after field, f32 [n, outputs].
at::Tensor classes_of(const std::vector<IdmField>& fields, const at::Tensor& acts);
at::Tensor targets_of(const std::vector<IdmField>& fields, const at::Tensor& acts);
// Logits, or targets, [B, outputs] as those of each field.
std::vector<at::Tensor> by_field(const std::vector<IdmField>& fields, const at::Tensor& logits);

struct IdmConfig {
  int64_t height = 0, width = 0;  // px
  int64_t channels = 32, hidden = 128;
  int64_t points = 0;  // features whose places are read beside the means
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
  nn::Conv2d points;  // where config.points > 0
  nn::Linear hidden, out;
};
Idm make_idm(Parameters& parameters, const IdmConfig& config);

// windows u8 [B, kWindow, H, W, 3] -> logits f32 [B, outputs], field after field
at::Tensor forward(const Idm& idm, const at::Tensor& windows);
// The actions f32 [B, V] that they stand for: the likeliest class's value; of a binned field the
// mean of its bins by their probabilities.
at::Tensor actions_of(const Idm& idm, const at::Tensor& logits);

// The windows around the steps into frames `first` .. of `frames` u8 [n, H, W, 3], first >= 1;
// beyond the ends the first and the last frame stand: [n - first, kWindow, H, W, 3].
at::Tensor windows_of(const at::Tensor& frames, int64_t first);

// Windows that show where things are and where they should be next, and nothing of how they move:
// `here` and `next` u8 [B, H, W, 3], the one in the places of the frames up to the step, the other
// in those behind it.
at::Tensor pair_windows(const at::Tensor& here, const at::Tensor& next);

// The actions that led into the frames from `first` on, and how sure the model is of each: the
// mean over fields of the logarithm of the likeliest class's probability.
struct ReadActions {
  std::vector<world::FrameAction> actions;
  std::vector<double> confidence;
};
ReadActions read_actions(const Idm& idm, const at::Tensor& frames, int64_t first);
// The action that leads from what is seen `here`, u8 [H, W, 3], to frame f of a plan u8
// [F, H, W, 3]: of a model that was trained on pairs. What is no increment is read from the plan's
// frames f-1 .. f+1, of which the middle counts twice: a single frame can be drawn badly.
ReadActions read_next(const Idm& idm, const at::Tensor& here, const at::Tensor& plan, int64_t f);

// A model directory of its own: config.json, model.safetensors, provenance.json.
void save_idm(const std::string& folder, const IdmConfig& config, const NamedTensors& weights);
// Throws Error{NoInput, Data}.
Idm load_idm(const std::string& folder, at::Device device);

}  // namespace svg::plan
