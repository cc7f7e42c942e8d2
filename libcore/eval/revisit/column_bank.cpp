#include "libcore/eval/revisit/column_bank.h"

#include <ATen/ATen.h>

#include <cstring>
#include <string>
#include <unordered_set>
#include <vector>

#include "libcore/tensor/pixels.h"
#include "libcore/world/episode.h"

namespace svg::eval {

namespace {

constexpr int kWalks = 64, kChunks = 10;

// [G, H, W, 3] -> [G * W, H * 3]
at::Tensor columns_of(const at::Tensor& frames) {
  return frames.permute({0, 2, 1, 3})
      .reshape({frames.size(0) * frames.size(2), frames.size(1) * 3});
}

}  // namespace

at::Tensor column_bank(const world::WorldConfig& config) {
  std::unordered_set<std::string> seen;
  std::string bytes;
  const auto& range = world::seed_range("train");
  const auto size = static_cast<size_t>(config.height) * 3;
  for (uint64_t i = 0; i < kWalks; ++i) {
    const world::Seeds seeds{range.first + i, range.first + kWalks + i, i};
    const auto episode =
        world::make_episode(config, "walk", seeds, kChunks, world::Sentences::Plain, "bank");
    const auto played = world::render_episode(episode);
    const auto columns =
        columns_of(pictures_from_rgb(played.rgb, config.height, config.width)).contiguous();
    for (int64_t row = 0; row < columns.size(0); ++row) {
      std::string column(reinterpret_cast<const char*>(columns.const_data_ptr<uint8_t>()) +
                             static_cast<size_t>(row) * size,
                         size);
      if (const auto [it, fresh] = seen.insert(std::move(column)); fresh) bytes += *it;
    }
  }
  at::Tensor bank =
      at::empty({static_cast<int64_t>(bytes.size() / size), static_cast<int64_t>(size)}, at::kByte);
  std::memcpy(bank.data_ptr(), bytes.data(), bytes.size());
  return bank.to(at::kFloat);
}

at::Tensor known_columns(const at::Tensor& bank, const at::Tensor& frames) {
  const auto columns = columns_of(frames).to(at::kFloat);
  const auto square = bank.square().sum(1);
  std::vector<at::Tensor> known;
  for (const auto& part : columns.split(512)) {
    // |a - b|^2 = |a|^2 - 2 a b + |b|^2
    const auto distance = part.square().sum(1, true) - 2 * part.mm(bank.t()) + square;
    known.push_back(std::get<0>(distance.min(1)) <
                    kKnownColumnMse * static_cast<double>(bank.size(1)));
  }
  return at::cat(known).view({frames.size(0), frames.size(2)});
}

double share(const at::Tensor& known) {
  return known.to(at::kDouble).mean().item<double>();
}

}  // namespace svg::eval
