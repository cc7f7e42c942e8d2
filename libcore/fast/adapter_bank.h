// E low-rank adapters beside chosen linear layers of a UNet, and the ways in which the UNet
// computes with them. All of them live in one flat fp32 buffer, whose views are the A [E, R, in]
// and B [E, out, R] of each layer.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libcore/fast/merged_weights.h"
#include "libcore/fast/overwritten_weights.h"
#include "libcore/optim/flat_parameters.h"
#include "libcore/tensor/adapter_lease.h"
#include "libcore/tensor/parameters.h"

namespace svg::fast {

// Where merged weights are put.
enum class MergeInto {
  Buffers,  // of their own, for every row
  Base,     // the base weights' own memory, while these are kept in host memory, copied once: they
         // are taken to be frozen. For one row: several have a matrix each, and merge into buffers
};

// Whether a bank's pairs ever learn: those that do not have no gradients to hold.
enum class Pairs { Learn, Stay };

// The Kaiming-uniform A that a layer begins with, as in PEFT, by (seed, name of the row, layer).
at::Tensor random_a(uint64_t seed, const std::string& row, const std::string& layer,
                    at::IntArrayRef sizes);

// A row is the adapter of one episode, or of one item of a batch. In every way of computing the
// batch that the UNet sees is a multiple of E, rows slowest.
class AdapterBank {
 public:
  // `unet` outlives the bank; `targets` as in lora_targets.h. Row names are keys of random draws.
  AdapterBank(Parameters& unet, const std::string& targets, int64_t rank, double scale,
              std::vector<std::string> rows, MergeInto = MergeInto::Buffers, Pairs = Pairs::Learn);
  ~AdapterBank();  // as leave()
  AdapterBank(const AdapterBank&) = delete;
  AdapterBank& operator=(const AdapterBank&) = delete;

  // A Kaiming-uniform as in PEFT, drawn by (seed, name of the row, layer); B zero.
  void reset(uint64_t seed, int64_t row);
  // From here on reset() gives each row these, named as delta() names them, instead.
  void begin_from(std::map<std::string, at::Tensor> start);
  // Scales what every layer has learned, s B A, by `factor`: B is, beyond that of begin_from().
  void shrink(double factor);
  // Computes W + s B A in fp32 from the untouched W, into buffers that are held until a side path
  // is used. MergeInto::Base: use_merged() computes it.
  void merge();
  // Whether use_merged() would compute, and so read A and B.
  bool merge_is_due() const { return in_place_ && (merged_anew_ || !base_.begun()); }
  bool merges_in_place() const { return in_place_; }

  // From here on side paths that learn note the sums that a rule needs (LoraSlot::gram, ::outer).
  void note_sums(bool gram, bool outer);
  // Of each layer; empty where they are not noted.
  const std::vector<at::Tensor>& grams() const { return grams_; }
  const std::vector<at::Tensor>& outers() const { return outers_; }

  // How the UNet computes from here on. All but use_base() take the lease on it, and throw
  // Error{Internal} while another bank has it; use_base() gives it back.
  void use_side_path();         // W x + s B A x, gradients to A and B: fast learning. Pairs::Learn
  void use_frozen_side_path();  // the same with A and B as constants, gradients to what of the UNet
                                // requires them, W included: slow learning with a memory for each
                                // item of the batch
  // Likewise with these, named as parameters().named, [E, R, in] and [E, out, R], instead of its
  // own: gradients reach what they were computed from.
  void use_side_path_of(const NamedTensors& pairs);
  void use_merged();  // the weights of the last merge(): sampling
  void use_base();    // W x
  // use_base() where another error is on its way: one of its own, as of a device that is lost, is
  // not reported.
  void leave() noexcept;

  optim::FlatParameters& parameters() { return parameters_; }
  const optim::FlatParameters& parameters() const { return parameters_; }
  double scale() const { return scale_; }
  int64_t size() const { return static_cast<int64_t>(rows_.size()); }
  const std::vector<std::string>& layer_names() const { return names_; }

  // The update of one row as PEFT names it ("base_model.model.<layer>.lora_A.weight" [R, in],
  // ".lora_B.weight" [out, R]). Copies.
  NamedTensors delta(int64_t row) const;
  // Puts it back. Throws Error{Config} where a layer or a shape does not fit.
  void load(int64_t row, const std::map<std::string, at::Tensor>& delta);
  // Frobenius norm of s B A over all layers, per row [E].
  at::Tensor norms() const;

 private:
  at::Tensor a(size_t i) const { return parameters_.named[2 * i].second; }
  at::Tensor b(size_t i) const { return parameters_.named[2 * i + 1].second; }
  void take_lease();
  void place_beside(bool frozen);
  void compute_merged();
  void merge_in_place();

  Parameters& unet_;
  std::vector<size_t> sites_;        // of unet_.sites(), those that carry adapters
  std::vector<std::string> names_;   // of these
  std::vector<at::Tensor> weights_;  // likewise [out, in], handles shared with the model
  std::vector<std::string> rows_;
  double scale_;
  optim::FlatParameters parameters_;
  bool in_place_;
  std::map<std::string, at::Tensor> start_;  // of begin_from()
  std::vector<at::Tensor> grams_, outers_;   // of each layer [E, R, R], [E, out, R]
  std::vector<at::Tensor> merged_;  // of each layer [E, out, in]; undefined where a side path is in
                                    // use, which has no need of them; in place: the weights
  MergedWeights merged_weights_;
  OverwrittenWeights base_;            // in place
  bool merged_anew_ = true;            // in place: merge() was called, and nothing written since
  std::optional<AdapterLease> lease_;  // while anything but the base is in use
};

}  // namespace svg::fast
