#include "libcore/plan/policy.h"

#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/world/environment/protocol.h"

namespace svg::plan {

std::vector<world::Move> plain_moves(const world::EnvironmentFacts& facts, int frames) {
  const size_t fields = facts.act_fields.size();
  std::vector<world::Move> moves{{"stand still", "stand still", world::FrameAction(fields, 0.0)}};
  for (size_t i = 0; i < fields; ++i) {
    const world::ActField& field = facts.act_fields[i];
    const auto text = [&](double value) {
      return cat(field.name, ' ', value * frames, field.unit.empty() ? "" : " ", field.unit);
    };
    const bool both = field.min == -field.max;
    for (double end : {field.min, field.max}) {
      if (end == 0) continue;
      world::Move move{text(end / 2), both ? text(-end / 2) : "", world::FrameAction(fields, 0.0)};
      move.action[i] = end / 2;
      moves.push_back(std::move(move));
    }
  }
  return moves;
}

std::vector<world::Move> read_moves(const std::string& path, const world::EnvironmentFacts& facts) {
  // As hello would name them: one parser, one set of checks.
  std::istringstream lines(read_file(path, world::kMaxLineBytes));
  ordered_json moves = ordered_json::array();
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!line.empty()) moves.push_back(parse_ordered_json(line, cat(path, ':', number)));
  }
  require(!moves.empty(), ErrorKind::Data, path, ": no moves");
  ordered_json doc = parse_ordered_json(world::hello_line(0, facts), path);
  doc["moves"] = moves;
  return world::facts_from(doc, path).moves;
}

std::vector<world::Move> script_moves(const std::string& path,
                                      const std::vector<world::Move>& moves) {
  std::istringstream lines(read_file(path, world::kMaxLineBytes));
  std::vector<world::Move> script;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty()) continue;
    size_t i = 0;
    while (i < moves.size() && moves[i].text != line) ++i;
    require(i < moves.size(), ErrorKind::Data, path, ':', number, ": no move says \"", line,
            "\"; the first is \"", moves.front().text, "\"");
    script.push_back(moves[i]);
  }
  require(!script.empty(), ErrorKind::Data, path, ": no sentences");
  return script;
}

RandomPolicy::RandomPolicy(std::vector<world::Move> moves, world::Random random)
    : moves_(std::move(moves)), random_(random) {}

std::optional<size_t> RandomPolicy::inverse_of(size_t move) const {
  for (size_t i = 0; i < moves_.size(); ++i)
    if (!moves_[move].inverse.empty() && moves_[i].text == moves_[move].inverse) return i;
  return std::nullopt;
}

const world::Move& RandomPolicy::next() {
  if (planned_.empty()) {
    const auto any = [&] { return random_.below(static_cast<uint32_t>(moves_.size())); };
    if (random_.chance(35) && !done_.empty()) {
      // Back along what was done last, as far as it can be undone.
      const int most = random_.between(1, 6);
      for (size_t i = done_.size(); i-- > 0 && static_cast<int>(planned_.size()) < most;) {
        const std::optional<size_t> inverse = inverse_of(done_[i]);
        if (!inverse) break;
        planned_.insert(planned_.begin(), *inverse);
      }
      done_.clear();
    }
    if (planned_.empty()) planned_.assign(static_cast<size_t>(random_.between(1, 4)), any());
  }
  done_.push_back(planned_.back());
  planned_.pop_back();
  return moves_[done_.back()];
}

void RandomPolicy::refused() {
  planned_.clear();
  if (!done_.empty()) done_.pop_back();
}

}  // namespace svg::plan
