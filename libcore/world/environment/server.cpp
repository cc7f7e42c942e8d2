#include "libcore/world/environment/server.h"

#include <array>
#include <optional>

#include "libcore/base/descriptor.h"
#include "libcore/base/hash.h"
#include "libcore/world/environment/protocol.h"

namespace svg::world {
namespace {

// The lines of a descriptor; nothing at its end.
class Lines {
 public:
  explicit Lines(int descriptor) : descriptor_(descriptor) {}

  std::optional<std::string> next() {
    for (;;) {
      if (const size_t at = buffer_.find('\n'); at != std::string::npos) {
        std::string line = buffer_.substr(0, at);
        buffer_.erase(0, at + 1);
        return line;
      }
      require(buffer_.size() < kMaxLineBytes, ErrorKind::Data, "request: a line of more than ",
              kMaxLineBytes, " bytes");
      std::array<std::byte, 1 << 14> some{};
      const size_t n = read_some(descriptor_, some, "standard input");
      if (n == 0) return std::nullopt;
      buffer_.append(reinterpret_cast<const char*>(some.data()), n);
    }
  }

 private:
  int descriptor_;
  std::string buffer_;
};

struct Answer {
  std::string line;
  std::vector<uint8_t> pixels{};
};

Answer answer_of(Environment& environment, const Request& r) {
  const EnvironmentFacts& facts = environment.facts();
  const auto seen = [&](Observation o) {
    return Answer{observation_line(r.id, o, facts), std::move(o.bytes)};
  };
  require(facts.frame_bytes(r.want) * std::max<size_t>(r.acts.size(), 1) <= kMaxPixelBytes,
          ErrorKind::Data, "more than ", kMaxPixelBytes, " bytes of pixels: ask for fewer frames");
  switch (r.op) {
    case Op::Hello:
      return {hello_line(r.id, facts)};
    case Op::Reset:
      return seen(environment.reset(r.reset, r.want));
    case Op::Step:
      return seen(environment.step(r.acts, r.want));
    case Op::Teleport:
      return seen(environment.teleport(r.pose, r.want));
    case Op::Save:
      return {object_line(r.id, "snap", environment.save())};
    case Op::Restore:
      return seen(environment.restore(r.snap, r.want));
    case Op::State:
      return {object_line(r.id, "state", environment.state())};
    case Op::Close:
      return {empty_line(r.id)};
  }
  fail(ErrorKind::Internal, "an operation without an answer");
}

}  // namespace

void serve(Environment& environment, const ServerDescriptors& d) {
  Lines lines(d.requests);
  while (const std::optional<std::string> line = lines.next()) {
    Answer answer;
    bool close = false;
    try {
      const Request request = request_from(*line, environment.facts());
      close = request.op == Op::Close;
      answer = answer_of(environment, request);
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::Data && e.kind() != ErrorKind::Usage) throw;
      answer.line = error_line(id_of(*line), e.what(), false);
    }
    // The line first: the client reads the bytes when it knows how many there are.
    write_all(d.replies, as_bytes_of(answer.line), "standard output");
    write_all(d.pixels, std::as_bytes(std::span<const uint8_t>(answer.pixels)), "descriptor 3");
    if (close) return;
  }
}

}  // namespace svg::world
