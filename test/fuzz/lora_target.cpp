// A LoRA file of another program, or the folder around it: read, and made a memory of a small
// model.
#include <filesystem>

#include "formats/lora/lora_exchange.h"
#include "test/fuzz/parts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace svg;
  static const fuzz::Scratch scratch, other;
  static const formats::ModelDirectory model(SVG_SOURCE_DIR
                                             "/formats/vectors/valid/0401_tiny.model");
  const auto parts = fuzz::parts_of({data, size});
  const std::string folder = scratch.fill(parts);
  const std::string memory = other.fill({}) + "/memory";
  // One part is a file by itself, several are a folder.
  const std::string path = parts.size() == 1 ? folder + "/" + parts[0].name : folder;
  fuzz::expect_errors_only([&] {
    formats::import_memory(formats::open_lora(path), model, {"attention"},
                           formats::KeepPolicy::parse("all"), memory);
    if (!formats::Memory::open(memory).verify().empty()) abort();
  });
  fuzz::expect_errors_only([&] {
    const auto delta = formats::LoraDelta::open(path);
    delta.check_finite();
    formats::export_peft(delta, folder + "/peft");
    (void)formats::open_lora(folder + "/peft");
  });
  return 0;
}
