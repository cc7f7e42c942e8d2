#include "libcore/world/environment/protocol.h"

#include <cmath>
#include <limits>
#include <set>

namespace svg::world {
namespace {

// NaN and Infinity are no JSON, but some writers write them: their message says so.
ordered_json object_from(const std::string& line, const std::string& where) {
  ordered_json doc;
  try {
    doc = parse_ordered_json(line, where);
  } catch (const Error&) {
    for (const char* word : {"NaN", "Infinity"})
      if (line.find(word) != std::string::npos)
        fail(ErrorKind::Data, where, ": ", word, " in a line: numbers must be finite");
    throw;
  }
  require(doc.is_object(), ErrorKind::Data, where, ": expected a JSON object");
  return doc;
}

double finite(const ordered_json& value, const std::string& where, const char* what) {
  require(value.is_number(), ErrorKind::Data, where, ": ", what, ": expected a number, not ",
          value.type_name());
  const double number = value.get<double>();
  require(std::isfinite(number) && std::fabs(number) <= std::numeric_limits<float>::max(),
          ErrorKind::Data, where, ": ", what, " is not finite");
  return number;
}

std::vector<double> numbers(const ordered_json& list, size_t count, const std::string& where,
                            const char* what) {
  require(list.is_array() && list.size() == count, ErrorKind::Data, where, ": ", what,
          ": expected ", count, " numbers");
  std::vector<double> out;
  out.reserve(count);
  for (const ordered_json& value : list) out.push_back(finite(value, where, what));
  return out;
}

const ordered_json* member(const ordered_json& doc, const char* key) {
  auto it = doc.find(key);
  return it == doc.end() || it->is_null() ? nullptr : &*it;
}

FrameAction action_from(const ordered_json& doc, const EnvironmentFacts& facts,
                        const std::string& where, bool limits) {
  require(doc.is_object(), ErrorKind::Data, where, ": an action: expected an object");
  FrameAction action(facts.act_fields.size(), 0.0);
  for (const auto& [name, value] : doc.items()) {
    size_t i = 0;
    while (i < facts.act_fields.size() && facts.act_fields[i].name != name) ++i;
    require(i < facts.act_fields.size(), ErrorKind::Data, where, ": unknown action ", name);
    const ActField& field = facts.act_fields[i];
    action[i] = finite(value, where, name.c_str());
    const double slack = 1e-9 * (field.max - field.min);
    require(!limits || (action[i] >= field.min - slack && action[i] <= field.max + slack),
            ErrorKind::Data, where, ": ", name, " ", action[i], ": expected ", field.min, " to ",
            field.max, " ", field.unit);
  }
  return action;
}

ordered_json to_json(const FrameAction& action, const EnvironmentFacts& facts) {
  ordered_json doc = ordered_json::object();
  for (size_t i = 0; i < action.size(); ++i)
    if (action[i] != 0) doc[facts.act_fields[i].name] = action[i];
  return doc;
}

Planes planes_from(const ordered_json* list, const std::string& where, const char* what) {
  if (!list) return {Plane::Colour};
  require(list->is_array() && !list->empty() && list->size() <= 4, ErrorKind::Data, where, ": ",
          what, ": expected a list of planes");
  Planes planes;
  std::set<std::string> seen;
  for (const ordered_json& name : *list) {
    require(name.is_string(), ErrorKind::Data, where, ": ", what, ": expected names");
    const auto text = name.get<std::string>();
    bool known = false;
    for (const auto& [value, known_name] : names_of(Plane{}))
      if (text == known_name) planes.push_back(value), known = true;
    require(known && seen.insert(text).second, ErrorKind::Data, where, ": ", what, ": plane ", text,
            known ? " twice" : ": expected rgb, face, depth or flow");
  }
  return planes;
}

ordered_json to_json(const Planes& planes) {
  ordered_json list = ordered_json::array();
  for (Plane plane : planes) list.push_back(name_of(plane));
  return list;
}

std::vector<std::string> words(const ordered_json& doc, const char* key, const std::string& where) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  const ordered_json* list = member(doc, key);
  if (!list) return out;
  require(list->is_array() && list->size() <= kMaxFields, ErrorKind::Data, where, ": ", key,
          ": expected a list of at most ", kMaxFields, " names");
  for (const ordered_json& word : *list) {
    require(word.is_string() && !word.get<std::string>().empty(), ErrorKind::Data, where, ": ", key,
            ": expected names");
    out.push_back(word.get<std::string>());
    require(seen.insert(out.back()).second, ErrorKind::Data, where, ": ", key, ": ", out.back(),
            " twice");
  }
  return out;
}

int whole(const ordered_json& doc, const char* key, int min, int max, const std::string& where) {
  const auto n = json_get<int64_t>(doc, key, where);
  require(n >= min && n <= max, ErrorKind::Data, where, ": ", key, " ", n, ": expected ", min,
          " to ", max);
  return static_cast<int>(n);
}

ordered_json with_id(int64_t id) {
  return {{"id", id}};
}

std::string line_of(const ordered_json& doc) {
  return dump_json(doc, "environment") + "\n";
}

}  // namespace

// ---- requests ----

std::string to_line(const Request& r, const EnvironmentFacts& facts) {
  ordered_json doc{{"op", name_of(r.op)}, {"id", r.id}};
  switch (r.op) {
    case Op::Hello:
      doc["proto"] = kProtocol;
      break;
    case Op::Reset:
      doc["geometry"] = r.reset.geometry;
      doc["appearance"] = r.reset.appearance;
      doc["start"] = r.reset.start.empty() ? ordered_json(nullptr) : ordered_json(r.reset.start);
      break;
    case Op::Step: {
      ordered_json acts = ordered_json::array();
      for (const FrameAction& act : r.acts) acts.push_back(to_json(act, facts));
      doc["acts"] = std::move(acts);
      break;
    }
    case Op::Teleport:
      doc["pose"] = r.pose;
      break;
    case Op::Restore:
      doc["snap"] = r.snap;
      break;
    case Op::Save:
    case Op::State:
    case Op::Close:
      break;
  }
  const bool pictures =
      r.op == Op::Reset || r.op == Op::Step || r.op == Op::Teleport || r.op == Op::Restore;
  if (pictures && r.want != Planes{Plane::Colour}) doc["want"] = to_json(r.want);
  return line_of(doc);
}

Request request_from(const std::string& line, const EnvironmentFacts& facts) {
  const std::string where = "request";
  const ordered_json doc = object_from(line, where);
  Request r;
  r.id = json_get<int64_t>(doc, "id", where);
  const auto op = json_get<std::string>(doc, "op", where);
  bool known = false;
  for (const auto& [value, name] : names_of(Op{}))
    if (op == name) r.op = value, known = true;
  require(known, ErrorKind::Data, "unknown op: ", op);
  r.want = planes_from(member(doc, "want"), where, "want");
  switch (r.op) {
    case Op::Hello: {
      const auto proto = json_get<int64_t>(doc, "proto", where);
      require(proto == kProtocol, ErrorKind::Data, "protocol ", proto, ": this is ", kProtocol);
      break;
    }
    case Op::Reset:
      r.reset.geometry = json_get_or<uint64_t>(doc, "geometry", 0, where);
      r.reset.appearance = json_get_or<uint64_t>(doc, "appearance", 0, where);
      if (const ordered_json* start = member(doc, "start"))
        r.reset.start = numbers(*start, facts.pose_fields.size(), where, "start");
      break;
    case Op::Step: {
      const auto acts = json_get<ordered_json>(doc, "acts", where);
      require(acts.is_array() && !acts.empty() && acts.size() <= static_cast<size_t>(kMaxFrames),
              ErrorKind::Data, where, ": acts: expected a list of 1 to ", kMaxFrames, " actions");
      for (const ordered_json& act : acts) r.acts.push_back(action_from(act, facts, where, true));
      break;
    }
    case Op::Teleport:
      r.pose = numbers(json_get<ordered_json>(doc, "pose", where), facts.pose_fields.size(), where,
                       "pose");
      break;
    case Op::Restore:
      r.snap = json_get<ordered_json>(doc, "snap", where);
      break;
    case Op::Save:
    case Op::State:
    case Op::Close:
      break;
  }
  return r;
}

std::optional<int64_t> id_of(const std::string& line) {
  try {
    return read_integer(parse_ordered_json(line, ""), "id", "");
  } catch (const Error&) {
    return std::nullopt;
  }
}

// ---- replies ----

std::string hello_line(int64_t id, const EnvironmentFacts& f) {
  ordered_json doc = with_id(id);
  doc["env"] = f.name;
  doc["ver"] = f.version;
  doc["h"] = f.height;
  doc["w"] = f.width;
  doc["fps"] = f.fps;
  doc["det"] = f.deterministic;
  doc["caps"] = f.caps;
  doc["act"] = ordered_json::object();
  for (const ActField& field : f.act_fields)
    doc["act"][field.name] = {field.unit, field.min, field.max};
  doc["pose"] = f.pose_fields;
  doc["licence"] = f.licence;
  if (f.chunk) doc["chunk"] = f.chunk;
  if (!f.moves.empty()) {
    ordered_json moves = ordered_json::array();
    for (const Move& move : f.moves) {
      ordered_json one{{"text", move.text}};
      if (!move.inverse.empty()) one["inverse"] = move.inverse;
      one["act"] = to_json(move.action, f);
      moves.push_back(one);
    }
    doc["moves"] = moves;
  }
  return line_of(doc);
}

std::string observation_line(int64_t id, const Observation& o, const EnvironmentFacts& facts) {
  ordered_json doc = with_id(id);
  doc["n"] = o.n;
  doc["bytes"] = o.bytes.size();
  doc["planes"] = to_json(o.planes);
  if (!o.pose.empty()) {
    ordered_json poses = ordered_json::array();
    const size_t fields = facts.pose_fields.size();
    for (size_t i = 0; i < static_cast<size_t>(o.n); ++i)
      poses.push_back(
          std::vector<double>(o.pose.begin() + static_cast<std::ptrdiff_t>(i * fields),
                              o.pose.begin() + static_cast<std::ptrdiff_t>((i + 1) * fields)));
    doc["pose"] = poses;
  }
  if (!o.hit.empty()) doc["hit"] = o.hit;
  doc["state"] = o.state;
  if (!o.place.empty()) doc["place"] = o.place;
  doc["done"] = o.done;
  return line_of(doc);
}

std::string object_line(int64_t id, const char* key, const ordered_json& value) {
  ordered_json doc = with_id(id);
  doc[key] = value;
  return line_of(doc);
}

std::string empty_line(int64_t id) {
  return line_of(with_id(id));
}

std::string error_line(std::optional<int64_t> id, const std::string& message, bool fatal) {
  ordered_json doc{
      {"id", id ? ordered_json(*id) : ordered_json(nullptr)}, {"err", message}, {"fatal", fatal}};
  return doc.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Reply reply_from(const std::string& line, int64_t id, const std::string& where) {
  Reply reply{object_from(line, where)};
  const ordered_json* own = member(reply.doc, "id");
  require(own && json_fits<int64_t>(*own) && own->get<int64_t>() == id, ErrorKind::Data, where,
          ": reply to id ", own ? own->dump() : "null", ", expected ", id,
          own || !member(reply.doc, "err") ? "" : ": " + member(reply.doc, "err")->dump());
  if (member(reply.doc, "err"))
    reply.refusal = {json_get<std::string>(reply.doc, "err", where),
                     json_get_or<bool>(reply.doc, "fatal", false, where)};
  return reply;
}

EnvironmentFacts facts_from(const ordered_json& doc, const std::string& where) {
  EnvironmentFacts f;
  f.name = json_get<std::string>(doc, "env", where);
  f.version = json_get_or<std::string>(doc, "ver", "", where);
  f.licence = json_get_or<std::string>(doc, "licence", "", where);
  f.height = whole(doc, "h", 1, kMaxSide, where);
  f.width = whole(doc, "w", 1, kMaxSide, where);
  f.fps = finite(json_get<ordered_json>(doc, "fps", where), where, "fps");
  require(f.fps > 0 && f.fps <= 1000, ErrorKind::Data, where, ": fps ", f.fps,
          ": expected more than 0, at most 1000");
  f.deterministic = json_get_or<bool>(doc, "det", false, where);
  f.caps = words(doc, "caps", where);
  f.pose_fields = words(doc, "pose", where);
  const auto acts = json_get<ordered_json>(doc, "act", where);
  require(acts.is_object() && !acts.empty() && acts.size() <= kMaxFields, ErrorKind::Data, where,
          ": act: expected 1 to ", kMaxFields, " actions by name");
  for (const auto& [name, range] : acts.items()) {
    require(range.is_array() && range.size() == 3 && range[0].is_string(), ErrorKind::Data, where,
            ": act ", name, ": expected [unit, min, max]");
    ActField field{name, range[0].get<std::string>(), finite(range[1], where, name.c_str()),
                   finite(range[2], where, name.c_str())};
    require(field.min <= 0 && field.max >= 0 && field.min < field.max, ErrorKind::Data, where,
            ": act ", name, ": from ", field.min, " to ", field.max,
            ": expected a range that holds 0");
    f.act_fields.push_back(field);
  }
  require(!f.can("pose") || !f.pose_fields.empty(), ErrorKind::Data, where,
          ": caps has pose, but pose names no fields");
  if (member(doc, "chunk")) f.chunk = whole(doc, "chunk", 1, kMaxFrames, where);
  if (const ordered_json* moves = member(doc, "moves")) {
    require(moves->is_array() && moves->size() <= 1000, ErrorKind::Data, where,
            ": moves: expected a list");
    for (const ordered_json& each : *moves) {
      Move move;
      move.text = json_get<std::string>(each, "text", where);
      move.inverse = json_get_or<std::string>(each, "inverse", "", where);
      move.action = action_from(json_get<ordered_json>(each, "act", where), f, where, true);
      f.moves.push_back(std::move(move));
    }
  }
  return f;
}

Observation observation_from(const ordered_json& doc, const EnvironmentFacts& facts,
                             const Planes& want, int frames, size_t& bytes,
                             const std::string& where) {
  Observation o;
  o.n = whole(doc, "n", 1, kMaxFrames, where);
  o.done = json_get_or<bool>(doc, "done", false, where);
  require(o.n == frames || (o.done && o.n < frames), ErrorKind::Data, where, ": ", o.n,
          " frames for ", frames, " actions", o.n < frames ? ", and not done" : "");
  o.planes = planes_from(member(doc, "planes"), where, "planes");
  require(o.planes == want, ErrorKind::Data, where, ": planes ", to_json(o.planes).dump(),
          ", asked for ", to_json(want).dump());
  bytes = json_get<uint64_t>(doc, "bytes", where);
  const size_t expected = facts.frame_bytes(o.planes) * static_cast<size_t>(o.n);
  require(bytes == expected, ErrorKind::Data, where, ": ", bytes, " bytes announced; ", o.n,
          " frames of ", facts.width, "x", facts.height, " are ", expected);
  require(bytes <= kMaxPixelBytes, ErrorKind::Data, where, ": ", bytes, " bytes: expected at most ",
          kMaxPixelBytes);
  if (const ordered_json* poses = member(doc, "pose")) {
    require(poses->is_array() && poses->size() == static_cast<size_t>(o.n), ErrorKind::Data, where,
            ": pose: expected one for each of ", o.n, " frames");
    for (const ordered_json& pose : *poses)
      for (double value : numbers(pose, facts.pose_fields.size(), where, "pose"))
        o.pose.push_back(value);
  }
  require(!facts.can("pose") || !o.pose.empty(), ErrorKind::Data, where,
          ": pose is missing, though caps has it");
  if (const ordered_json* hits = member(doc, "hit"))
    for (double hit : numbers(*hits, static_cast<size_t>(o.n), where, "hit"))
      o.hit.push_back(hit != 0);
  if (const ordered_json* places = member(doc, "place")) {
    require(places->is_array() && places->size() == static_cast<size_t>(o.n), ErrorKind::Data,
            where, ": place: expected one for each of ", o.n, " frames");
    for (const ordered_json& place : *places) {
      require(json_fits<int64_t>(place), ErrorKind::Data, where, ": place: expected integers");
      o.place.push_back(place.get<int64_t>());
    }
  }
  if (const ordered_json* state = member(doc, "state")) {
    require(state->is_object(), ErrorKind::Data, where, ": state: expected an object");
    o.state = *state;
  }
  return o;
}

}  // namespace svg::world
