// Between the fast weights of a running episode and a memory directory.
#pragma once
#include <memory>
#include <string>

#include "formats/memory/memory.h"
#include "libcore/fast/fast_learning.h"
#include "libcore/fast/fast_settings.h"
#include "libcore/fast/temp_lora.h"

namespace svg::fast {

// What a new memory says of itself. `base` is the fingerprint of the UNet it belongs to.
formats::MemoryInfo memory_info(const FastSettings&, const std::string& base,
                                const std::string& keep, const ordered_json& provenance);

// Throws Error{Config} where the memory belongs to another base model, rank, scale, targets or
// start.
void check_memory_fits(const formats::Memory&, const FastSettings&, const std::string& base);

// Writes one episode of `memory` as a new revision on top of revision.parent; returns its id.
int64_t store_revision(formats::Memory& directory, const TempLora& memory, int64_t episode,
                       formats::Revision revision, const ordered_json& provenance);

// Puts revision `id` (0: the fresh adapter drawn from `seed`) into one episode of `memory`.
void restore_revision(const formats::Memory& directory, int64_t id, TempLora& memory,
                      int64_t episode, uint64_t seed);

// Steps that the optimizer had made by revision `id`, from its state. Throws Error{NoInput, Data}.
int64_t optimizer_steps(const formats::Memory& directory, int64_t id);

// Begins episode 0 with the LoRA of a file (PEFT's, diffusers' or kohya's names), scaled to the
// memory's own alpha / rank; Adam's moments are zero. Throws Error{NoInput, Data}, Error{Config}
// where layers, rank or shapes do not fit.
void load_lora(const std::string& path, TempLora& memory);

}  // namespace svg::fast
