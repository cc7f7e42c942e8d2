// The averaged weights stand in for the masters while a function runs, and no longer.
#include "libcore/slow/averaged_weights.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "test/support/catch.h"
#include "test/support/errors.h"

namespace svg::slow {

CATCH_TEST_CASE("Masters come back after the averaged weights were used, also after an error",
                "[learn]") {
  const auto compute = GENERATE(at::kFloat, at::kBFloat16);
  const bool throws = GENERATE(false, true);
  const at::Tensor w = at::arange(6, at::kFloat).view({2, 3});
  const at::Tensor masters = w.flatten().clone(), average = at::full({6}, 4.0),
                   before = average.clone();
  auto flat = optim::flatten({{"w", w}}, compute);
  at::Tensor seen;
  const auto kind = test::failure_of([&] {
                      with_averaged_weights(flat, average, [&] {
                        seen = flat.named[0].second.detach().to(at::kFloat).flatten().clone();
                        require(!throws, ErrorKind::Io, "the disk is full");
                      });
                    }).kind;
  CATCH_CHECK(kind == (throws ? std::optional(ErrorKind::Io) : std::nullopt));
  CATCH_CHECK(at::equal(seen, before));
  CATCH_CHECK(at::equal(flat.values.detach(), masters));
  CATCH_CHECK(at::equal(flat.weights.detach().to(at::kFloat), masters));
  CATCH_CHECK(at::equal(average, before));
}

CATCH_TEST_CASE("Without an average the masters are used", "[learn]") {
  const at::Tensor w = at::arange(4, at::kFloat);
  auto flat = optim::flatten({{"w", w}});
  bool called = false;
  with_averaged_weights(flat, {}, [&] { called = at::equal(flat.values.detach(), w.detach()); });
  CATCH_CHECK(called);
}

}  // namespace svg::slow
