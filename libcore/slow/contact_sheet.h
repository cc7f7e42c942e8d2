// A picture of many pictures, for a person to look at.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

namespace svg::slow {

// frames u8 [rows, columns, H, W, 3] -> one PNG, small frames enlarged by whole factors.
void write_contact_sheet(const std::string& png, const at::Tensor& frames);

}  // namespace svg::slow
