#include "libcore/loop/recorded_episodes.h"

#include <ATen/ATen.h>

#include "libcore/base/error.h"
#include "libcore/tensor/parameters.h"

namespace svg::loop {

void for_each_episode(const std::vector<std::string>& streams, const LatentSpace& space,
                      const std::function<void(RecordedEpisode)>& take) {
  int64_t number = 0;
  for (const auto& path : streams) {
    auto reader = formats::StreamReader::open(path);
    RecordedEpisode episode;
    formats::StreamHeader stream;
    const auto hand_out = [&] {
      if (episode.chunks.empty()) return;
      episode.number = number++;
      episode.name = episode.chunks.front().header.episode;
      take(std::exchange(episode, {}));
    };
    while (auto record = reader.next()) {
      if (record->kind() == formats::RecordKind::Stream) {
        hand_out();
        stream = record->stream();
        check_stream_fits(stream, path, space);
      }
      if (record->kind() != formats::RecordKind::Chunk) continue;
      auto header = record->chunk();
      if (!episode.chunks.empty() && episode.chunks.front().header.episode != header.episode)
        hand_out();
      const auto tensors = record->tensors();  // a chunk has "latents": the reader sees to that
      const auto expected =
          episode.chunks.empty() ? header.index : episode.chunks.back().header.index + 1;
      require(header.index == expected, ErrorKind::Data, path, ": episode ", header.episode,
              ": chunk ", header.index, " where chunk ", expected,
              " was expected: the chunks of an episode come in order");
      episode.stream = stream;
      episode.chunks.push_back({.header = std::move(header),
                                .latents = tensor_of(*tensors.find("latents")).to(at::kFloat)});
    }
    require(!reader.cut_off(), ErrorKind::Data, path, ": cut off: encode the data again");
    hand_out();
  }
  require(number > 0, ErrorKind::NoInput, "no episode in the data");
}

EpisodeCounts count_episodes(const std::vector<std::string>& streams, const LatentSpace& space) {
  EpisodeCounts counts;
  for_each_episode(streams, space, [&](const RecordedEpisode& e) {
    ++counts.episodes;
    counts.chunks += static_cast<int64_t>(e.chunks.size());
    for (const auto& chunk : e.chunks) {
      counts.frames += chunk.latents.size(0);
      counts.numbers += chunk.latents.numel();
    }
  });
  return counts;
}

}  // namespace svg::loop
