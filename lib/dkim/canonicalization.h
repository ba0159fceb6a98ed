// The two forms of a header field and of a body that signatures are made of.
//
// A body streams: pieces of any size go in, pieces of the canonical form come
// out, the same bytes wherever the cuts were (DK-12). Nothing is held but a
// count of line ends and a few bytes.
//
//   BodyCanonicalizer body(Canonicalization::kRelaxed);
//   body.Add(chunk, [&](absl::string_view bytes) { hash.Add(bytes); });
//   body.Finish([&](absl::string_view bytes) { hash.Add(bytes); });
//
// Only CR LF ends a line of a body; a CR or an LF alone is a byte like any
// other (DK-13). In a header field an LF alone is a fold: milters are given
// them so.
//
// Source:  RFC 6376 section 3.4.
// Threads: one at a time.
// Limits:  linear; nothing is allocated once a body is under way.

#ifndef POSTERN_LIB_DKIM_CANONICALIZATION_H_
#define POSTERN_LIB_DKIM_CANONICALIZATION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "lib/mail/header.h"

namespace postern::dkim {

enum class Canonicalization { kSimple, kRelaxed };

// Returns "simple" or "relaxed".
absl::string_view CanonicalizationName(Canonicalization form);
std::optional<Canonicalization> CanonicalizationFromName(
    absl::string_view name);

// Appends the canonical form of a field, without the CR LF at its end.
void AppendCanonicalField(Canonicalization form, const mail::HeaderField& field,
                          std::string& text);

class BodyCanonicalizer {
 public:
  // Takes a piece of the canonical form, which is gone afterwards.
  using Sink = absl::FunctionRef<void(absl::string_view)>;

  explicit BodyCanonicalizer(Canonicalization form) : form_(form) {}

  void Add(absl::string_view chunk, Sink sink);

  // Says that the body is over; once.
  void Finish(Sink sink);

 private:
  void AddSimple(absl::string_view chunk, Sink sink);
  void AddRelaxed(absl::string_view chunk, Sink sink);
  // Takes lines that stay as they are from the front of `chunk`, and gives them
  // out as one piece; returns how many bytes.
  size_t TakePlainLines(absl::string_view chunk, Sink sink);
  void AddRelaxedBytes(absl::string_view bytes, Sink sink);
  // Puts bytes that are no white space behind what was held back before them.
  void Put(absl::string_view word, Sink sink);
  void GiveLineEnds(Sink sink);
  void Buffer(absl::string_view bytes, Sink sink);
  void Flush(Sink sink);

  const Canonicalization form_;
  uint64_t held_line_ends_ = 0;
  bool holds_space_ = false;  // Of the line that is being read.
  bool holds_cr_ = false;     // The last byte so far.
  bool has_content_ = false;  // Something but line ends was given out.
  size_t used_ = 0;           // Of the buffer.
  std::array<char, 2048> buffer_;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_CANONICALIZATION_H_
