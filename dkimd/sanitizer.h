// Takes out of a message what others wrote under our name.
//
// Whoever reads Authentication-Results of ours further on believes them, so
// none may be in a message before we write ours: however they are written, and
// however many there are (INJ-06, INJ-07). Those of other hosts stay (INJ-08).
// What counts as written under a name is in lib/mail/claimed_results.h.
//
//   Sanitizer sanitizer(rules, "mx.example.org");
//   for (…) sanitizer.OnHeader(name, value);
//   sanitizer.AppendTo(changes);
//
// Source:  RFC 8601 section 5; opendkim.conf(5) RemoveARAll, RemoveARFrom,
//          KeepAuthResults.
// Threads: one message at a time.

#ifndef POSTERN_DKIMD_SANITIZER_H_
#define POSTERN_DKIMD_SANITIZER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"

namespace postern::dkimd {

struct SanitizerRules {
  bool removes = true;
  // All fields with such a name; else only those with results of DKIM.
  bool removes_all = true;
  // Names besides our own: hosts, or ".domain" for the hosts below it.
  std::vector<std::string> names;
};

class Sanitizer {
 public:
  // `rules` must outlive it.
  Sanitizer(const SanitizerRules& rules, std::string authserv_id);

  void OnHeader(absl::string_view name, absl::string_view value);

  // How many fields are to be removed.
  size_t removed() const { return ordinals_.size(); }
  // Adds the removals, the last field first: servers count differently once one
  // is gone.
  void AppendTo(milter::Changes& changes) const;

 private:
  bool IsToBeRemoved(absl::string_view value) const;

  const SanitizerRules& rules_;
  const std::string authserv_id_;
  uint32_t fields_ = 0;
  std::vector<uint32_t> ordinals_;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_SANITIZER_H_
