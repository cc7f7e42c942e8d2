// A memory on its way into a store, and out of it.
#pragma once
#include <map>
#include <string>

#include "formats/memory/memory.h"
#include "libcore/fast/temp_lora.h"
#include "libcore/loop/loop_settings.h"

namespace svg::loop {

// Rank and alpha of stored memories: those of the learner's, whose scale is `scale`, or of their
// approximation, which has the scale in B.
struct StoredForm {
  int64_t rank = 0;
  double alpha = 0;
};
StoredForm stored_form(const StoreSettings&, int64_t rank, double scale);

// The best approximation of rank `rank` of A, B of each layer in turn, in fp64, with the scale in
// B.
NamedTensors approximated(const NamedTensors& delta, double scale, int64_t rank);

// Adds the memory of one episode as a revision: as it is, or approximated, in the store's dtype.
// The optimizer's moments are not kept: nothing is learned on top of it. Returns its id.
int64_t store_delta(formats::Memory& directory, const fast::TempLora& memory, int64_t episode,
                    const StoreSettings&, formats::Revision revision,
                    const ordered_json& provenance);

// The tensors of a revision in fp32, named as an AdapterBank's. Throws Error{NoInput, Data}.
std::map<std::string, at::Tensor> read_delta(const formats::Memory& directory, int64_t id);

}  // namespace svg::loop
