// What the slow learner sees: past mixes, and the data set's windows and order.
#include <ATen/ATen.h>

#include <map>
#include <set>

#include "formats/stream/latent_stream.h"
#include "libcore/slow/latent_dataset.h"
#include "libcore/slow/slow_trainer.h"
#include "libcore/tensor/parameters.h"
#include "test/support/catch.h"
#include "test/support/errors.h"
#include "test/support/small_files.h"
#include "test/support/temp_dir.h"

namespace svg::slow {
namespace {

// Frame f of episode e holds the number 1000 e + f everywhere, so that a window says where it comes
// from.
void write_episodes(const std::string& path, int first,
                    const std::vector<std::vector<int>>& chunk_frames, int skip_index = -1,
                    const std::string& same_name = "") {
  auto writer = formats::StreamWriter::create(path, formats::Durability::WhenFinished);
  writer.write(test::stream_header(1, 1, 2));
  for (size_t e = 0; e < chunk_frames.size(); ++e) {
    int at = 0, index = 0;
    for (const int frames : chunk_frames[e]) {
      const auto row = at::arange(at, at + frames, at::kFloat)
                           .add(1000.0 * static_cast<double>(first + static_cast<int>(e)));
      const auto latents = row.view({frames, 1, 1, 1}).expand({frames, 1, 1, 2}).contiguous();
      if (index == skip_index) ++index;
      auto header = test::chunk_header(index++, frames, "truth");
      header["episode"] = same_name.empty() ? cat("e", first + static_cast<int>(e)) : same_name;
      header["action"] = cat("action ", first + static_cast<int>(e), " at ", at);
      writer.write(header, {view_of("latents", latents)});
      at += frames;
    }
  }
  writer.finish();
}

}  // namespace

CATCH_TEST_CASE("A past mix is lengths with shares that sum to one", "[learn]") {
  using Mix = std::vector<std::pair<int64_t, double>>;
  CATCH_CHECK(parse_past_mix("8") == Mix{{8, 1.0}});
  CATCH_CHECK(parse_past_mix("4:0.75,1:0.25") == Mix{{4, 0.75}, {1, 0.25}});
  CATCH_CHECK(parse_past_mix("4:3,0:1") == Mix{{4, 0.75}, {0, 0.25}});
  CATCH_CHECK(parse_past_mix("2,1") == Mix{{2, 0.5}, {1, 0.5}});
  const auto text = GENERATE(as<std::string>{}, "", "x", "4:", "4:x", "-1", "4:-1", "4:0", "4;1",
                             "4:1x", "4:nan", ",");
  CATCH_CAPTURE(text);
  CATCH_CHECK(test::failure_of([&] { parse_past_mix(text); }).kind == ErrorKind::Usage);
}

CATCH_TEST_CASE("Windows hold the frames before a chunk and its first frames, from one episode",
                "[learn]") {
  test::TempDir folder;
  write_episodes(folder / "a.latents", 0, {{3, 4, 4}, {5, 4}});
  write_episodes(folder / "b.latents", 2, {{4, 4}});
  const auto data = LatentDataset::read({folder / "a.latents", folder / "b.latents"}, std::nullopt);
  CATCH_CHECK(data.frame_count() == 3 + 4 + 4 + 5 + 4 + 4 + 4);
  CATCH_CHECK(data.distinct_texts().size() == 7);
  // Past 3, future 4: the second and third chunk of e0, the second of e1 and of e2.
  CATCH_CHECK(data.item_count(3, 4) == 4);
  CATCH_CHECK(data.item_count(0, 4) == 6);
  CATCH_CHECK(data.item_count(4, 4) == 3);
  const auto batch = data.draw(1, 0, 40, 3, 4);
  CATCH_REQUIRE(batch.latents.sizes() == at::IntArrayRef({40, 7, 1, 1, 2}));
  for (int64_t i = 0; i < 40; ++i) {
    const auto row = batch.latents[i].select(3, 0).flatten();
    const auto first = row[0].item<int64_t>();
    CATCH_CHECK(at::equal(row, at::arange(first, first + 7, at::kFloat)));
    CATCH_CHECK(batch.texts[static_cast<size_t>(i)] ==
                cat("action ", first / 1000, " at ", first % 1000 + 3));
  }
  CATCH_CHECK(test::failure_of([&] { data.item_count(9, 4); }).kind == ErrorKind::Config);
}

CATCH_TEST_CASE("Every epoch draws every item once, in another order, whatever the batch size",
                "[learn]") {
  test::TempDir folder;
  write_episodes(folder / "a.latents", 0, {{2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2}});
  const auto data = LatentDataset::read({folder / "a.latents"}, std::nullopt);
  const auto n = data.item_count(2, 2);
  std::map<int64_t, std::vector<std::string>> epochs;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    epochs[epoch] = data.draw(5, epoch * n, n, 2, 2).texts;
    CATCH_CHECK(std::set<std::string>(epochs[epoch].begin(), epochs[epoch].end()).size() ==
                static_cast<size_t>(n));
  }
  CATCH_CHECK(epochs[0] != epochs[1]);
  CATCH_CHECK(epochs[1] != epochs[2]);
  CATCH_CHECK(data.draw(6, 0, n, 2, 2).texts != epochs[0]);
  // One by one, across the border of two epochs.
  for (int64_t i = n - 2; i < n + 2; ++i) {
    CATCH_CHECK(data.draw(5, i, 1, 2, 2).texts[0] == epochs[i / n][static_cast<size_t>(i % n)]);
  }
}

CATCH_TEST_CASE("An episode of one stream does not go on in the next", "[learn]") {
  test::TempDir folder;
  write_episodes(folder / "a.latents", 0, {{2, 2}}, -1, "same");
  write_episodes(folder / "b.latents", 1, {{2, 2}}, -1, "same");
  const auto data = LatentDataset::read({folder / "a.latents", folder / "b.latents"}, std::nullopt);
  CATCH_CHECK(data.item_count(2, 2) == 2);
}

CATCH_TEST_CASE("Training data that cannot be used is refused", "[learn]") {
  test::TempDir folder;
  write_episodes(folder / "a.latents", 0, {{2, 2, 2}});
  const auto read = [&](const std::string& name, const std::optional<LatentSpace>& space) {
    return test::failure_of([&] {
      LatentDataset::read({folder / "a.latents", folder / name}, space);
    });
  };
  CATCH_CHECK(read("a.latents", LatentSpace{"M", "xxh128:0123", 1, 0.18215}).kind == std::nullopt);
  CATCH_CHECK(read("a.latents", LatentSpace{"M", "xxh128:4567", 1, 0.18215}).kind ==
              ErrorKind::Config);
  const auto scaled = read("a.latents", LatentSpace{"M", "xxh128:0123", 1, 1});
  CATCH_CHECK(scaled.kind == ErrorKind::Config);
  CATCH_CHECK(scaled.says("scaled by 0.18215"));
  write_episodes(folder / "gap.latents", 0, {{2, 2, 2}}, 1);
  const auto gap = read("gap.latents", std::nullopt);
  CATCH_CHECK(gap.kind == ErrorKind::Data);
  CATCH_CHECK(gap.says("in order"));
  auto bytes = test::text_of(formats::encode_record(test::stream_header(1, 1, 2), {}));
  test::put_bytes(folder / "cut.latents", bytes);
  CATCH_CHECK(read("cut.latents", std::nullopt).kind == ErrorKind::Data);
  CATCH_CHECK(read("absent.latents", std::nullopt).kind == ErrorKind::NoInput);
}

}  // namespace svg::slow
