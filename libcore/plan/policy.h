// What each chunk of a recorded episode is asked to do. A move is a sentence and the action that
// every frame of the chunk takes. Torch-free.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "libcore/world/environment/environment.h"
#include "libcore/world/random.h"

namespace svg::plan {

// Where an environment names no moves: standing still, and each of its actions alone, both ways, at
// half of what it allows.
std::vector<world::Move> plain_moves(const world::EnvironmentFacts& facts, int frames);
// JSON lines {"text", "inverse", "act": {name: value}}. Throws Error{NoInput, Data}.
std::vector<world::Move> read_moves(const std::string& path, const world::EnvironmentFacts& facts);

// Random walks that come back: a run of one move, the way back (its inverses), another move.
class RandomPolicy {
 public:
  RandomPolicy(std::vector<world::Move> moves, world::Random random);
  const world::Move& next();
  // The last move was not possible: forget it, and all that was planned behind it.
  void refused();

 private:
  std::optional<size_t> inverse_of(size_t move) const;

  std::vector<world::Move> moves_;
  world::Random random_;
  std::vector<size_t> planned_;  // next last
  std::vector<size_t> done_;
};

// The sentences of a file, a chunk each, again from the start when they are used up. Throws
// Error{Data} for one that no move says.
std::vector<world::Move> script_moves(const std::string& path,
                                      const std::vector<world::Move>& moves);

}  // namespace svg::plan
