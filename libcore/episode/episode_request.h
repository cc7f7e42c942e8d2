// The episodes that svg-generate is to go on with: one from the command line, or many from a file
// (--episodes). Torch-free.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace svg::episode {

struct EpisodeRequest {
  std::string input;    // latent stream with the first chunks; "-" is standard input
  std::string actions;  // file, or "-"
  // The actions themselves, one JSON object a line; then `actions` is what errors call them.
  std::optional<std::string> action_lines = std::nullopt;
  std::string output = {};  // latent stream
  std::string memory = {};  // DIR or DIR@ID; empty: it lives for this run only
};

// JSON lines: {"input": FILE, "actions": FILE or [action, ...], "output": FILE, "memory": DIR[@ID]
// or absent}; an action is a sentence or an object as in an action file. Paths are as on a command
// line. Throws Error{NoInput}, Error{Data} with file and line: unknown keys, two episodes of one
// output or one memory, none at all.
std::vector<EpisodeRequest> read_episode_requests(const std::string& path);

}  // namespace svg::episode
