#include "libcore/fast/bank_rows.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "libcore/base/error.h"

namespace svg::fast {

NamedTensors row_of(const optim::FlatParameters& like, const at::Tensor& flat, int64_t row,
                    const std::string& suffix) {
  NamedTensors out;
  for (const auto& [name, t] : optim::cut(like, flat.detach().cpu()))
    out.emplace_back(name + suffix, t[row].clone());  // from a GPU all at once
  return out;
}

void put_row(const optim::FlatParameters& like, const at::Tensor& flat, int64_t row,
             const std::map<std::string, at::Tensor>& tensors, const std::string& suffix) {
  at::NoGradGuard no_grad;
  for (const auto& [name, t] : optim::cut(like, flat.detach())) {
    const auto it = tensors.find(name + suffix);
    require(it != tensors.end(), ErrorKind::Config, "the memory has no tensor ", name, suffix,
            ": it was learned with other targets or on another model");
    at::Tensor target = t[row];
    require(target.sizes() == it->second.sizes(), ErrorKind::Config, "the memory's ", name, suffix,
            " has another shape", ": it has another rank, or belongs to another model");
    target.copy_(it->second);
  }
}

}  // namespace svg::fast
