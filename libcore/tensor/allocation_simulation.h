// What a computation would take in memory, found by running it on the meta device: tensors there
// have shapes and lifetimes but no storage, and this counts the bytes that they would have. Any
// code of ours runs so, forward and backward, at full size, within a second; nothing is computed.
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
