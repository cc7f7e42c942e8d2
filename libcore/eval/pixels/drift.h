// How a quality moves along a video: of a number a frame, or a number a chunk.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace svg::eval {

// Least-squares slope over the positions 0, 1, ...; nothing for fewer than two values.
std::optional<double> slope(const std::vector<double>& values);

// |mean of the first 15 % - mean of the last 15 %| (FramePack, arXiv 2504.12626), of at least one
// value each, rounded down; nothing for fewer than two values. A collapse in the middle that mends
// itself escapes it: see worst_of.
std::optional<double> start_end_contrast(const std::vector<double>& values);

// The worst of the chunks (WorldRoamBench, arXiv 2606.31672): the least, or the one farthest from
// 0. Nothing for none.
enum class Worst { Least, FarthestFromZero };
std::optional<double> worst_of(const std::vector<double>& values, Worst worst);

// Frames in front of the first one below the limit; all of them where none is.
int64_t frames_until_below(const std::vector<double>& values, double limit);

}  // namespace svg::eval
