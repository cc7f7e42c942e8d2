// The outer structure of picture files: where the picture ends, and which parts only describe it.
// Decoders are given what is left without those, because damage in a description (a thumbnail, a
// camera's notes, a colour profile) is no damage of the picture. Pure functions on bytes.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace svg::video {

enum class PictureType { Jpeg, Png, WebP, Tiff, Other };

PictureType picture_type(std::span<const uint8_t> file);

struct BarePicture {
  std::vector<uint8_t> bytes;  // what a decoder needs
  std::span<const uint8_t>
      exif;  // the TIFF structure of the EXIF block, within `file`; may be empty
  std::span<const uint8_t> rest;  // what stands behind the picture, within `file`
  bool parts = false;  // a JPEG whose further pictures belong to it (MPF: gain map, depth, preview)
};

// Takes a JPEG, PNG or WebP apart; other types and structures that it does not understand come back
// whole. Bytes that a decoder needs are never changed.
BarePicture bare_picture(std::span<const uint8_t> file);

// Whether this is a WebP animation, which FFmpeg's picture decoder cannot read.
bool is_animated_webp(std::span<const uint8_t> file);

// Whether this is a TIFF of several pages, of which FFmpeg gives the first.
bool has_more_pages(std::span<const uint8_t> file);

// In words, what the first bytes of a file are where no FFmpeg, or not each, reads it as a video or
// picture: "a HEIC picture", "a playlist". Empty: nothing known.
std::string known_unreadable(std::span<const uint8_t> head);

}  // namespace svg::video
