// Which clients are ours, by the configuration.
//
//   ASSIGN_OR_RETURN(ClientRules rules,
//                    ClientRules::FromConfig(config.clients(), files));
//   if (rules.OriginOf(envelope) == Origin::kExternal) …
//
// Source:  opendkim.conf(5) InternalHosts, PeerList, MacroList.
// Errors:  InvalidArgument, naming the field.
// Threads: immutable.

#ifndef POSTERN_DKIMD_CLIENT_RULES_H_
#define POSTERN_DKIMD_CLIENT_RULES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dkimd/address_list.h"
#include "dkimd/decision.h"
#include "dkimd/host_list.h"
#include "lib/milter/envelope.h"
#include "proto/config/v1/dkimd.pb.h"

namespace postern::dkimd {

// A macro of the server, and the values that count; none: any.
struct MacroRule {
  std::string name;
  std::vector<std::string> values;

  // "name", "name|value" or "name=value|value".
  static absl::StatusOr<MacroRule> Parse(absl::string_view text);
  bool Matches(const milter::Macros& macros) const;
};

class ClientRules {
 public:
  ClientRules() = default;
  // `files` gets the files that were read.
  static absl::StatusOr<ClientRules> FromConfig(
      const config::v1::DkimClients& config, std::vector<std::string>& files);

  Origin OriginOf(const milter::Envelope& envelope) const;
  // Whether the log says nothing when such a client uses a domain of ours.
  bool IsExpectedOutside(const milter::Envelope& envelope) const;
  const AddressList& exempt_domains() const { return exempt_domains_; }

 private:
  HostList internal_;
  HostList peers_;
  HostList external_ignore_;
  AddressList exempt_domains_;
  std::vector<MacroRule> macros_;
  bool signs_authenticated_ = true;
};

// The name that the client has logged in with; empty: none.
absl::string_view LoginOf(const milter::Envelope& envelope);

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_CLIENT_RULES_H_
