// Writes the value of a signature's field, folded.
//
//   SignatureText text(sizeof("DKIM-Signature"));
//   text.Add("v", "1");
//   text.AddList("h", names);
//   SignatureText unsigned_text = text;
//   unsigned_text.AddLong("b", "");  // What is signed,
//   text.AddLong("b", base64);       // and what is sent.
//
// Lines are of 72 bytes as long as words allow it, and begin with a tab.
//
// Source:  RFC 6376 section 3.5; RFC 5322 section 2.1.1.
// Threads: one at a time.

#ifndef POSTERN_LIB_DKIM_SIGNATURE_TEXT_H_
#define POSTERN_LIB_DKIM_SIGNATURE_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::dkim {

class SignatureText {
 public:
  // `field_name_bytes` stand before the value, with the colon.
  explicit SignatureText(size_t field_name_bytes)
      : text_(" "), column_(field_name_bytes + 1) {}

  // Adds a tag. The value is not folded.
  void Add(absl::string_view name, absl::string_view value);

  // Adds a tag with a list between colons, which is folded behind them.
  void AddList(absl::string_view name, const std::vector<std::string>& members);

  // Adds a tag with a long text, folded anywhere.
  void AddLong(absl::string_view name, absl::string_view value);

  // Returns the value, beginning with a space; folds are CR LF and a tab.
  const std::string& text() const { return text_; }

 private:
  void Begin(absl::string_view name, size_t value_bytes);
  void Append(absl::string_view bytes);
  void Fold();

  std::string text_;
  size_t column_;
  bool has_tag_ = false;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_SIGNATURE_TEXT_H_
