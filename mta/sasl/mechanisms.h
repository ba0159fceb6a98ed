// Which SASL mechanisms may be used: smtpd_sasl_mechanism_filter, its like and
// the security options.
//
//   ASSIGN_OR_RETURN(MechanismFilter filter,
//                    MechanismFilter::Create({"!ntlm", "static:rest"}));
//   filter.Allows("PLAIN");   // true
//
// Source:  postconf(5), smtpd_sasl_mechanism_filter: the first element that
//          fits decides; none: not allowed. smtpd_sasl_security_options.
// Errors:  InvalidArgument, naming the element.
// Threads: immutable; pure.

#ifndef POSTERN_MTA_SASL_MECHANISMS_H_
#define POSTERN_MTA_SASL_MECHANISMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::mta::sasl {

class MechanismFilter {
 public:
  // Each element is "name", "!name" or "static:rest" (all).
  static absl::StatusOr<MechanismFilter> Create(
      absl::Span<const std::string> elements);

  bool Allows(absl::string_view mechanism) const;

 private:
  struct Element {
    std::string name;  // In lower case; empty: all.
    bool is_allowed = true;
  };
  std::vector<Element> elements_;
};

// The properties that mechanisms must have.
struct SecurityOptions {
  bool no_plaintext = false;
  bool no_active = false;
  bool no_dictionary = false;
  bool no_anonymous = false;
  bool forward_secrecy = false;
  bool mutual_auth = false;

  // Reads "noplaintext" and the like.
  static absl::StatusOr<SecurityOptions> Parse(
      absl::Span<const std::string> names);
};

// Returns a label for metrics from a closed set: a mechanism that is well
// known, or "other".
absl::string_view MechanismLabel(absl::string_view mechanism);
// All that it can return.
absl::Span<const absl::string_view> MechanismLabels();

}  // namespace postern::mta::sasl

#endif  // POSTERN_MTA_SASL_MECHANISMS_H_
