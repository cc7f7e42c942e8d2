// Lists of tensors beside those of a reference.
#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "test/support/catch.h"

namespace svg {

// Largest difference, relative to the largest number of the second.
inline void check_close(const std::vector<at::Tensor>& ours, const std::vector<at::Tensor>& theirs,
                        double tolerance) {
  CATCH_REQUIRE(ours.size() == theirs.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    CATCH_CAPTURE(i);
    CATCH_CHECK(ours[i].sizes() == theirs[i].sizes());
    CATCH_CHECK(
        ((ours[i].to(at::kFloat) - theirs[i]).abs().max() / theirs[i].abs().max()).item<double>() <
        tolerance);
  }
}

}  // namespace svg
