#include "libcore/tensor/adapter_lease.h"

#include "libcore/base/error.h"

namespace svg {

AdapterLease::AdapterLease(Parameters& model) : slots_(model.slots_), leased_(model.leased_) {
  require(!*leased_, ErrorKind::Internal, "two sets of adapters are used on one model at a time");
  *leased_ = true;
}

AdapterLease::~AdapterLease() {
  if (!leased_) return;
  for (const auto& slot : slots_) *slot = LoraSlot{};
  *leased_ = false;
}

}  // namespace svg
