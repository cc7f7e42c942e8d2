// A transcript of the environment protocol, as in formats/vectors/environment, put through the
// parsers of both sides: "> " a request, "< " its reply.
#pragma once
#include <sstream>
#include <string>

#include "libcore/world/environment/protocol.h"

namespace svg::test {

// Throws what the parsers throw. Returns the number of lines that were accepted.
inline int play_transcript(const std::string& text) {
  world::EnvironmentFacts facts;
  world::Request request;
  std::istringstream lines(text);
  int accepted = 0;
  for (std::string line; std::getline(lines, line); ++accepted) {
    const std::string content = line.size() > 2 ? line.substr(2) : "";
    if (line.starts_with("> ")) {
      try {
        request = world::request_from(content, facts);
      } catch (const Error&) {  // an error reply follows
        request = {.op = world::Op::State, .id = world::id_of(content).value_or(0)};
      }
      continue;
    }
    const world::Reply reply = world::reply_from(content, request.id, "reply");
    if (reply.refusal) continue;
    size_t bytes = 0;
    switch (request.op) {
      case world::Op::Hello:
        facts = world::facts_from(reply.doc, "reply");
        break;
      case world::Op::Step:
        world::observation_from(reply.doc, facts, request.want,
                                static_cast<int>(request.acts.size()), bytes, "reply");
        break;
      case world::Op::Reset:
      case world::Op::Teleport:
      case world::Op::Restore:
        world::observation_from(reply.doc, facts, request.want, 1, bytes, "reply");
        break;
      case world::Op::Save:
      case world::Op::State:
      case world::Op::Close:
        break;
    }
  }
  return accepted;
}

}  // namespace svg::test
