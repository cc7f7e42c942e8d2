#include "libcore/episode/latent_sink.h"

#include <ATen/ATen.h>

#include "libcore/tensor/parameters.h"

namespace svg::episode {

StreamSink StreamSink::create(const std::string& path, const formats::StreamHeader& header,
                              formats::Durability durability) {
  StreamSink sink(formats::StreamWriter::create(path, durability));
  sink.writer_.write(to_json(header));
  return sink;
}

StreamSink StreamSink::resume(const std::string& path) {
  return StreamSink(formats::StreamWriter::resume(path));
}

void StreamSink::write(const LatentChunk& chunk) {
  if (chunk.record) {
    writer_.write(to_json(chunk.header), chunk.record->tensors().tensors);
  } else {
    writer_.write(to_json(chunk.header), {view_of("latents", chunk.latents.contiguous())});
  }
}

}  // namespace svg::episode
