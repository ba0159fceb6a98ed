// The macros that a mail server tells a filter: what it knows of a connection
// or a message besides the commands.
//
//   envelope.macros.Get("auth_authen")   // "" when nobody has logged in
//
// Names are without the braces that stand on the wire around names of more than
// one letter: "i", "j", "_", "auth_type", "tls_version".
//
// Source:  sendmail's op manual section 5.2, Postfix's MILTER_README
// ("Macros"). Threads: a value.

#ifndef POSTERN_LIB_MILTER_MACROS_H_
#define POSTERN_LIB_MILTER_MACROS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::milter {

// Servers know some forty.
inline constexpr size_t kMaxMacros = 256;

class Macros {
 public:
  using Value = std::pair<std::string, std::string>;  // Name and value.
  using View = std::pair<absl::string_view, absl::string_view>;

  // Returns the value of `name`, with braces or without; empty: not told.
  absl::string_view Get(absl::string_view name) const;

  // Takes the place of an earlier value of the same name.
  void Set(absl::string_view name, absl::string_view value);

  // Takes all of `other`.
  void Merge(const Macros& other);

  void clear() { values_.clear(); }
  bool empty() const { return values_.empty(); }
  const std::vector<Value>& values() const { return values_; }
  std::vector<View> views() const { return {values_.begin(), values_.end()}; }

  // Returns "auth_type" for "{auth_type}"; all else as it is.
  static absl::string_view WithoutBraces(absl::string_view name);

  friend bool operator==(const Macros&, const Macros&) = default;

 private:
  // Some twenty at most: a search from the front is faster than a hash.
  std::vector<Value> values_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_MACROS_H_
