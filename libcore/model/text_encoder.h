// From prompts to what the UNet's cross-attention reads: tokenizer and CLIP text model of a model
// directory.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "libcore/model/clip_text.h"
#include "libcore/model/clip_tokenizer.h"
#include "libcore/model/model_files.h"

namespace svg {

struct TextEncoder {
  ClipText clip;
  ClipTokenizer tokenizer;
  Parameters parameters;
  at::Device device = at::kCPU;
  // Prompts that were too long, each of them said once.
  std::shared_ptr<std::set<std::string>> cut = std::make_shared<std::set<std::string>>();
};

// Throws Error{Config} where the tokenizer has ids that the encoder lacks.
TextEncoder load_text_encoder(const ModelDirectory&, at::ScalarType dtype, at::Device device);

// For a model whose text encoder has no weights yet: a fresh one. Where there is no tokenizer
// either, one is made that takes every word of `texts` as one token, and written to
// `output`/tokenizer.
TextEncoder start_text_encoder(const ModelDirectory&, const std::string& output,
                               const std::vector<std::string>& texts, at::Device device,
                               uint64_t seed);

// [n, L, D] for n prompts; L is the tokenizer's length. The empty prompt is "". What does not fit
// is cut off, with a warning that names where.
at::Tensor encode_text(const TextEncoder&, const std::vector<std::string>& prompts);

}  // namespace svg
