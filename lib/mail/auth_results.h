// What an Authentication-Results field says, read and written.
//
//   AuthResults results = {.authserv_id = "mx.example.org"};
//   results.results.push_back({.method = "dkim", .result = "pass",
//                              .properties = {{"header", "d",
//                              "example.com"}}});
//   changes.InsertHeader(0, "Authentication-Results", results.ToValue());
//
// A value may be anything, of anybody: what is written is quoted and escaped so
// that it stays a value, on lines of their own (INJ-01, INJ-02, INJ-05).
//
// Source:  RFC 8601 section 2.2. Read is more than the grammar has: values
//          without quotes may have '/', '=', ':' and their like, as they do out
//          there. Comments are skipped.
// Errors:  Parse() returns InvalidArgument.
// Threads: values; pure.
// Limits:  100 results, 50 properties each; linear in the text.

#ifndef POSTERN_LIB_MAIL_AUTH_RESULTS_H_
#define POSTERN_LIB_MAIL_AUTH_RESULTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"

namespace postern::mail {

struct AuthResults {
  struct Property {
    std::string type;  // "smtp", "header", "body", "policy".
    std::string name;
    std::string value;
    friend bool operator==(const Property&, const Property&) = default;
  };

  // Keywords are in lower case.
  struct Result {
    std::string method;
    int method_version = 1;
    std::string result;
    std::string reason = "";
    std::string comment = "";  // Written in brackets; never read.
    std::vector<Property> properties = {};

    // Returns the value of a property; "" if it is not there.
    absl::string_view Value(absl::string_view type,
                            absl::string_view name) const;
    friend bool operator==(const Result&, const Result&) = default;
  };

  std::string authserv_id;
  int version = 1;
  std::vector<Result> results = {};  // None: "none".

  // Takes the value of the field.
  static absl::StatusOr<AuthResults> Parse(absl::string_view value);

  // Returns the value of a field, with its space in front; each result is on a
  // line of its own, after CR LF and a tab. With kUtf8, for a message that may
  // have it, values keep characters beyond ASCII.
  std::string ToValue(Charset charset = Charset::kAscii) const;

  friend bool operator==(const AuthResults&, const AuthResults&) = default;
};

// Returns the authserv-id in the value of an Authentication-Results field;
// nullopt if what is there is none, or is not followed by a version, by
// results or by nothing.
std::optional<std::string> AuthservId(absl::string_view value);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_AUTH_RESULTS_H_
