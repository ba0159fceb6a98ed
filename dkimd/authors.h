// Whose mail a message is: what signing goes by.
//
// A key vouches for an author, so there must be no doubt who that is. A message
// with a second field of the name, with a field that cannot be read, or with
// authors of several domains has none in this sense, and is not signed
// (FROM-01, FROM-05, FROM-17).
//
// Source:  opendkim.conf(5) SenderHeaders; RFC 5322 section 3.6.
// Threads: collected by one message; the rest is pure.
// Limits:  64 KiB of fields; what has more has no author.

#ifndef POSTERN_DKIMD_AUTHORS_H_
#define POSTERN_DKIMD_AUTHORS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/mail/address.h"

namespace postern::dkimd {

class Authors {
 public:
  // `names` are the fields that say who it is: the first of them that a message
  // has counts. It must outlive this.
  explicit Authors(const std::vector<std::string>& names) : names_(names) {}

  // Takes a field of the header, if it is one of them.
  void OnField(absl::string_view name, absl::string_view value);

  enum class Outcome { kOne, kNone, kDoubtful };
  struct Found {
    Outcome outcome = Outcome::kNone;
    // kOne: at least one, all of one domain.
    std::vector<mail::Address> addresses;
  };
  // Says who it is, once all fields were seen.
  Found Find() const;

 private:
  const std::vector<std::string>& names_;
  // The number of the name, and the value.
  std::vector<std::pair<size_t, std::string>> fields_;
  size_t bytes_ = 0;
  bool has_too_much_ = false;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_AUTHORS_H_
