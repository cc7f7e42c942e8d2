// The parameters of a model by name. A model struct is built by taking each of its tensors from a
// Parameters object, which either holds the weights of a file or draws fresh ones: so loading,
// initialising, saving and training share one list of names (those of diffusers).
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "formats/safetensors.h"

namespace svg {

// How a fresh parameter is drawn; PyTorch's defaults.
enum class Init {
  FanIn,   // U(-1/sqrt(fan_in), 1/sqrt(fan_in)): nn.Linear and nn.Conv weights and biases
  Normal,  // N(0, 1): nn.Embedding
  Small,   // N(0, 0.02): CLIP's embeddings and projections
  Ones,
  Zeros,
};

// The low-rank pair beside one linear layer (PEFT: lora_A, lora_B), for E episodes at once. Empty
// unless an AdapterLease fills it. While `merged` is defined it replaces the layer's weight
// (sampling); otherwise W x + scale * B(A x) is what the layer gives. A pair that requires
// gradients learns beside a frozen W. One that does not is a constant, beside which W itself may
// learn.
struct LoraSlot {
  at::Tensor a;       // [E, R, in] f32
  at::Tensor b;       // [E, out, R] f32
  double scale = 1;   // alpha / rank
  at::Tensor merged;  // [E, out, in], W + scale * B A
  // Where defined, each forward pass beside the layer adds to them, in f32: sums over all places of
  // the outer products of A x with itself [E, R, R], and of what the layer gives with A x
  // [E, out, R]. For writes in closed form.
  at::Tensor gram{}, outer{};
  bool active() const { return a.defined() || merged.defined(); }
};

// A linear layer that may carry an adapter: its name (without ".weight"), its weight and its slot,
// to look at: AdapterLease is the right to change it.
struct LoraSite {
  std::string name;
  at::Tensor weight;  // [out, in]
  std::shared_ptr<const LoraSlot> slot;
};

// Tensors by name, in order.
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

class Parameters {
 public:
  // Weights from mapped files, converted to `dtype` on `device`; the mapping ends with finish(). On
  // the meta device names, shapes and dtypes are checked and no data is read.
  static Parameters from_files(std::shared_ptr<const formats::WeightFiles> files,
                               at::ScalarType dtype, at::Device device, std::string where);
  // Fresh weights in fp32, drawn on the CPU: each tensor has its own generator, seeded by (seed,
  // name), so that the values do not depend on the order of construction.
  static Parameters fresh(uint64_t seed, at::Device device);

  // Names and shapes alone, for a model of any size: tensors of `dtype` on the meta device, which
  // have no storage.
  static Parameters on_meta(at::ScalarType dtype);

  // The tensor `name` of this shape. Problems (missing, another shape, whole numbers) are collected
  // for finish(), and a tensor of zeros is returned meanwhile.
  at::Tensor take(const std::string& name, at::IntArrayRef shape, Init init, int64_t fan_in = 1);
  // An older name under which a file may hold `name`; what is saved has the new one.
  void also_called(const std::string& name, const std::string& older);
  // Whether the file holds `name`: for layers that some checkpoints lack. Always true for fresh
  // parameters.
  bool has(const std::string& name) const;
  // Names that a file may hold without a taker (such as "position_ids" buffers of old checkpoints).
  void ignore(const std::string& name);
  // Announces a linear layer that may carry an adapter.
  std::shared_ptr<const LoraSlot> add_site(const std::string& name, const at::Tensor& weight);

  // Throws Error{Data} that lists the missing, unexpected and misshapen tensors together, up to 40
  // of them.
  void finish();

  // In the order of construction. The handles are shared with the model's structs.
  const std::vector<std::pair<std::string, at::Tensor>>& list() const { return list_; }
  const std::vector<LoraSite>& sites() const { return sites_; }
  int64_t count() const;  // numbers in all tensors

 private:
  friend class AdapterLease;

  // What the files hold for `name`; nullptr, and one problem more, where it does not fit.
  const formats::TensorView* find(const std::string& name, at::IntArrayRef shape);

  std::shared_ptr<const formats::WeightFiles> files_;
  at::ScalarType dtype_ = at::kFloat;
  at::Device device_ = at::kCPU;
  std::string where_;
  uint64_t seed_ = 0;
  std::vector<std::pair<std::string, at::Tensor>> list_;
  std::vector<LoraSite> sites_;
  std::vector<std::shared_ptr<LoraSlot>> slots_;  // of the sites, for who has the lease
  // Whether somebody has it. Shared by copies, as the slots are.
  std::shared_ptr<bool> leased_ = std::make_shared<bool>(false);
  std::map<std::string, std::string> older_;
  std::set<std::string> taken_;
  std::vector<std::string> problems_;
};

// Between files and tensors.
at::ScalarType scalar_type_of(formats::DType);
formats::DType dtype_of(at::ScalarType);
// A copy of the view's bytes as a CPU tensor of the view's own dtype.
at::Tensor tensor_of(const formats::TensorView&);
// A view of a contiguous CPU tensor, which must outlive it.
formats::TensorView view_of(const std::string& name, const at::Tensor&);
// Writes named tensors (any device, any layout) to `path`, cast to `dtype`.
void save_tensors(const std::string& path,
                  const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                  at::ScalarType dtype, const formats::Metadata& metadata);

}  // namespace svg
