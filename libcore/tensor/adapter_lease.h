// The right to change what a model's linear layers compute with: their adapter slots, and weights
// that merged ones overwrite for a while.
#pragma once
#include <memory>
#include <vector>

#include "libcore/tensor/parameters.h"

namespace svg {

// Needs a model that is not const, and nobody else has it at the same time: while a lease lives,
// whoever samples or learns with the model does so with the adapters of its holder. Models are used
// by one thread.
class AdapterLease {
 public:
  // Throws Error{Internal} while another lease on the same model lives.
  explicit AdapterLease(Parameters& model);
  // Empties all slots. Weights that were overwritten are put back before, by who overwrote them.
  ~AdapterLease();
  AdapterLease(AdapterLease&&) noexcept = default;
  AdapterLease& operator=(AdapterLease&&) = delete;

  // Of the layer model.sites()[site]. The UNet computes with what is in it from its next forward
  // pass on; a backward pass needs it as it was in the forward pass.
  LoraSlot& slot(size_t site) const { return *slots_.at(site); }

 private:
  std::vector<std::shared_ptr<LoraSlot>> slots_;
  std::shared_ptr<bool> leased_;  // nullptr: moved from
};

}  // namespace svg
