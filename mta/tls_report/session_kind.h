// What sessions have in common that are counted together: the policy that was
// applied and, where one failed, how.
//
// A kind is kept as the bytes of a report::v1::TlsSessionKind, the same for the
// same kind. What comes from outside in it is cut and made printable, here on
// the way in and once more on the way out of a store, which may hold anything.
//
// Source:  RFC 8460 section 4.3 and 4.4.
// Threads: pure.
// Limits:  kMaxStrings policy strings and mx patterns of 256 bytes each, 200
//          bytes of explanation.

#ifndef POSTERN_MTA_TLS_REPORT_SESSION_KIND_H_
#define POSTERN_MTA_TLS_REPORT_SESSION_KIND_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "mta/routing/tls_finding.h"
#include "proto/report/v1/tls.pb.h"

namespace postern::mta::tls_report {

inline constexpr int kMaxStrings = 20;
inline constexpr size_t kMaxKindBytes = 16 << 10;

// Returns the kind of a session.
std::string KindOf(const routing::TlsFinding& finding);

// Returns what KindOf() made for a session of `domain`; nullopt: it did not.
std::optional<report::v1::TlsSessionKind> ParseKind(absl::string_view kind,
                                                    absl::string_view domain);

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_SESSION_KIND_H_
