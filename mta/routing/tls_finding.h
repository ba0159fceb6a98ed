// What became of the TLS of one connection to a mail exchanger, and which
// policy of its domain it was held against: what logs, metrics and reports to
// the domain (TLS-RPT) say of it.
//
//   TlsFinding finding = {.policy = {.kind = AppliedTlsPolicy::Kind::kTlsa,
//                                    .domain = "example.org",
//                                    .strings = {"3 1 1 ab12…"}},
//                         .mx_host = "mx.example.org"};
//   finding.failure = TlsFailure::kCertificateExpired;
//
// Source:  RFC 8460 section 4.3 (kinds of failures), section 4.4 (what is told
//          of a policy).
// Threads: values.

#ifndef POSTERN_MTA_ROUTING_TLS_FINDING_H_
#define POSTERN_MTA_ROUTING_TLS_FINDING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::mta::routing {

struct AppliedTlsPolicy {
  enum class Kind {
    kNoneFound,  // The domain has published none.
    kSts,        // MTA-STS (RFC 8461).
    kTlsa,       // DANE (RFC 7672).
  };

  Kind kind = Kind::kNoneFound;
  // The domain that the mail is for, in lower case.
  std::string domain = {};
  // kSts: the lines of the policy file; kTlsa: the records, "3 1 1 ab12…".
  std::vector<std::string> strings = {};
  // kSts: the names that a mail exchanger may have, as the policy has them.
  std::vector<std::string> mx_patterns = {};

  friend bool operator==(const AppliedTlsPolicy&,
                         const AppliedTlsPolicy&) = default;
};

enum class TlsFailure {
  kStarttlsNotSupported,
  kCertificateHostMismatch,
  kCertificateExpired,
  kCertificateNotTrusted,
  kValidationFailure,  // Anything else that is wrong with the TLS.
  kTlsaInvalid,        // No certificate is one of the records'.
  kDnssecInvalid,      // The records cannot be had, or are forged.
  kDaneRequired,       // There are no records, and we insist on them.
  kStsPolicyFetchError,
  kStsPolicyInvalid,  // The policy file is wrong.
  kStsWebpkiInvalid,  // The certificate of the policy's web server is.
};

// Returns "sts", "tlsa" or "no-policy-found".
absl::string_view NameOf(AppliedTlsPolicy::Kind kind);

// Returns "certificate-expired" and the like.
absl::string_view NameOf(TlsFailure failure);

struct TlsFinding {
  AppliedTlsPolicy policy = {};
  std::string mx_host = {};       // The name of the mail exchanger,
  std::string mx_helo = {};       // and the one that it gives itself.
  std::string mx_address = {};    // Its address,
  std::string from_address = {};  // and ours; empty: there was no connection.
  // nullopt: all was as the policy has it; without a policy: there was TLS.
  std::optional<TlsFailure> failure = std::nullopt;
  // What went wrong, in words; may quote the peer, escaped.
  std::string detail = {};
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_TLS_FINDING_H_
