#include "libcore/tensor/draws.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "libcore/base/error.h"
#include "libcore/base/hash.h"

namespace svg {

namespace {

at::Generator generator_of(const DrawKey& key) {
  return at::make_generator<at::CPUGeneratorImpl>(seed_from(
      cat("draw/", key.seed, "/", key.episode, "/", key.chunk, "/", key.stage, "/", key.draw)));
}

}  // namespace

at::Tensor draw_normal(const DrawKey& key, at::IntArrayRef shape) {
  return at::empty(shape, at::kFloat).normal_(0, 1, generator_of(key));
}

at::Tensor draw_integers(const DrawKey& key, int64_t low, int64_t high, at::IntArrayRef shape) {
  return at::empty(shape, at::kLong).random_(low, high, generator_of(key));
}

at::Tensor draw_uniform(const DrawKey& key, at::IntArrayRef shape) {
  return at::empty(shape, at::kFloat).uniform_(0, 1, generator_of(key));
}

void expect_shape(const at::Tensor& x, at::IntArrayRef shape, const char* what) {
  bool ok = x.defined() && x.dim() == static_cast<int64_t>(shape.size());
  for (size_t i = 0; ok && i < shape.size(); ++i)
    ok = shape[i] == -1 || shape[i] == x.size(static_cast<int64_t>(i));
  if (ok) return;
  std::ostringstream expected, got;
  expected << shape;
  if (x.defined()) got << x.sizes();
  fail(ErrorKind::Config, what, ": expected a tensor of shape ", expected.str(),
       " (-1 is free), got ", got.str());
}

}  // namespace svg
