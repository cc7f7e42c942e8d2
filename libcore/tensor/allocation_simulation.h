// What a computation would take in memory, found by running it without numbers: tensors on the meta
// device have shapes and lifetimes, and this counts their bytes. Any code of ours runs so, forward
// and backward, at full size, within a second; nothing is computed.
#pragma once
#include <cstdint>
#include <memory>

namespace svg {

// While it lives, storages of meta tensors are counted; one at a time. Convolutions, norms and
// attention have the outputs, the saved tensors and the scratch memory that they have on a CPU or a
// GPU.
class AllocationSimulation {
 public:
  AllocationSimulation();
  ~AllocationSimulation();
  AllocationSimulation(const AllocationSimulation&) = delete;
  AllocationSimulation& operator=(const AllocationSimulation&) = delete;

  int64_t live_bytes() const;
  // The most that was alive at once since the beginning, or since the last reset.
  int64_t peak_bytes() const;
  void reset_peak();

 private:
  struct Allocator;
  std::unique_ptr<Allocator> allocator_;
};

}  // namespace svg
