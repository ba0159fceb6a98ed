// What a domain wants of the TLS to its mail exchangers (MTA-STS): reads its
// record and its policy file, and tells which hosts the policy is for.
//
//   const std::optional<std::string> id = StsIdOf(answer);  // It has a policy.
//   ASSIGN_OR_RETURN(StsPolicy policy, ParseStsPolicy(file));
//   if (policy.Names("mx.example.org")) …
//
// Source:  RFC 8461 section 3.1 (the record; several count as none), section
//          3.2 (the file; the first of a key that may stand there once counts,
//          unknown keys do not), section 4.1 (names: a wildcard is the whole
//          left-most label and stands for one). A wrong pattern makes the whole
//          policy wrong.
// Errors:  InvalidArgument: it is no policy; the text says why.
// Threads: values and pure functions.
// Limits:  a file of 64 KiB; a max_age of more than 31557600 counts as that.

#ifndef POSTERN_MTA_ROUTING_STS_POLICY_H_
#define POSTERN_MTA_ROUTING_STS_POLICY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/dns/resolver.h"

namespace postern::mta::routing {

struct StsPolicy {
  enum class Mode {
    kNone,     // As if there was none.
    kTesting,  // What is wrong is reported, but bars no mail.
    kEnforce,  // A host that is not as the policy has it gets no mail.
  };
  static constexpr size_t kMaxBytes = 65536;

  Mode mode = Mode::kNone;
  // In lower case: "mx.example.org" or "*.example.org".
  std::vector<std::string> mx;
  absl::Duration max_age;

  // Tells whether a mail exchanger of this name is one of the policy's.
  bool Names(absl::string_view host) const;

  // Returns the lines of the file, as reports quote them.
  std::vector<std::string> ToLines() const;

  friend bool operator==(const StsPolicy&, const StsPolicy&) = default;
};

absl::StatusOr<StsPolicy> ParseStsPolicy(absl::string_view file);

// Returns the id in the TXT records of _mta-sts.<domain>; nullopt: the domain
// has no policy.
std::optional<std::string> StsIdOf(const dns::Answer& answer);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_STS_POLICY_H_
