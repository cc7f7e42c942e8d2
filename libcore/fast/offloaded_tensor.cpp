#include "libcore/fast/offloaded_tensor.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/DeviceGuard.h>

#include "libcore/base/error.h"

namespace svg::fast {

OffloadedTensor::OffloadedTensor(at::Tensor whole, Contents contents)
    : whole_(std::move(whole)), bytes_(whole_.storage().nbytes()) {
  require(whole_.is_contiguous() && whole_.nbytes() == bytes_, ErrorKind::Internal,
          "only a whole storage can be offloaded");
  if (contents == Contents::Kept) host_.emplace(whole_);
  auto* storage = whole_.storage().unsafeGetStorageImpl();
  storage->set_data_ptr_noswap(at::DataPtr(nullptr, whole_.device()));
  storage->set_nbytes(0);
}

void OffloadedTensor::fetch() {
  if (!offloaded_) return;
  const c10::DeviceGuard device(whole_.device());
  auto* storage = whole_.storage().unsafeGetStorageImpl();
  storage->set_data_ptr_noswap(storage->allocator()->allocate(bytes_));
  storage->set_nbytes(bytes_);
  const at::NoGradGuard no_grad;
  host_ ? host_->write_to(whole_) : void(whole_.zero_());
  offloaded_ = false;
}

}  // namespace svg::fast
