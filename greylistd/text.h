// The texts that greylistd says, with placeholders filled in.
//
//   const Text text = Text::Parse("Greylisted for %s seconds, %r");
//   text.Expand({.seconds = 300, .recipient_domain = "example.org"});
//
// %s %t: seconds (left to wait, or waited), %r: the recipient's domain, %v: our
// version, %h: our name, %d: the date (RFC 5322), %%: a percent sign. Any other
// '%' stands for itself.
//
// Threads: immutable.

#ifndef POSTERN_GREYLISTD_TEXT_H_
#define POSTERN_GREYLISTD_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern::greylistd {

struct TextValues {
  int64_t seconds = 0;
  absl::string_view recipient_domain = "";
  absl::string_view version = "";
  absl::string_view hostname = "";
  absl::Time now = absl::UnixEpoch();
};

class Text {
 public:
  static Text Parse(absl::string_view text);

  // What the values hold is put in as it is: it is not looked at again.
  std::string Expand(const TextValues& values) const;

  bool empty() const { return pieces_.empty(); }

 private:
  struct Piece {
    char placeholder;  // 0: `literal` instead.
    std::string literal;
  };
  std::vector<Piece> pieces_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_TEXT_H_
