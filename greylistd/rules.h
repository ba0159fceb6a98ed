// What the configuration says about a request: who need not wait, on which
// terms others wait, and in which words.
//
//   ASSIGN_OR_RETURN(Rules rules, Rules::FromConfig(config));
//   if (rules.ReasonToSkip(subject) == Skip::kNone) ...
//
// The allowlist files are read when it is made. After a reload there is a new
// one, and the old one lives until its last request is answered.
//
// Errors:  FromConfig() returns InvalidArgument and what ReadFile() returns;
//          the text begins with the field or with file and line.
// Threads: immutable.

#ifndef POSTERN_GREYLISTD_RULES_H_
#define POSTERN_GREYLISTD_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "greylistd/allowlist.h"
#include "greylistd/decision.h"
#include "greylistd/dnswl.h"
#include "greylistd/reason.h"
#include "greylistd/sightings.h"
#include "greylistd/text.h"
#include "greylistd/triplet.h"
#include "lib/net/ip.h"
#include "lib/policy/reply.h"
#include "proto/config/v1/greylistd.pb.h"

namespace postern::greylistd {

// What a request is about. The views are the request's.
struct Subject {
  net::IpAddress client;
  absl::string_view client_name;
  absl::string_view sender;
  absl::string_view recipient;
  bool is_authenticated = false;
};

class Rules {
 public:
  static absl::StatusOr<Rules> FromConfig(const config::v1::Greylistd& config);

  Skip ReasonToSkip(const Subject& subject) const;

  // The terms for a recipient who is not skipped.
  Terms TermsFor(absl::string_view recipient) const;

  // The names under which the store knows the request.
  Names NamesOf(const Subject& subject) const;

  // The name under which auto_allow counts a client, given as an address or, if
  // it counts networks, a network. InvalidArgument: it is neither.
  absl::StatusOr<std::string> CountedClient(absl::string_view client) const;

  // The answer to who has to wait. `has_enhanced_codes` says that the asking
  // server takes an enhanced status code at the start of the text.
  policy::Verdict WaitVerdict(absl::string_view recipient, int64_t seconds,
                              bool has_enhanced_codes) const;

  // The header for who has waited; kDunno if none is configured.
  policy::Verdict HeaderVerdict(int64_t seconds, absl::Time now) const;

  const ClientNetworks& networks() const { return networks_; }
  bool is_monitor() const { return is_monitor_; }
  // The files that it was made from.
  const std::vector<std::string>& files() const { return files_; }
  const std::vector<DnsList>& dns_lists() const { return dns_lists_; }

 private:
  struct RecipientRule {
    RecipientList recipients;
    bool skip = false;
    std::optional<absl::Duration> delay;
  };

  Rules() = default;
  absl::Status ReadLists(const config::v1::Greylistd& config);
  absl::Status ReadRules(const config::v1::Greylistd& config);
  absl::Status ReadDnsLists(const config::v1::Greylistd& config);
  const RecipientRule* RuleFor(absl::string_view recipient) const;

  ClientNetworks networks_;
  Terms terms_;
  bool allows_by_network_ = false;
  bool skips_authenticated_ = true;
  bool is_monitor_ = false;
  ClientList allowed_clients_;
  RecipientList allowed_recipients_;
  std::vector<RecipientRule> rules_;
  std::vector<DnsList> dns_lists_;
  std::vector<std::string> files_;
  policy::Verdict action_;
  Text text_;
  bool text_has_code_ = false;  // It begins with a digit.
  Text header_;
  std::string hostname_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_RULES_H_
