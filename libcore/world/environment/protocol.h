// The lines of the environment protocol, both ways: from structs and into them. No input, no
// output: a line is given, a line is returned. Page: formats/environment.md. Everything that comes
// from another process is checked here. All readers throw Error{Data}: "<where>: <what is wrong>".
#pragma once
#include <optional>

#include "libcore/world/environment/environment.h"

namespace svg::world {

inline constexpr int kProtocol = 1;
inline constexpr size_t kMaxLineBytes = size_t{1} << 20;   // a line with its end
inline constexpr size_t kMaxPixelBytes = size_t{1} << 28;  // of one reply
inline constexpr int kMaxFrames = 1024;                    // of one step
inline constexpr int kMaxSide = 4096;                      // px
inline constexpr size_t kMaxFields = 64;                   // of an action, of a pose

enum class Op { Hello, Reset, Step, Teleport, Save, Restore, State, Close };
constexpr auto names_of(Op) {
  return std::to_array<EnumName<Op>>({{Op::Hello, "hello"},
                                      {Op::Reset, "reset"},
                                      {Op::Step, "step"},
                                      {Op::Teleport, "teleport"},
                                      {Op::Save, "save"},
                                      {Op::Restore, "restore"},
                                      {Op::State, "state"},
                                      {Op::Close, "close"}});
}

struct Request {
  Op op = Op::Hello;
  int64_t id = 0;
  ResetRequest reset{};
  std::vector<FrameAction> acts{};
  std::vector<double> pose{};  // of teleport
  ordered_json snap{};         // of restore
  Planes want{Plane::Colour};
};

// ---- requests ----
// `facts` names the act fields; hello needs none.
std::string to_line(const Request& request, const EnvironmentFacts& facts);
// Checks actions against the limits of their fields, poses against their number.
Request request_from(const std::string& line, const EnvironmentFacts& facts);
// The id of a line, if it has one: an error reply names it.
std::optional<int64_t> id_of(const std::string& line);

// ---- replies ----
std::string hello_line(int64_t id, const EnvironmentFacts& facts);
std::string observation_line(int64_t id, const Observation& observation,
                             const EnvironmentFacts& facts);
std::string object_line(int64_t id, const char* key, const ordered_json& value);  // save, state
std::string empty_line(int64_t id);                                               // close
std::string error_line(std::optional<int64_t> id, const std::string& message, bool fatal);

// An error that the environment itself replied with.
struct Refusal {
  std::string message;
  bool fatal = false;
};
// A reply that belongs to request `id`: an object with this id; `refusal` where it is an error.
struct Reply {
  ordered_json doc;
  std::optional<Refusal> refusal{};
};
Reply reply_from(const std::string& line, int64_t id, const std::string& where);

EnvironmentFacts facts_from(const ordered_json& doc, const std::string& where);
// An observation without its bytes, whose number comes back in `bytes`: checked against what was
// asked for, `frames` of the planes `want`, so that no more is ever read or allocated.
Observation observation_from(const ordered_json& doc, const EnvironmentFacts& facts,
                             const Planes& want, int frames, size_t& bytes,
                             const std::string& where);

}  // namespace svg::world
